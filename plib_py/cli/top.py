"""``plib top``: live figures of each publisher and its slowest subscription."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from plib_py import query
from plib_py.cli.terminal import harmless
from plib_py.cli.units import bytes_text, seconds_text

if TYPE_CHECKING:
    from rich.table import Table

_KINDS = ("publisher", "client")


@dataclass(frozen=True)
class Row:
    """A publisher, or a client of a service, within a period.

    Attributes
    ----------
    name, program, pid, gid
        Which it is.
    rate, bandwidth : float
        Samples and bytes a second.
    delay : float
        From publishing to taking, in seconds, of the slowest subscription's last sample.
    queued : int
        Samples that the slowest subscription has yet to take.
    lost : int
        Samples that its subscriptions lost, so far.
    memory : int
        Bytes of its segments.
    slow : int or None
        Process of the slowest subscription, when it has lost samples or fallen behind.
    """

    name: str
    program: str
    pid: int
    gid: str
    rate: float
    bandwidth: float
    delay: float
    queued: int
    lost: int
    memory: int
    slow: int | None


def rows(before: dict[str, Any], now: dict[str, Any], seconds: float) -> list[Row]:
    """Return the publishers of ``now``, the fastest first.

    Parameters
    ----------
    before, now
        What `plib_py.query.status` returned, ``seconds`` apart.
    """
    old = {entity["gid"]: entity for one in before["participants"] for entity in one["entities"]}
    found = [
        _row(one, entity, old.get(entity["gid"], entity), seconds)
        for one in now["participants"]
        for entity in one["entities"]
        if entity["kind"] in _KINDS and "published" in entity
    ]
    return sorted(found, key=lambda row: (-row.bandwidth, row.name, row.gid))


def _row(one: dict[str, Any], entity: dict[str, Any], old: dict[str, Any], seconds: float) -> Row:
    matches = entity["matches"]
    lost_before = {match["reader"]: match["lost"] for match in old.get("matches", [])}
    slowest = max(matches, key=lambda match: int(match["queued"]), default=None)
    is_slow = slowest is not None and (
        slowest["queued"] >= max(2, entity["kept"])
        or slowest["lost"] > lost_before.get(slowest["reader"], slowest["lost"])
    )
    return Row(
        name=entity["name"],
        program=one["program"],
        pid=one["pid"],
        gid=entity["gid"],
        rate=max(0, entity["published"] - old.get("published", 0)) / seconds,
        bandwidth=max(0, entity["bytes"] - old.get("bytes", 0)) / seconds,
        delay=max((match["delay"] for match in matches), default=0.0),
        queued=0 if slowest is None else slowest["queued"],
        lost=sum(match["lost"] for match in matches),
        memory=entity["memory"],
        slow=slowest["pid"] if slowest is not None and is_slow else None,
    )


def _table(found: list[Row]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("topic", overflow="fold", min_width=12)
    table.add_column("program", overflow="fold", min_width=8)
    for heading in ("pid", "rate", "bandwidth", "delay", "queued", "lost", "memory", "slow reader"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found:
        table.add_row(
            harmless(row.name),
            harmless(row.program),
            str(row.pid),
            f"{row.rate:.1f}/s",
            f"{bytes_text(row.bandwidth)}/s",
            seconds_text(row.delay),
            str(row.queued),
            str(row.lost),
            bytes_text(row.memory),
            "" if row.slow is None else f"pid {row.slow}",
            style="yellow" if row.slow is not None else None,
        )
    return table


def _is_live() -> bool:
    """Return whether the output can be written over: not in a file, nor on a plain terminal."""
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def run(*, period: float, count: int | None, as_json: bool) -> None:
    """Show the figures each ``period`` seconds, ``count`` times or until it is interrupted."""
    before, then = query.status(), time.monotonic()
    turns: Iterable[int] = itertools.count() if count is None else range(count)
    if as_json or not _is_live():
        for _ in turns:
            time.sleep(period)
            now, at = query.status(), time.monotonic()
            found = rows(before, now, at - then)
            if as_json:
                click.echo(json.dumps([vars(row) for row in found]))
            else:
                from rich.console import Console

                Console(highlight=False, markup=False).print(_table(found))
            before, then = now, at
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, markup=False)
    with Live(_table([]), console=console, screen=True, auto_refresh=False) as live:
        for _ in turns:
            time.sleep(period)
            now, at = query.status(), time.monotonic()
            live.update(_table(rows(before, now, at - then)), refresh=True)
            before, then = now, at

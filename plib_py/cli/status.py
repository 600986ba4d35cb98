"""``plib status``: who is there, with what, at a glance."""

from __future__ import annotations

import json
from typing import Any

import click

from plib_py import query
from plib_py.cli.terminal import harmless
from plib_py.cli.units import bytes_text


def run(*, as_json: bool) -> None:
    """Print what plibd tells this user."""
    found = query.status()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    plibd = found["plibd"]
    version = f"version {plibd['version']}" if "version" in plibd else "an older version"
    click.echo(f"plibd: process {plibd['pid']} of user {plibd['uid']}, {version}")
    table = Table(box=None, pad_edge=False)
    for heading in ("pid", "user", "domain", "program"):
        table.add_column(heading)
    for heading in ("nodes", "endpoints", "memory", "lost"):
        table.add_column(heading, justify="right")
    for one in sorted(found["participants"], key=lambda one: int(one["pid"])):
        table.add_row(*_row(one))
    Console(highlight=False, markup=False).print(table)


def _row(one: dict[str, Any]) -> list[str]:
    nodes = [entity for entity in one["entities"] if entity["kind"] == "node"]
    lost = sum(match["lost"] for entity in one["entities"] for match in entity.get("matches", []))
    return [
        str(one["pid"]),
        str(one["uid"]),
        str(one["domain"]),
        harmless(one["program"]),
        str(len(nodes)),
        str(len(one["entities"]) - len(nodes)),
        bytes_text(one["memory"]),
        str(lost),
    ]

"""`plib status`, `events` and `top`, and the queries below them, against what really flows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from users import ALICE, as_user, needs_users

import plib_py
from plib_py import query
from plib_py._native import lib
from plib_py.cli import top, units

BLOB = plib_py.RawType("test_msgs/msg/Blob")
PLIB = f"{sys.prefix}/bin/plib"


def plib(*arguments: str) -> str:
    return subprocess.run(
        [PLIB, *arguments], capture_output=True, text=True, timeout=60, check=True
    ).stdout


def entity(kind: str, name: str) -> dict[str, Any]:
    """Return what status tells of the only one of its kind and name."""
    found = [
        one
        for participant in query.status()["participants"]
        for one in participant["entities"]
        if (one["kind"], one["name"]) == (kind, name)
    ]
    assert len(found) == 1
    return dict(found[0])


def test_status_counts_what_flows(ends: Any) -> None:
    publisher, subscription = ends
    for _ in range(15):
        publisher.publish(bytes(1000))
    told = entity("publisher", publisher.topic)
    assert told["published"] == 15
    assert told["bytes"] == 15000
    assert told["memory"] >= 10000
    assert [match["queued"] for match in told["matches"]] == [15]
    taken = []
    while (sample := subscription.take()) is not None:
        taken.append(sample)
    assert len(taken) == 10
    # The counters follow at the next look that is a tenth of a second later.
    told = entity("publisher", publisher.topic)
    assert [match["queued"] for match in told["matches"]] == [0]
    (match,) = told["matches"]
    assert match["taken"] == 1
    assert match["lost"] == 5
    assert 0 < match["delay"] < 60
    assert match["pid"] == os.getpid()


def test_status_is_for_people_and_programs(ends: Any) -> None:
    del ends
    lines = plib("status").splitlines()
    assert lines[0].startswith("plibd: process ")
    assert any(str(os.getpid()) in line for line in lines[2:])
    assert json.loads(plib("status", "--json"))["participants"][0]["pid"] == os.getpid()


@needs_users
def test_others_are_told_of_their_own(ends: Any) -> None:
    del ends
    socket = Path(os.environ["PLIB_SOCKET"])
    socket.parent.chmod(0o755)
    socket.chmod(0o666)
    seen = subprocess.run(
        as_user(ALICE, PLIB, "status", "--json"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(seen.stdout)["participants"] == []
    seen = subprocess.run(
        as_user(ALICE, PLIB, "events", "--no-follow"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert seen.stdout == ""


def test_events_tell_of_joins_denials_losses_and_ends(
    plibd_with: Callable[..., Any], tmp_path: Path
) -> None:
    config = tmp_path / "plibd.yaml"
    config.write_text("access: {rules: [{name: nobody steers, deny: {publish: /cmd_vel}}]}")
    plibd_with("--config", str(config))
    events = query.events()
    with plib_py.Participant("driver") as participant:
        assert next(events)["event"] == "join"
        with pytest.raises(plib_py.PermissionDenied):
            participant.create_publisher("/cmd_vel", BLOB)
        denial = next(events)
        assert (denial["event"], denial["rule"]) == ("denial", "nobody steers")
        subscription = participant.create_subscription("/blobs", BLOB)
        publisher = participant.create_publisher("/blobs", BLOB)
        assert publisher.wait_matched(timeout=30)
        for _ in range(17):
            publisher.publish(b"x")
        assert subscription.take() is not None
        lost = next(events)
        assert (lost["event"], lost["name"], lost["count"]) == ("lost", "/blobs", 7)
    leave = next(events)
    assert (leave["event"], leave["pid"]) == ("leave", os.getpid())
    events.close()
    past = [
        json.loads(line)["event"]
        for line in plib("events", "--no-follow", "--json").split("\n")
        if line
    ]
    assert past == ["join", "denial", "lost", "leave"]


def test_top_tells_rates_and_who_is_slow(ends: Any) -> None:
    publisher, subscription = ends
    before = query.status()
    for _ in range(30):
        publisher.publish(bytes(100))
    (row,) = top.rows(before, query.status(), 2.0)
    assert row.name == publisher.topic
    assert row.rate == 15
    assert row.bandwidth == 1500
    assert row.slow == os.getpid()
    while subscription.take() is not None:
        pass
    now = query.status()
    (row,) = top.rows(now, now, 1.0)
    assert row.rate == 0
    assert row.slow is None
    (line,) = plib("top", "--json", "--count", "1", "--period", "0.1").splitlines()
    assert json.loads(line)[0]["name"] == publisher.topic
    assert publisher.topic in plib("top", "--count", "1", "--period", "0.1")


def test_without_plibd_they_say_so_in_one_line(no_plibd: str) -> None:
    for command in ("status", "top", "events"):
        done = subprocess.run(
            [PLIB, command], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        assert done.stderr == f"plib: no plibd is running at {no_plibd}\n"


def test_a_plibd_that_dies_before_it_answers_is_away(plibd) -> None:
    os.kill(plibd.pid, signal.SIGSTOP)
    with query.Query(lib.PLIB_QUERY_STATUS) as asked:
        plibd.kill()
        with pytest.raises(plib_py.DaemonUnavailable, match="ended"):
            asked.receive(30)
    Path(plibd.socket).unlink()


def test_figures_for_people() -> None:
    assert units.bytes_text(0) == "0 B"
    assert units.bytes_text(1536) == "1.5 KiB"
    assert units.bytes_text(500 << 20) == "500 MiB"
    assert units.seconds_text(0.0000123) == "12.3 us"
    assert units.seconds_text(0.25) == "250.0 ms"
    assert units.seconds_text(12) == "12.0 s"

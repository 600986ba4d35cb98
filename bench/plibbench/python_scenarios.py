"""What a run does on the level of Python: rclpy nodes, and plain programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from plibbench import paths
from plibbench.arena import Arena, Child, Metrics, RunError
from plibbench.scenarios import PERCENTILES, Scenario, open_gate, refuse_wrong

RCLPY = paths.BENCH / "rclpy_driver.py"

Start = Callable[[Arena, str], Child]


def rclpy_round_trip(message: str, size: int, executor: str) -> Scenario:
    """One message in flight between two nodes."""
    return lambda arena: _round_trip(arena, _rclpy(message, size, executor))


def rclpy_flood(size: int, executor: str) -> Scenario:
    """Lossless, between two nodes."""
    return lambda arena: _flood(arena, _rclpy("string", size, executor))


def plain_round_trip(size: int, waits: str) -> Scenario:
    """One message in flight between two plain Python programs; how they wait: see `links`."""
    return lambda arena: _round_trip(arena, _plain(size, waits))


def plain_flood(size: int, waits: str) -> Scenario:
    """Lossless, between two plain Python programs, of which the subscriber waits in that way."""
    return lambda arena: _flood(arena, _plain(size, waits))


def _rclpy(message: str, size: int, executor: str) -> Start:
    def start(arena: Arena, role: str) -> Child:
        options: dict[str, Any] = {"message": message, "size": size, "executor": executor}
        return arena.python(RCLPY, role, **options)

    return start


def _plain(size: int, waits: str) -> Start:
    def start(arena: Arena, role: str) -> Child:
        program = arena.configuration.program
        assert isinstance(program, Path)
        return arena.python(program, role, size=size, waits=waits)

    return start


def _round_trip(arena: Arena, start: Start) -> Metrics:
    pong, ping = start(arena, "pong"), start(arena, "ping")
    open_gate(arena, ping, [pong])
    there, back = ping.result(arena.patience), pong.result(arena.patience)
    refuse_wrong(there)
    if not there["count"]:
        raise RunError("no round trip was measured")
    return {
        **{name: there[name] for name in PERCENTILES},
        "count": there["count"],
        "cpu_us_per_round_trip": (there["cpu_s"] + back["cpu_s"]) * 1e6 / there["count"],
        "rss_mib": (there["rss_kib"] + back["rss_kib"]) / 1024,
    }


def _flood(arena: Arena, start: Start) -> Metrics:
    subscriber, publisher = start(arena, "subscriber"), start(arena, "publisher")
    open_gate(arena, publisher, [subscriber])
    sent, received = publisher.result(arena.patience), subscriber.result(arena.patience)
    refuse_wrong(received)
    if lost := sent["count"] - received["count"]:
        raise RunError(f"{lost} of {sent['count']} messages were lost")
    return {
        "received_per_s": received["most_count"]
        / ((received["most_ns"] - sent["start_ns"]) * 1e-9),
        "to_last_per_s": received["count"] / ((received["last_ns"] - sent["start_ns"]) * 1e-9),
        "published_per_s": sent["published_per_s"],
        "count": received["count"],
        "retries": sent["retries"],
        "publisher_cpu_s_per_million": sent["cpu_s"] * 1e6 / sent["count"],
        "subscriber_cpu_s_per_million": received["cpu_s"] * 1e6 / received["count"],
        "rss_mib": (sent["rss_kib"] + received["rss_kib"]) / 1024,
    }

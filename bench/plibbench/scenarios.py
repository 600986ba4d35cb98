"""What a run does on the level of the RMW API: two or more processes of `rmw_driver`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

from plibbench.arena import Arena, Child, Metrics, RunError
from plibbench.configurations import FUTEX

Scenario = Callable[[Arena], Metrics]

PERCENTILES = ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")


def round_trip(size: int, message: str = "image") -> Scenario:
    """One message in flight, there and back."""

    def run(arena: Arena) -> Metrics:
        if arena.configuration == FUTEX:
            return _futex(arena)
        options = {"size": size, "message": message}
        pong = arena.driver("pong", **options)
        ping = arena.driver("ping", gate="yes", **options)
        open_gate(arena, ping, [pong])
        there, back = ping.result(arena.patience), pong.result(arena.patience)
        refuse_wrong(there, back)
        return {
            **{name: there[name] for name in PERCENTILES},
            "count": there["count"],
            "cpu_us_per_round_trip": (there["cpu_s"] + back["cpu_s"]) * 1e6 / there["count"],
            "rss_mib": (there["rss_kib"] + back["rss_kib"]) / 1024,
        }

    return run


def flood(
    size: int,
    message: str = "image",
    history: str = "all",
    depth: int = 10,
    subscribers: int = 1,
) -> Scenario:
    """As fast as it goes, one way; nothing may be lost when everything is kept."""

    def run(arena: Arena) -> Metrics:
        options = {"size": size, "message": message, "history": history, "depth": depth}
        receiving = [arena.driver("subscriber", **options) for _ in range(subscribers)]
        sending = arena.driver("publisher", gate="yes", peers=subscribers, **options)
        open_gate(arena, sending, receiving)
        sent = sending.result(arena.patience)
        received = [subscriber.result(arena.patience) for subscriber in receiving]
        refuse_wrong(*received)
        lost = sent["count"] * subscribers - sum(one["count"] for one in received)
        if history == "all" and lost:
            raise RunError(f"{lost} of {sent['count']} messages were lost")
        count = sum(one["count"] for one in received)
        if not all(one["count"] for one in received):
            raise RunError("a subscriber received nothing")
        return {
            # From the first publish on: a stream that stalls and then arrives at once is not fast.
            # Without the last 5 %: a loss at the very end is repaired seconds later.
            "received_per_s": sum(one["most_count"] for one in received)
            / ((max(one["most_ns"] for one in received) - sent["start_ns"]) * 1e-9),
            "to_last_per_s": count
            / ((max(one["last_ns"] for one in received) - sent["start_ns"]) * 1e-9),
            "published_per_s": sent["published_per_s"],
            "count": count,
            "lost": lost,
            "retries": sent["retries"],
            "publisher_cpu_s_per_million": sent["cpu_s"] * 1e6 / sent["count"],
            "subscriber_cpu_s_per_million": sum(one["cpu_s"] for one in received) * 1e6 / count,
            "rss_mib": (sent["rss_kib"] + sum(one["rss_kib"] for one in received)) / 1024,
        }

    return run


def periodic(size: int, rate: float, message: str = "image") -> Scenario:
    """One way at a steady rate: latency, and the CPU time that a message costs."""

    def run(arena: Arena) -> Metrics:
        options = {"size": size, "message": message, "rate": rate}
        subscriber = arena.driver("subscriber", **options)
        publisher = arena.driver("publisher", gate="yes", **options)
        open_gate(arena, publisher, [subscriber])
        sent, received = publisher.result(arena.patience), subscriber.result(arena.patience)
        refuse_wrong(received)
        if not received["count"]:
            raise RunError("nothing was received")
        return {
            **{name: received[name] for name in PERCENTILES},
            "count": received["count"],
            "lost": sent["count"] - received["count"],
            "cpu_us_per_message": (sent["cpu_s"] + received["cpu_s"]) * 1e6 / sent["count"],
        }

    return run


def publish_call(size: int, rate: float) -> Scenario:
    """How long a publish takes its caller, at a steady rate, with a subscriber that takes."""

    def run(arena: Arena) -> Metrics:
        options = {"size": size, "rate": rate}
        subscriber = arena.driver("subscriber", **options)
        publisher = arena.driver("publisher", gate="yes", **options)
        open_gate(arena, publisher, [subscriber])
        sent = publisher.result(arena.patience)
        refuse_wrong(subscriber.result(arena.patience))
        names = ("p50_us", "p99_us", "p999_us", "p9999_us", "max_us", "count")
        return {name: sent[f"call_{name}"] for name in names}

    return run


def memcpy(size: int) -> Scenario:
    """Copy, in the cache and beyond."""
    return lambda arena: _floor(arena, size, arena.seconds / 4)


def _futex(arena: Arena) -> Metrics:
    result = _floor(arena, arena.seconds, arena.warmup)
    return {
        **{name: result[name] for name in PERCENTILES},
        "count": result["count"],
        "cpu_us_per_round_trip": result["cpu_s"] * 1e6 / result["count"],
    }


def _floor(arena: Arena, *arguments: float) -> Metrics:
    assert arena.configuration.program is not None
    done = subprocess.run(
        [str(arena.configuration.program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=arena.patience,
        check=False,
    )
    if done.returncode != 0:
        raise RunError(done.stderr.strip())
    result: Metrics = json.loads(done.stdout)
    return result


def open_gate(arena: Arena, initiator: Child, others: list[Child]) -> None:
    """Let the measuring begin when all know each other."""
    for child in (*others, initiator):
        child.expect("matched", arena.patience)
    initiator.tell()


def refuse_wrong(*results: dict[str, Any]) -> None:
    """Fail when a message was not what had been sent."""
    wrong = sum(result.get("wrong", 0) for result in results)
    if wrong:
        raise RunError(f"{wrong} messages were corrupt or out of order")

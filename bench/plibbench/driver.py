"""What the Python drivers have in common: arguments, the gate, percentiles, the result.

A driver is a process of one role. It prints "matched" when it knows its peers, and one JSON object
at its end; `rmw_driver` does the same.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Result = dict[str, Any]
Role = Callable[[argparse.Namespace], Result]

EXIT_UNSUPPORTED = 3


class UnsupportedError(Exception):
    """What is measured says that it cannot do this."""


def main(roles: Mapping[str, Role], extend: Callable[[argparse.ArgumentParser], None]) -> int:
    """Be the role of the command line; print its result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=sorted(roles))
    parser.add_argument("--seconds", type=float, default=1.0, help="measured time")
    parser.add_argument("--warmup", type=float, default=0.2)
    parser.add_argument("--limit", type=float, default=60.0, help="give up after so long")
    parser.add_argument("--size", type=int, default=64, help="bytes of payload")
    parser.add_argument("--count", type=int, default=1, help="nodes")
    extend(parser)
    options = parser.parse_args()
    # Whatever hangs; nobody handles it.
    signal.alarm(int(options.limit) + 1)
    status = 0
    try:
        result = roles[options.role](options)
    except UnsupportedError as error:
        result, status = {"unsupported": str(error)}, EXIT_UNSUPPORTED
    except Exception as error:  # whatever it is, the result is to tell it
        result, status = {"error": f"{type(error).__name__}: {error}"}, 1
    print(json.dumps({"role": options.role, **result}), flush=True)
    return status


def now() -> int:
    """Return CLOCK_MONOTONIC in ns."""
    return time.monotonic_ns()


def cpu_seconds() -> float:
    """Return user and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def say(word: str) -> None:
    """Print a word for the one who started us."""
    print(word, flush=True)


def pass_gate() -> None:
    """Say that all are matched, and wait until all have said so."""
    say("matched")
    sys.stdin.readline()


def wait_for_end() -> None:
    """Sleep until stdin is closed."""
    sys.stdin.read()


def wait_until(condition: Callable[[], bool], what: str, limit: float) -> None:
    """Look every ms until something holds; fail after ``limit`` seconds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.001)


def percentiles(times: list[int]) -> dict[str, float]:
    """Return percentiles of times in ns, in us, by nearest rank, and their number."""
    if not times:
        return {"count": 0}
    ordered = sorted(times)

    def at(part: float) -> float:
        return ordered[max(math.ceil(part * len(ordered)), 1) - 1] * 1e-3

    return {
        "count": len(ordered),
        "p50_us": at(0.5),
        "p90_us": at(0.9),
        "p99_us": at(0.99),
        "p999_us": at(0.999),
        "max_us": at(1.0),
    }


def memory() -> dict[str, int]:
    """Return the resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return {"rss_kib": int(line.split()[1])}
    return {}


class Reception:
    """Counts the messages of a flood, and when most of them had come."""

    def __init__(self) -> None:
        self._count = 0
        self._first = 0
        self._last = 0
        self._expected = 0
        self._disordered = 0
        self._cpu = 0.0
        self._marks: list[tuple[int, int]] = []

    def add(self, sequence: int) -> None:
        """Count a measured message."""
        if not self._count:
            self._first, self._cpu, self._expected = now(), cpu_seconds(), sequence
        self._disordered += sequence < self._expected
        self._expected = sequence + 1
        self._count += 1
        if self._count % 64 == 0:
            self._marks.append((self._count, now()))

    def result(self) -> Result:
        """Return the counts; the last message has just come."""
        self._last = now()
        most, when = next(
            (mark for mark in self._marks if mark[0] >= 0.95 * self._count),
            (self._count, self._last),
        )
        seconds = (self._last - self._first) * 1e-9
        return {
            "count": self._count,
            "received_per_s": (self._count - 1) / seconds if self._count > 1 else 0.0,
            "first_ns": self._first,
            "last_ns": self._last,
            "most_count": most,
            "most_ns": when,
            "wrong": self._disordered,
            "cpu_s": cpu_seconds() - self._cpu,
            **memory(),
        }

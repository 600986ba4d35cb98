"""What machine this is, and what else it does meanwhile."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections import defaultdict
from pathlib import Path

from plib_py import system

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")


def facts() -> dict[str, str | int]:
    """Return what a reader has to know to compare results."""
    return {
        "cpu": system.cpu_model(),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "plib": system.version(),
    }


class Watch:
    """Tells what others used of the CPUs since it was made.

    Children of this process count as its own once they have been waited for.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._busy = _busy_seconds()
        self._own = _own_seconds()
        self._processes = _processes()

    def others(self) -> float:
        """Return how many CPUs others used on average."""
        own = _own_seconds() - self._own
        busy = _busy_seconds() - self._busy
        return max(0.0, busy - own) / max(time.monotonic() - self._start, _TICK)

    def named(self) -> dict[str, float]:
        """Return how many CPUs other programs used on average, of those that still run."""
        elapsed = max(time.monotonic() - self._start, _TICK)
        found: defaultdict[str, float] = defaultdict(float)
        for pid, (name, used) in _processes().items():
            if pid != os.getpid():
                found[name] += used - self._processes.get(pid, (name, 0.0))[1]
        return {name: used / elapsed for name, used in found.items() if used > 0}


def _busy_seconds() -> float:
    """Return user and system time of all CPUs.

    Without interrupts, which one's own packets cause, too.
    """
    user, nice, in_system, _idle, _wait, _irq, _softirq, steal, *_ = (
        int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + in_system + steal) * _TICK


def _own_seconds() -> float:
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _processes() -> dict[int, tuple[str, float]]:
    """Return name and CPU time of each process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            head, _, tail = (entry / "stat").read_text(errors="replace").rpartition(")")
        except OSError:  # it has ended
            continue
        user, in_system = tail.split()[11:13]
        found[int(entry.name)] = (head.partition("(")[2], (int(user) + int(in_system)) * _TICK)
    return found

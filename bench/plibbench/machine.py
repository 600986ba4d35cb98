"""What machine this is, and what else it is doing."""

import os
import platform
import resource
import time
from importlib import metadata
from pathlib import Path

from plib_py import system

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")
# The kernel counts the machine's busy time in ticks, ours exactly.
_SLACK = 3 * _TICK
_OTHERS_MAX = 0.05


def facts() -> dict[str, str | int]:
    """Return what a reader has to know to compare the results with others."""
    return {
        "cpu": system.cpu_model(),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "plib": system.version(),
        "rmw_fastrtps_cpp": _version("ros-rmw-fastrtps-cpp"),
        "fastdds": _version("ros-fastdds"),
    }


def use_cpus(count: int) -> list[int]:
    """Restrict this process and its children to the first CPUs that it may use."""
    cpus = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, cpus)
    return cpus


class Watch:
    """Tells how much of a core other processes used meanwhile.

    Our own children count once they have been waited for.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._busy = _busy_seconds()
        self._own = _own_seconds()

    def others(self) -> float:
        """Return the part of one core that others have used since this was made."""
        elapsed = time.monotonic() - self._start
        others = _busy_seconds() - self._busy - (_own_seconds() - self._own) - _SLACK
        return max(0.0, others) / elapsed


def is_disturbed(others: float) -> bool:
    """Return whether a run with so much other work does not count."""
    return others > _OTHERS_MAX


def _busy_seconds() -> float:
    """User and system time on the CPUs that we use.

    Without interrupts: those that our own packets cause are counted there as well.
    """
    ticks = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *numbers = line.split()
        if name.startswith("cpu") and name != "cpu" and int(name[3:]) in os.sched_getaffinity(0):
            user, nice, in_system, _idle, _iowait, _irq, _softirq, steal, *_ = map(int, numbers)
            ticks += user + nice + in_system + steal
    return ticks * _TICK


def _own_seconds() -> float:
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"

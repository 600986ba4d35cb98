"""Which users plibd can tell apart, where it may itself be in a container.

A user namespace knows some of the host's users. For all others the kernel gives one and the same
number: whoever were served by that number would pass for anybody else who is.
"""

from __future__ import annotations

from pathlib import Path

ALL = 2**32 - 1  # users of a namespace that knows them all; the last number means nobody


def number_of_unknown() -> int | None:
    """Return the number of all users that this namespace does not know; None: it knows them all."""
    try:
        ranges = Path("/proc/self/uid_map").read_text().splitlines()
    except FileNotFoundError:  # a kernel without user namespaces
        return None
    if sum(int(each.split()[2]) for each in ranges) >= ALL:
        return None
    return int(Path("/proc/sys/kernel/overflowuid").read_text())

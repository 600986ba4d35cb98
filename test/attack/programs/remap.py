"""Takes memory away from under plib in its own process, by accident or not.

remap.py WAY     prints what the system call did, and then whether plib still works
"""

from __future__ import annotations

import ctypes
import mmap
import sys

from attacker import PAGE, libc, outcome, own_ring, say
from victim import NUMBERS, payload

import plib_py

SYS = {"mremap": 25, "pkey_mprotect": 329}
MADV_DONTNEED, MADV_REMOVE = 4, 9
PROT_NONE, PROT_READ = 0, 1
MAP_FIXED_ANONYMOUS = 0x10 | 0x20 | 0x02

libc.mmap.restype = ctypes.c_void_p


def attack(way: str, start: int, size: int) -> int:
    """Do it; return the system call's result."""
    address, length = ctypes.c_void_p(start), ctypes.c_size_t(size)
    if way == "munmap":
        return libc.munmap(address, length)
    if way == "mremap":
        return libc.syscall(SYS["mremap"], address, length, ctypes.c_size_t(PAGE), 0, 0)
    if way == "mprotect":
        return libc.mprotect(address, length, PROT_NONE)
    if way == "pkey_mprotect":
        # Key -1: that of the pages, where there are keys.
        return libc.syscall(SYS["pkey_mprotect"], address, length, PROT_NONE, -1)
    if way == "MAP_FIXED":
        result = libc.mmap(address, length, PROT_READ, MAP_FIXED_ANONYMOUS, -1, ctypes.c_long(0))
        return -1 if result in (None, ctypes.c_void_p(-1).value) else 0
    advice = {"MADV_REMOVE": MADV_REMOVE, "MADV_DONTNEED": MADV_DONTNEED}[way]
    return libc.madvise(address, length, advice)


def main() -> None:
    """Attack the ring of an own publisher."""
    with plib_py.Participant("remap") as participant:
        publisher = participant.create_publisher("/remap", NUMBERS)
        subscription = participant.create_subscription("/remap", NUMBERS)
        assert publisher.wait_matched(1, timeout=30)
        publisher.publish(payload(1))
        ring = own_ring()
        say(outcome(attack(sys.argv[1], ring.start, ring.size)))
        publisher.publish(payload(2))
        sample = subscription.take()
        say("works" if sample and bytes(sample.message) == payload(1) else "lost")


if __name__ == "__main__":
    assert mmap.PAGESIZE == PAGE
    main()

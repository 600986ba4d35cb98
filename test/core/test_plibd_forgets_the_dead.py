"""plibd keeps nothing of participants that are gone, however many have come and gone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from system import wait_until

import plib_py

TYPE = plib_py.RawType("test/msg/Visit")
VISITORS = 300
GROWTH_MAX = 256  # KiB; a single KiB kept of each would be more


def private_memory_of(pid: int) -> int:
    """Return a process's resident memory in KiB, without what it shares with others."""
    resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    return (int(resident) - int(shared)) * (os.sysconf("SC_PAGESIZE") // 1024)


def test_its_memory_does_not_grow_by_visitors(plibd: Any) -> None:
    """Each is matched with one that stays, whose memory it maps."""

    def visit(times: int) -> None:
        for _ in range(times):
            with plib_py.Participant("visitor") as visitor:
                publisher = visitor.create_publisher("/visits", TYPE)
                assert publisher.wait_matched(1, timeout=30)
            # Until the host has heard that it ended, plibd keeps the match for it.
            wait_until(lambda: visits.matched == 0, "the visitor stays matched")

    with plib_py.Participant("host") as host:
        visits = host.create_subscription("/visits", TYPE)
        visit(VISITORS)
        before = private_memory_of(plibd.pid)
        visit(VISITORS)
        assert private_memory_of(plibd.pid) - before < GROWTH_MAX

"""A process that makes and destroys endpoints for ever does not grow, nor does plibd."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from system import descriptors_of, mappings_of

CYCLES = 100_000
WARM_UP = 10_000  # cycles, after which nothing may grow
ALLOWED = 512  # KiB of resident memory, for the allocators' moods

PROGRAM = """
import sys
import plib_py

BLOB = plib_py.RawType("reuse_msgs/msg/Blob")
with plib_py.Participant("cycles") as participant:
    subscription = participant.create_subscription("/all", BLOB)
    for line in sys.stdin:
        for cycle in range(int(line)):
            # Its own topic, that of others, and one that nobody hears.
            topic = ("/all", "/mine", f"/of_many/number_{cycle % 50}")[cycle % 3]
            publisher = participant.create_publisher(topic, BLOB)
            publisher.publish(b"x" * 100)
            publisher.close()
            if cycle % 3 == 0:
                assert subscription.take() is not None
            if cycle % 10 == 0:
                participant.create_subscription(topic, BLOB).close()
        print("done", flush=True)
"""


def resident(pid: int) -> int:
    """Return a process's resident memory in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


@pytest.mark.slow
def test_100000_cycles_leave_nothing(plibd: Any, python: Callable[..., Any]) -> None:
    program = python(PROGRAM)

    def state() -> tuple[int, ...]:
        return (
            len(mappings_of(program.pid)),
            descriptors_of(program.pid),
            descriptors_of(plibd.pid),
        )

    program.send(str(WARM_UP))
    assert program.line(120) == "done"
    before, memory = state(), (resident(program.pid), resident(plibd.pid))
    program.send(str(CYCLES - WARM_UP))
    assert program.line(600) == "done"
    assert state() == before
    after = resident(program.pid), resident(plibd.pid)
    assert after[0] - memory[0] <= ALLOWED, f"the process grew from {memory[0]} to {after[0]} KiB"
    assert after[1] - memory[1] <= ALLOWED, f"plibd grew from {memory[1]} to {after[1]} KiB"

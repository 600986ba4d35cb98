"""Asks plibd for something some times at each line; says how long plibd works before it answers.

ask.py PID      plibd's; 98th percentile and most of its CPU time from request to reply, in ms

Its CPU time, not the clock's: how long a busy machine lets both wait is not plibd's to say.
"""

from __future__ import annotations

import sys
import time

from attacker import RawClient, hear, say

from plib_py._native import ffi, lib

REQUESTS = 200
PERIOD = 0.005  # seconds


def cpu_clock(pid: int) -> int:
    """Return the clock of a process's CPU time, as clock_getcpuclockid() does."""
    return (~pid << 3) | 2


def main() -> None:
    """Do it."""
    clock = cpu_clock(int(sys.argv[1]))
    client = RawClient()
    client.hello()
    say("ready")
    while hear():
        times = []
        for number in range(1, REQUESTS + 1):
            # At times of its own, not when the one before is answered: or busy ones would be few.
            time.sleep(PERIOD)
            start = time.clock_gettime(clock)
            reply = client.request(
                "plib_msg_create_node", lib.PLIB_MSG_CREATE_NODE, entity=number, name=b"node"
            )
            times.append(time.clock_gettime(clock) - start)
            assert reply.status == 0, ffi.string(reply.text)
            client.request("plib_msg_destroy", lib.PLIB_MSG_DESTROY, entity=number)
        times.sort()
        say(f"{times[REQUESTS * 98 // 100] * 1000:.3f} {times[-1] * 1000:.3f}")


if __name__ == "__main__":
    main()

"""Nobody passes for another: not with plibd, and not by a process number that is used again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from system import wait_until
from users import ALICE, BOB, needs_users

pytestmark = needs_users
LAST_PID = Path("/proc/sys/kernel/ns_last_pid")

Verdict = Callable[..., None]


@pytest.mark.parametrize("without", [None, "secret"])
def test_a_gid_cannot_be_taken(host: Any, verdict: Verdict, without: str | None) -> None:
    host.start(without=without)
    victim = host.run(ALICE, "victim.py", "publisher", "/any")
    _, prefix = victim.line().split()
    attacker = host.run(BOB, "forge.py", prefix)
    verdict(
        "joining with another participant's GID",
        "it is the hash of a secret" if without is None else "off",
        "another name" if without is None else "its name",
        attacker.line(),
    )


def reuse_number(number: int) -> int:
    """Start an innocent process with a number that was another's before."""
    for _ in range(1000):
        LAST_PID.write_text(str(number - 1))
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
        if child == number:
            return child  # not waited for yet, so that nobody else gets the number
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    pytest.fail(f"the kernel does not give out {number} again")


@pytest.mark.parametrize("without", [None, "pidfd"])
def test_the_next_owner_of_a_number_is_left_alone(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    """A process leaves connection and call record to a child, and ends: whom does plibd kill?"""
    host.start(without, "--call-budget", "0.2", "--over-budget", "kill")
    culprit = host.run(BOB, "leave_behind.py")
    assert culprit.line() == "left"
    assert culprit.wait() == 0
    innocent = reuse_number(culprit.pid)
    try:
        if without is None:
            assert culprit.line() == "dropped"
            verdict("a process number that is used again", "pidfd", "lives", end_of(innocent))
            return
        culprit.send()
        host.daemon.logged("killing it", f"pid {innocent} ")
        wait_until(lambda: end_of(innocent) == "killed", "it is not killed")
        verdict("a process number that is used again", "off", "killed", end_of(innocent))
    finally:
        os.kill(innocent, signal.SIGKILL)
        os.waitpid(innocent, 0)


def end_of(pid: int) -> str:
    """Return whether a child has been killed, and leave it to be waited for."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return "lives" if ended is None else "killed"

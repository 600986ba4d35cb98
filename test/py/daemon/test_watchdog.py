"""plibd reports calls that last longer than bounded ones may, and by policy ends the process."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

BUDGET = "0.2"  # seconds

PEER = """
import time
import plib_py
with plib_py.Participant("peer") as peer:
    publisher = peer.create_publisher("/stuck", plib_py.RawType("test/msg/Stuck"))
    print("ready", flush=True)
    assert publisher.wait_matched(1, timeout=30)
    print("matched", flush=True)
    while publisher.matched > 0:
        time.sleep(0.005)
    print("gone", flush=True)
"""

Start = Callable[..., Any]


@pytest.fixture
def stuck(program: Start) -> Start:
    """Return a function that starts a process which stays in plib_reader_take()."""

    def start() -> Any:
        started = program("stuck_call")
        assert started.line() == "stuck"
        return started

    return start


def test_a_long_call_is_reported_once(plibd_with: Start, stuck: Start) -> None:
    plibd = plibd_with("--call-budget", BUDGET)
    first = stuck()
    report = plibd.logged("in plib_reader_take for", f"pid {first.pid} ")
    assert f"stuck_call): thread {first.pid} is" in report
    second = stuck()
    plibd.logged("in plib_reader_take for", f"pid {second.pid} ")
    # Many looks later the first has been told of once.
    assert plibd.errors().count(f"pid {first.pid} ") == 1
    # It was only reported: the call goes on, and ends.
    first.send()
    assert first.line() == "out"
    assert first.wait() == 0


def test_by_policy_its_process_is_killed_and_reclaimed(
    plibd_with: Start, stuck: Start, python: Start
) -> None:
    plibd = plibd_with("--call-budget", BUDGET, "--over-budget", "kill")
    peer = python(PEER)
    assert peer.line() == "ready"
    victim = stuck()
    assert peer.line() == "matched"
    assert victim.wait() == -signal.SIGKILL
    assert "; killing it" in plibd.logged("in plib_reader_take for")
    assert peer.line() == "gone"
    assert peer.wait() == 0


def test_without_a_budget_nobody_is_watched(plibd_with: Start, stuck: Start) -> None:
    plibd = plibd_with("--call-budget", "0", "--over-budget", "kill")
    program = stuck()
    program.send()
    assert program.line() == "out"
    assert program.wait() == 0
    assert "budget" not in plibd.errors()


@pytest.mark.parametrize("value", ["fast", "-1", "inf"])
def test_a_budget_that_is_none_is_told(value: str) -> None:
    command = [f"{sys.prefix}/bin/plibd", f"--call-budget={value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"'{value}' is not a time in seconds" in done.stderr

"""Many rclpy nodes, each a process of its own, all see each other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from system import wait_until

PROGRAM = Path(__file__).parent.parent / "programs" / "many_nodes.py"
NODES = 50


PATIENCE = 60  # seconds


def start(environment: dict[str, str]) -> dict[str, float] | None:
    """Return how long it took; nothing when they did not all meet."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), str(NODES), str(PATIENCE)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=PATIENCE + 30)
        except subprocess.TimeoutExpired:
            output = ""
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        return None
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def test_fifty_nodes_see_each_other(ros_plibd: Any, capfd: Any) -> None:
    result = start(ros_plibd.environment())
    assert result is not None, f"not all see all within {PATIENCE} s"
    with capfd.disabled():
        print(
            f"\n{NODES} nodes until all see all: {result['from_loaded']:.2f} s once Python is "
            f"loaded, {result['seconds']:.2f} s in all, {result['cpu']:.1f} s CPU"
        )


@pytest.mark.slow
def test_two_hundred_nodes_see_each_other_and_end(farm: Any) -> None:
    nodes = [farm.begin("idle") for _ in range(200)]
    for node in nodes:
        assert node.receive() == "up"
    for node in nodes:
        wait_until(lambda n=node: len(n.ask("nodes")) == 200, "it does not see all")
    for node in nodes[1:]:
        node.stop()
    wait_until(lambda: len(nodes[0].ask("nodes")) == 1, "it still sees others")

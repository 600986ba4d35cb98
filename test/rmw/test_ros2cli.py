"""The command `ros2` over rmw_plib, and `plib` beside it: they print the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

ROS2 = shutil.which("ros2")
pytestmark = pytest.mark.skipif(
    ROS2 is None, reason="ros2cli is not among the ROS wheels; robot hosts have it"
)

PLIB = f"{sys.prefix}/bin/plib"
MEETING = {"RMW_IMPLEMENTATION": "rmw_plib", "ROS_DOMAIN_ID": "0"}
POSE = "{header: {frame_id: 'a: b'}, pose: {position: {x: 0.5}}}"
LATCHED = ("--qos-durability", "transient_local", "--qos-reliability", "reliable")


def output(*command: str) -> str:
    return subprocess.run(
        command,
        env={**os.environ, **MEETING},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


@pytest.fixture
def pose(plibd: object, start_program: Callable[..., Any]) -> None:
    """Have a publisher of a latched message."""
    del plibd
    publisher = start_program(
        [PLIB, "topic", "pub", "/pose", "geometry_msgs/msg/PoseStamped", POSE, *LATCHED, "-w", "0",
         "-t", "1", "--keep-alive", "600"],
        MEETING,
    )  # fmt: skip
    assert publisher.line() == "publisher: beginning loop"
    assert publisher.line().startswith("publishing #1")


@pytest.mark.usefixtures("pose")
def test_ros2_lists_what_plib_lists() -> None:
    lines = output("ros2", "topic", "list", "-t", "--no-daemon").splitlines()
    assert "/pose [geometry_msgs/msg/PoseStamped]" in lines
    assert (
        "/pose [geometry_msgs/msg/PoseStamped]" in output(PLIB, "topic", "list", "-t").splitlines()
    )


@pytest.mark.usefixtures("pose")
def test_both_print_a_message_alike() -> None:
    echo = ("topic", "echo", "/pose", "--once", *LATCHED)
    theirs = output("ros2", *echo, "geometry_msgs/msg/PoseStamped", "--no-daemon")
    assert output(PLIB, *echo) == theirs

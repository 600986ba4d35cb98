"""ROS_SECURITY_*: nobody runs unprotected who asked for protection, or not silently."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import rclpy
rclpy.init()
rclpy.create_node("node").destroy_node()
rclpy.shutdown()
print("ran")
"""
WARNING = "runs without ROS security"


@pytest.fixture
def keystore(tmp_path: Path) -> str:
    """Return a keystore where rcl finds the enclave of nodes that name none."""
    (tmp_path / "enclaves").mkdir()
    return str(tmp_path)


def run(plibd: Any, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a node with these variables."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**plibd.environment(), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_enforced_security_is_refused_and_says_why(ros_plibd: Any, keystore: str) -> None:
    node = run(
        ros_plibd,
        ROS_SECURITY_ENABLE="true",
        ROS_SECURITY_STRATEGY="Enforce",
        ROS_SECURITY_KEYSTORE=keystore,
    )
    assert node.returncode != 0
    assert "ran" not in node.stdout
    assert "rmw_plib does not enforce ROS security (SROS 2) yet" in node.stderr


@pytest.mark.parametrize("strategy", ["Permissive", ""])
def test_permitted_security_runs_and_warns(ros_plibd: Any, keystore: str, strategy: str) -> None:
    node = run(
        ros_plibd,
        ROS_SECURITY_ENABLE="true",
        ROS_SECURITY_STRATEGY=strategy,
        ROS_SECURITY_KEYSTORE=keystore,
    )
    assert node.returncode == 0, node.stderr
    assert node.stdout == "ran\n"
    assert WARNING in node.stderr
    assert f"{keystore}/enclaves" in node.stderr


@pytest.mark.parametrize("enable", ["false", ""])
def test_nobody_is_warned_who_did_not_ask(ros_plibd: Any, keystore: str, enable: str) -> None:
    node = run(
        ros_plibd,
        ROS_SECURITY_ENABLE=enable,
        ROS_SECURITY_STRATEGY="Enforce",
        ROS_SECURITY_KEYSTORE=keystore,
    )
    assert node.returncode == 0, node.stderr
    assert node.stdout == "ran\n"
    assert WARNING not in node.stderr

"""The programs in examples/ do what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
PROGRAMS = Path(__file__).parent.parent / "programs"
SECONDS = 60

ROBOT = """
import sys
import rclpy
from geometry_msgs.msg import Twist
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("robot")
texts = node.create_publisher(String, "chatter", 10)
def drive(twist):
    print(f"{twist.linear.x:.1f}", flush=True)
    texts.publish(String(data="driving"))
node.create_subscription(Twist, "cmd_vel", drive, 10)
while not texts.get_subscription_count() or not node.count_publishers("cmd_vel"):
    rclpy.spin_once(node, timeout_sec=0.01)
texts.publish(String(data="hello"))
rclpy.spin(node)
"""


def run(example: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / example), *arguments],
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.usefixtures("plibd")
def test_service(start_program) -> None:
    pytest.importorskip("rosbags")
    server = start_program([sys.executable, str(EXAMPLES / "service.py"), "serve"], {})
    assert server.line() == "serving"
    assert run("service.py", "call", "0.5") == ["left: 5.0 rad/s", "right: 5.0 rad/s"]
    assert run("service.py", "call", "-1") == ["left: -10.0 rad/s", "right: -10.0 rad/s"]


@pytest.mark.usefixtures("plibd")
def test_asyncio_node() -> None:
    lines = run("asyncio_node.py", "--seconds", "1")
    assert len(lines) > 2
    assert all(re.fullmatch(r"NUMBER \d+!", line) for line in lines)


@pytest.mark.usefixtures("plibd")
def test_without_ros(python, start_program) -> None:
    pytest.importorskip("rclpy")
    pytest.importorskip("rosbags")
    # As if ROS were not installed.
    code = f"import without_ros, runpy; runpy.run_path({str(EXAMPLES / 'without_ros.py')!r}, "
    code += "run_name='__main__')"
    plain = start_program(
        [sys.executable, "-c", code, "--count", "3"],
        {"PYTHONPATH": str(PROGRAMS), "ROS_DOMAIN_ID": "0"},
    )
    assert plain.line() == "waiting for a robot"
    robot = python(ROBOT, RMW_IMPLEMENTATION="rmw_plib", ROS_DOMAIN_ID="0")
    assert [plain.line() for _ in range(3)] == ["heard hello", "heard driving", "heard driving"]
    assert [robot.line() for _ in range(3)] == ["0.1", "0.2", "0.3"]
    assert plain.wait() == 0, plain.errors()

"""The programs in examples/ do what they say."""

import ast
import itertools
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from users import ALICE, BOB, as_user, needs_users

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


@pytest.mark.usefixtures("plibd")
def test_camera_and_viewers(start_program) -> None:
    """The same images to a viewer in shared memory and to a ROS node."""
    pytest.importorskip("rclpy")
    camera = start_program([sys.executable, str(EXAMPLES / "camera.py"), "capture"], {})
    assert camera.line() == "capturing"
    viewer = start_program([sys.executable, str(EXAMPLES / "camera.py"), "view", "--count=5"], {})
    ros = start_program(
        [sys.executable, str(EXAMPLES / "ros_viewer.py"), "--count=5"],
        {"RMW_IMPLEMENTATION": "rmw_plib"},
    )
    for each in (viewer, ros):
        seen = [each.line() for _ in range(5)]
        assert all(re.fullmatch(r"1920x1080, brightness \d+", line) for line in seen)
        brightness = [int(line.split()[-1]) for line in seen]
        assert len(set(brightness)) == 5, "each image is another"
        assert each.wait() == 0, each.errors()
    # As launch and Ctrl-C end them.
    ros = start_program(
        [sys.executable, str(EXAMPLES / "ros_viewer.py")], {"RMW_IMPLEMENTATION": "rmw_plib"}
    )
    assert ros.line().startswith("1920x1080")
    for each in (ros, camera):
        each.process.send_signal(signal.SIGINT)
        assert each.wait() == 0, each.errors()


@pytest.mark.usefixtures("plibd")
def test_plain_python_beside_rclpy(start_program) -> None:
    pytest.importorskip("rclpy")
    plain = start_program([sys.executable, str(EXAMPLES / "nearest.py")], {})
    assert plain.line() == "listening"
    node = start_program(
        [sys.executable, str(EXAMPLES / "scanner_node.py")], {"RMW_IMPLEMENTATION": "rmw_plib"}
    )
    heard = [float(node.line().split()[1]) for _ in range(3)]
    assert [round(a - b, 1) for a, b in itertools.pairwise(heard)] == [0.5, 0.5]
    for each in (node, plain):
        each.process.send_signal(signal.SIGINT)
        assert each.wait() == 0, each.errors()


@needs_users
def test_two_users(plibd_with, no_plibd: str, start_program, tmp_path: Path) -> None:
    """The users of the example are other ones here, whom every host has."""
    text = (EXAMPLES / "two_users" / "plibd.yaml").read_text()
    config = tmp_path / "plibd.yaml"
    config.write_text(
        text.replace("user: planner", f"user: {ALICE}").replace("user: base", f"user: {BOB}")
    )
    Path(no_plibd).parent.chmod(0o755)
    plibd_with("--mode", "0666", "--config", str(config))

    def program(user: int, name: str, *arguments: str):
        script = str(EXAMPLES / "two_users" / name)
        return start_program(as_user(user, sys.executable, script, *arguments), {"HOME": "/tmp"})

    base = program(BOB, "base.py")
    assert base.line() == "waiting for a planner"
    planner = program(ALICE, "planner.py", "0.5")
    assert planner.wait() == 0, planner.errors()
    assert base.line() == "driving at 0.5 m/s"
    intruder = program(BOB, "planner.py", "9")
    assert intruder.wait() == 1
    assert "rule 'nobody else is at the wheel' of plibd's access policy" in intruder.errors()


def test_launch_file_is_one() -> None:
    """Launch is not on PyPI: test/launch runs it where it is installed."""
    tree = ast.parse((EXAMPLES / "camera.launch.py").read_text())
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert functions == ["generate_launch_description"]

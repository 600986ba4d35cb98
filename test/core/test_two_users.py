"""Two users on one system daemon: they talk when its socket admits them, and are told why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from users import ALICE, BOB, as_user, needs_users

PLIBD = f"{sys.prefix}/bin/plibd"

TALKER = """
import sys, rclpy
from rclpy.node import Node
from std_msgs.msg import String
from rclpy.utilities import get_rmw_implementation_identifier
assert get_rmw_implementation_identifier() == "rmw_plib"
rclpy.init()
node = Node("talker")
publisher = node.create_publisher(String, "chatter", 10)
number = 0
def tick():
    global number
    publisher.publish(String(data=f"hello {number}"))
    number += 1
node.create_timer(0.01, tick)
rclpy.spin(node)
"""
LISTENER = """
import os, sys, rclpy
from rclpy.node import Node
from std_msgs.msg import String
from rclpy.utilities import get_rmw_implementation_identifier
assert get_rmw_implementation_identifier() == "rmw_plib"
rclpy.init()
node = Node("listener")
heard = []
node.create_subscription(String, "chatter", lambda message: heard.append(message.data), 10)
while len(heard) < 100:
    rclpy.spin_once(node, timeout_sec=60)
numbers = [int(text.split()[1]) for text in heard]
assert numbers == sorted(set(numbers)), numbers
print(os.getuid(), "heard", len(heard), flush=True)
"""
RULES = f"""
access:
  rules:
    - name: alice talks
      user: {ALICE}
      allow: {{publish: /chatter}}
    - name: bob listens
      user: {BOB}
      allow: {{subscribe: /chatter}}
"""
JOIN = """
import plib_py, sys
try:
    plib_py.Participant("visitor").close()
except plib_py.Error as error:
    print(type(error).__name__, error)
    sys.exit(3)
"""

pytestmark = needs_users


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory that others may enter but not write, as /run/plib is."""
    with tempfile.TemporaryDirectory(prefix="plib-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def start_daemon(folder: Path, *options: str) -> subprocess.Popen[str]:
    daemon = subprocess.Popen(
        [PLIBD, "--foreground", "--socket", f"{folder}/plibd.sock", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    assert daemon.stdout.readline() == f"listening on {folder}/plibd.sock\n"
    return daemon


def stop(daemon: subprocess.Popen[str]) -> None:
    daemon.terminate()
    assert daemon.wait(30) == 0


def program_as(uid: int, code: str) -> list[str]:
    return as_user(uid, sys.executable, "-c", code)


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "RMW_IMPLEMENTATION": "rmw_plib",
        "PLIB_SOCKET": f"{folder}/plibd.sock",
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/tmp",
        "ROS_LOG_DIR": f"/tmp/plib-test-log-{os.getpid()}",
    }


def test_nodes_of_two_users_talk(folder: Path) -> None:
    config = folder / "plibd.yaml"
    config.write_text(RULES)
    daemon = start_daemon(folder, "--mode", "0666", "--config", str(config))
    try:
        variables = environment(folder)
        with subprocess.Popen(
            program_as(ALICE, TALKER), env={**variables, "ROS_LOG_DIR": "/tmp/plib-alice"}
        ) as talker:
            listener = subprocess.run(
                program_as(BOB, LISTENER),
                env={**variables, "ROS_LOG_DIR": "/tmp/plib-bob"},
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )
            talker.kill()
        assert listener.returncode == 0, listener.stderr
        assert listener.stdout == f"{BOB} heard 100\n"
    finally:
        stop(daemon)
        for name in ("alice", "bob"):
            shutil.rmtree(f"/tmp/plib-{name}", ignore_errors=True)


def test_excluded_user_is_told_what_to_do(folder: Path) -> None:
    daemon = start_daemon(folder, "--mode", "0600")
    try:
        visitor = subprocess.run(
            program_as(BOB, JOIN),
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert visitor.returncode == 3, visitor.stderr
        assert visitor.stdout.startswith("PermissionDenied ")
        assert "permission denied on plibd's socket" in visitor.stdout
        assert f"admit user {BOB}" in visitor.stdout
        assert "PLIB_SOCKET" in visitor.stdout
    finally:
        stop(daemon)


def test_excluded_ros_node_fails_with_the_same_words(folder: Path) -> None:
    daemon = start_daemon(folder, "--mode", "0600")
    try:
        visitor = subprocess.run(
            program_as(BOB, "import rclpy; rclpy.init()"),
            env={**environment(folder), "ROS_LOG_DIR": "/tmp/plib-bob"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert visitor.returncode != 0
        assert "permission denied on plibd's socket" in visitor.stderr
    finally:
        stop(daemon)
        shutil.rmtree("/tmp/plib-bob", ignore_errors=True)


def test_somebody_elses_daemon_is_not_trusted(folder: Path) -> None:
    """A plibd hands out the memory that everything trusts: it must be root's or one's own."""
    os.chown(folder, ALICE, ALICE)
    command = ["--foreground", "--mode", "0666", "--socket", f"{folder}/plibd.sock"]
    with subprocess.Popen(
        as_user(ALICE, PLIBD, *command), stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline().startswith("listening")
        visitor = subprocess.run(
            program_as(BOB, JOIN),
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        daemon.terminate()
    assert visitor.returncode == 3, visitor.stderr
    assert f"runs as user {ALICE}, whom user {BOB} does not trust" in visitor.stdout

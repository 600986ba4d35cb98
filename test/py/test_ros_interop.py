"""plib_py and rclpy nodes over rmw_plib, each in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

import plib_py

pytest.importorskip("rclpy")
String = pytest.importorskip("std_msgs.msg").String

PLAIN = {"RMW_IMPLEMENTATION": "rmw_plib", "ROS_DOMAIN_ID": "0"}

LISTENER = """
import rclpy, rclpy.utilities
from std_msgs.msg import String
assert rclpy.utilities.get_rmw_implementation_identifier() == "rmw_plib"
rclpy.init()
node = rclpy.create_node("listener")
node.create_subscription(String, "chatter", lambda text: print(text.data, flush=True), 10)
print("ready", flush=True)
rclpy.spin(node)
"""

TALKER = """
import sys
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("talker")
publisher = node.create_publisher(String, "chatter", 10)
print("ready", flush=True)
for line in sys.stdin:
    publisher.publish(String(data=line.strip()))
"""


@pytest.fixture
def participant(plibd, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001 - has to run
    monkeypatch.setenv("ROS_DOMAIN_ID", "0")
    with plib_py.Participant("plain") as participant:
        yield participant


def test_rclpy_hears_plib_py(participant: plib_py.Participant, python) -> None:
    listener = python(LISTENER, **PLAIN)
    assert listener.line() == "ready"
    publisher = participant.create_publisher("chatter", String)
    assert publisher.wait_matched(timeout=10)
    for text in ("hello", "", "grüße"):
        publisher.publish(String(data=text))
        assert listener.line() == text


def test_plib_py_hears_rclpy(participant: plib_py.Participant, python) -> None:
    subscription = participant.create_subscription("chatter", String)
    talker = python(TALKER, **PLAIN)
    assert talker.line() == "ready"
    assert subscription.wait_matched(timeout=10)
    for text in ("hello", "grüße"):
        talker.send(text)
        assert subscription.wait(10)
        assert subscription.take().message == String(data=text)


def test_the_wire_is_cdr_with_its_header(participant: plib_py.Participant, python) -> None:
    raw = participant.create_subscription("chatter", plib_py.RawType("std_msgs/msg/String"))
    talker = python(TALKER, **PLAIN)
    assert talker.line() == "ready"
    assert raw.wait_matched(timeout=10)
    talker.send("hey")
    assert raw.wait(10)
    assert raw.take().message[:12] == b"\0\1\0\0" + b"\4\0\0\0" + b"hey\0"


def test_both_know_the_same_type_hash(participant: plib_py.Participant, python) -> None:
    participant.create_publisher("chatter", String)
    listener = python(LISTENER, **PLAIN)
    assert listener.line() == "ready"
    hashes = {entity.type_hash for entity in participant.graph() if entity.name == "/chatter"}
    assert len(hashes) == 1
    assert hashes.pop().startswith("RIHS01_")


@pytest.mark.usefixtures("plibd")
def test_the_command_line_shows_ros_nodes(python) -> None:
    listener = python(LISTENER, **PLAIN)
    assert listener.line() == "ready"
    listing = subprocess.run(
        [f"{sys.prefix}/bin/plib", "topic", "list", "-t", "--domain", "0"],
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "/chatter [std_msgs/msg/String]" in listing.stdout.splitlines()


def test_a_message_of_another_class_is_refused(participant: plib_py.Participant) -> None:
    publisher = participant.create_publisher("chatter", String)
    with pytest.raises(plib_py.InvalidArgument, match="std_msgs/msg/String"):
        publisher.publish(b"bytes")


@pytest.mark.usefixtures("no_plibd")
@pytest.mark.slow
def test_the_demo_loses_nothing_and_leaves_nothing() -> None:
    pytest.importorskip("sensor_msgs")
    demo = subprocess.run(
        [sys.executable, "-m", "plib_py.demo", "--seconds", "3", "--json"],
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    result = json.loads(demo.stdout)
    assert set(result) == {"rmw_plib", "rmw_fastrtps_cpp"}
    plib = result["rmw_plib"]
    assert {name: stream["lost"] for name, stream in plib["streams"].items()} == {
        "image": 0,
        "text": 0,
        "call": 0,
    }
    assert plib["left_in_dev_shm"] == 0

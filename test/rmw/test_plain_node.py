"""An unmodified rclpy node does all it does on other middlewares, and ends cleanly on SIGINT."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parent.parent / "programs" / "plain_node.py"

# The other side, in a process of its own: it asks everything that a node answers.
VISITOR = """
import rclpy
from rcl_interfaces.msg import Log, Parameter, ParameterEvent, ParameterType, ParameterValue
from rcl_interfaces.srv import GetParameters, SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.utilities import get_rmw_implementation_identifier
from std_msgs.msg import String
from std_srvs.srv import Trigger
from type_description_interfaces.srv import GetTypeDescription

assert get_rmw_implementation_identifier() == "rmw_plib"
rclpy.init()
node = rclpy.create_node("visitor")
heard, logs, events = [], [], []
node.create_subscription(String, "/robot/chatter", lambda m: heard.append(m.data), 10)
latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
node.create_subscription(Log, "/rosout", lambda m: logs.append(m), latched)
node.create_subscription(ParameterEvent, "/parameter_events", lambda m: events.append(m), 10)

def call(kind, name, request):
    client = node.create_client(kind, name)
    assert client.wait_for_service(30.0), name
    future = client.call_async(request)
    rclpy.spin_until_future_complete(node, future, timeout_sec=30.0)
    assert future.done(), name
    return future.result()

def until(condition, what):
    end = node.get_clock().now().nanoseconds + 30_000_000_000
    while not condition():
        assert node.get_clock().now().nanoseconds < end, what
        rclpy.spin_once(node, timeout_sec=0.1)

until(lambda: len(heard) >= 3, "messages")
assert call(Trigger, "/robot/ping", Trigger.Request()).message == "pong"
until(lambda: any(log.msg == "pinged" and log.name == "robot.plain" for log in logs), "rosout")

got = call(GetParameters, "/robot/plain/get_parameters", GetParameters.Request(names=["speed"]))
assert got.values[0].double_value == 1.5
faster = Parameter(name="speed",
                   value=ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=2.5))
request = SetParameters.Request(parameters=[faster])
assert call(SetParameters, "/robot/plain/set_parameters", request).results[0].successful
until(lambda: any(e.node == "/robot/plain" and e.changed_parameters for e in events), "event")
until(lambda: heard[-1].endswith(" 2.5"), "the parameter's effect")

info = node.get_publishers_info_by_topic("/robot/chatter")
assert [(i.node_name, i.node_namespace, i.topic_type) for i in info] == [
    ("plain", "/robot", "std_msgs/msg/String")], info
described = call(GetTypeDescription, "/robot/plain/get_type_description",
    GetTypeDescription.Request(type_name="std_msgs/msg/String",
                               type_hash=str(info[0].topic_type_hash)))
assert described.successful, described.failure_reason
assert described.type_description.type_description.type_name == "std_msgs/msg/String"

assert ("plain", "/robot") in node.get_node_names_and_namespaces()
assert ("/robot/ping", ["std_srvs/srv/Trigger"]) in node.get_service_names_and_types()
assert ("/robot/chatter", ["std_msgs/msg/String"]) in node.get_topic_names_and_types()
by_node = node.get_publisher_names_and_types_by_node("plain", "/robot")
assert ("/robot/chatter", ["std_msgs/msg/String"]) in by_node, by_node
print("all well", flush=True)

until(lambda: ("plain", "/robot") not in node.get_node_names_and_namespaces(), "it stays")
assert node.count_publishers("/robot/chatter") == 0
print("gone", flush=True)
node.destroy_node()
rclpy.shutdown()
"""


@pytest.fixture
def plain_node(ros_plibd: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        env=ros_plibd.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


def test_node_answers_all_and_ends_on_sigint(
    plain_node: subprocess.Popen[str], ros_plibd: Any
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", VISITOR],
        env=ros_plibd.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as visitor:
        assert visitor.stdout is not None
        assert visitor.stderr is not None
        line = visitor.stdout.readline()
        assert line == "all well\n", visitor.stderr.read()
        plain_node.send_signal(signal.SIGINT)
        _, errors = plain_node.communicate(timeout=30)
        assert plain_node.returncode == 0, errors
        assert "Traceback" not in errors
        assert visitor.stdout.readline() == "gone\n", visitor.stderr.read()
        assert visitor.wait(30) == 0

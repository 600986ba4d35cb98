"""What rclpy tells beside a message: its metadata, its bytes, QoS in use, events of services."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

PROGRAM = """
import rclpy
from rclpy.duration import Duration
from rclpy.qos import (
    DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_best_available,
    qos_profile_system_default)
from rclpy.serialization import deserialize_message
from rclpy.service_introspection import ServiceIntrospectionState
from service_msgs.msg import ServiceEventInfo
from std_msgs.msg import String
from std_srvs.srv import Trigger

rclpy.init()
node = rclpy.create_node("node")

def until(condition, what):
    end = node.get_clock().now().nanoseconds + 30_000_000_000
    while not condition():
        assert node.get_clock().now().nanoseconds < end, what
        rclpy.spin_once(node, timeout_sec=0.1)

heard, raw, events = [], [], []
publisher = node.create_publisher(String, "topic", 10)
node.create_subscription(String, "topic", lambda m, i: heard.append((m.data, i)),
                         qos_profile_best_available)
node.create_subscription(String, "topic", raw.append, 10, raw=True)
infos = node.get_subscriptions_info_by_topic("/topic")
assert {i.qos_profile.reliability for i in infos} == {ReliabilityPolicy.RELIABLE}, infos
assert {i.qos_profile.durability for i in infos} == {DurabilityPolicy.VOLATILE}, infos

for text in ("first", "second"):
    publisher.publish(String(data=text))
for timeout in (-1, 0, 1):  # rclpy's -1 waits without end
    assert publisher.wait_for_all_acked(Duration(seconds=timeout))
until(lambda: len(heard) == 2 and len(raw) == 2, "messages")
assert [text for text, _ in heard] == ["first", "second"]
assert [deserialize_message(each, String).data for each in raw] == ["first", "second"]
gid = bytes(node.get_publishers_info_by_topic("/topic")[0].endpoint_gid)
for number, (_, info) in enumerate(heard):
    assert bytes(info["publisher_gid"]["data"]) == gid, info
    assert info["publication_sequence_number"] == 1 + number, info
    assert info["reception_sequence_number"] == number, info
    assert 0 < info["source_timestamp"] <= info["received_timestamp"], info

def answer(request, response):
    response.message = "pong"
    return response

service = node.create_service(Trigger, "ping", answer)
client = node.create_client(Trigger, "ping")
for each in (service, client):
    each.configure_introspection(
        node.get_clock(), qos_profile_system_default, ServiceIntrospectionState.CONTENTS)
node.create_subscription(Trigger.Event, "ping/_service_event", events.append, QoSProfile(depth=10))
assert client.wait_for_service(30.0)
future = client.call_async(Trigger.Request())
until(lambda: future.done() and len(events) == 4, "the events of one call")
assert {each.info.event_type for each in events} == {
    ServiceEventInfo.REQUEST_SENT, ServiceEventInfo.REQUEST_RECEIVED,
    ServiceEventInfo.RESPONSE_SENT, ServiceEventInfo.RESPONSE_RECEIVED}
assert len({(bytes(e.info.client_gid), e.info.sequence_number) for e in events}) == 1, events
assert [e.response[0].message for e in events if e.response] == ["pong", "pong"], events
rclpy.shutdown()
print("all well")
"""


def test_all_of_it_is_told(ros_plibd: Any) -> None:
    node = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=ros_plibd.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert node.stdout == "all well\n", node.stderr
    assert node.returncode == 0, node.stderr

"""rclpy nodes, a C node on rcl and plain Python programs are one graph, and hear each other."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from rcl_flood import start_rcl_flood
from system import wait_until

COUNT = 5000

# Publishers are numbered: 0 is the C node's, 1 the rclpy node's, 2 the plain program's.
PLAIN = """
import sys
import plib_py
from std_msgs.msg import String

count = int(sys.argv[1])
lossless = plib_py.QoS(history=plib_py.History.KEEP_ALL)
with plib_py.Participant("plain") as plain:
    publisher = plain.create_publisher("/flood", String, lossless)
    subscription = plain.create_subscription("/flood", String, lossless)
    assert publisher.wait_matched(3, timeout=60)
    assert subscription.wait_matched(3, timeout=60)
    following = {}

    def take_all():
        while (sample := subscription.take()) is not None:
            sender, number = sample.message.data.split()
            assert int(number) == following.get(sender, 0), sample
            following[sender] = int(number) + 1

    for number in range(count):
        publisher.publish(String(data=f"2 {number}"))
        take_all()
    while sum(following.values()) < 3 * count:
        assert subscription.wait(60), following
        take_all()
    assert publisher.wait_acked(60)
    nodes = [entity.name for entity in plain.graph() if entity.kind.name == "NODE"]
    print("nodes", sorted(nodes), flush=True)
    sys.stdin.readline()
"""


def test_c_rclpy_and_plain_python_hear_each_other(ros_plibd: Any, farm: Any) -> None:
    patient = {"PLIB_MAX_BLOCKING_TIME_MS": "60000"}
    environment = ros_plibd.environment(PYTHONSAFEPATH="1", **patient)

    collector = farm.start("collector", topic="/flood")
    flooder = farm.start("flooder", topic="/flood", environment=patient)
    receiver = start_rcl_flood(environment, "sub", "/flood", str(COUNT), "3")
    sender = start_rcl_flood(environment, "pub", "/flood", str(COUNT), "0", "3")
    with subprocess.Popen(
        [sys.executable, "-c", PLAIN, str(COUNT)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as plain:
        wait_until(lambda: flooder.ask("matched") == 3, "not all subscriptions are there")
        assert flooder.ask("flood", "1", COUNT, patience=120.0) == COUNT
        for process in (sender, receiver):
            output, _ = process.communicate(timeout=120)
            assert process.returncode == 0, output
        assert plain.stdout is not None
        assert plain.stderr is not None
        line = plain.stdout.readline()
        assert line.startswith("nodes"), plain.stderr.read()
        assert "'/plain'" in line
        assert any(name in line for name in collector.ask("nodes"))
        assert "/plain" in collector.ask("nodes")
        plain.communicate(input="\n", timeout=60)
        assert plain.returncode == 0
    wait_until(lambda: collector.ask("count")["done"] == 3 * COUNT, "messages are missing")
    assert collector.ask("count")["wrong"] == 0

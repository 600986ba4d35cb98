"""Reliable KEEP_ALL loses nothing, at full speed."""

from __future__ import annotations

from typing import Any

import pytest
from rcl_flood import start_rcl_flood
from system import wait_until

COUNT = 100_000


@pytest.mark.parametrize("width", [1, 3])
def test_rcl_nodes_lose_nothing(width: int, ros_plibd: Any) -> None:
    """100,000 messages of each publisher reach each subscriber in order and once."""
    environment = ros_plibd.environment(PLIB_MAX_BLOCKING_TIME_MS="30000")
    receivers = [
        start_rcl_flood(environment, "sub", "/flood", str(COUNT), str(width)) for _ in range(width)
    ]
    senders = [
        start_rcl_flood(environment, "pub", "/flood", str(COUNT), str(number), str(width))
        for number in range(width)
    ]
    for process in senders + receivers:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        print(output, end="")


def test_rclpy_nodes_lose_nothing(farm: Any) -> None:
    """The same between two nodes in Python."""
    patient = {"PLIB_MAX_BLOCKING_TIME_MS": "30000"}
    collector = farm.start("collector")
    flooder = farm.start("flooder", environment=patient)
    wait_until(lambda: flooder.ask("matched") == 1, "the two do not match")
    assert flooder.ask("flood", "a", COUNT, patience=300.0) == COUNT
    wait_until(lambda: collector.ask("count")["done"] == COUNT, "messages are missing", 300.0)
    assert collector.ask("count")["wrong"] == 0

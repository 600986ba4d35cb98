"""ROS_AUTOMATIC_DISCOVERY_RANGE and ROS_LOCALHOST_ONLY: OFF meets nobody, all else this host."""

from __future__ import annotations

from typing import Any

import pytest
from system import wait_until


@pytest.mark.parametrize(
    "variables",
    [
        {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"},
        {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"},
        {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT"},
        {"ROS_LOCALHOST_ONLY": "1"},
        {"ROS_STATIC_PEERS": "192.0.2.1"},
    ],
)
def test_nodes_of_the_host_meet(farm: Any, variables: dict[str, str]) -> None:
    farm.start("publisher", environment=variables)
    subscriber = farm.start("subscriber")
    wait_until(lambda: subscriber.ask("count")["done"] > 0, "nothing is heard")


def test_off_meets_nobody(farm: Any) -> None:
    alone = farm.start(
        "publisher", node_name="alone", environment={"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}
    )
    subscriber = farm.start("subscriber", node_name="listener")
    other = farm.start("publisher", node_name="talker")
    # plibd serves one after the other: who came last has been matched with all that it ever will.
    wait_until(lambda: subscriber.ask("count")["done"] > 0, "the other is not heard")
    assert alone.ask("matched") == 0
    assert other.ask("matched") == 1
    assert subscriber.ask("endpoints", "load") == (1, 1)
    assert subscriber.ask("nodes") == ["/listener", "/talker"]
    assert alone.ask("nodes") == ["/alone"]


def test_off_meets_itself(farm: Any) -> None:
    """What one process makes in one context still talks: services, parameters."""
    node = farm.start(
        "idle", node_name="alone", environment={"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}
    )
    assert node.ask("endpoints", "/parameter_events")[0] == 1

"""Who is matched with whom: domain id, topic, type and QoS."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from system import wait_until


def pair(farm: Any, publisher: dict[str, Any], subscription: dict[str, Any]) -> tuple[Any, Any]:
    one = farm.start("number", side="publisher", **publisher)
    other = farm.start("number", side="subscription", **subscription)
    return one, other


def sees(node: Any, topic: str, publishers: int, subscriptions: int) -> bool:
    return bool(node.ask("endpoints", topic) == (publishers, subscriptions))


def expect_no_match(one: Any, other: Any) -> None:
    """Both see both in the graph, which is published with the matching, yet neither is matched."""
    for node in (one, other):
        wait_until(lambda n=node: sees(n, "topic", 1, 1), "they are not in one graph")
        assert node.ask("matched") == 0


def test_same_topic_type_and_qos_match(farm: Any) -> None:
    one, other = pair(farm, {}, {})
    wait_until(lambda: one.ask("matched") == 1, "the publisher is not matched")
    wait_until(lambda: other.ask("matched") == 1, "the subscription is not matched")


def test_other_types_do_not_match(farm: Any) -> None:
    expect_no_match(*pair(farm, {"kind": "String"}, {"kind": "Int64"}))


@pytest.mark.parametrize(
    ("offered", "requested"),
    [
        ({"reliability": "best_effort"}, {"reliability": "reliable"}),
        ({"durability": "volatile"}, {"durability": "transient_local"}),
        ({"liveliness": "automatic"}, {"liveliness": "manual_by_topic"}),
    ],
    ids=["reliability", "durability", "liveliness"],
)
def test_less_offered_than_requested_does_not_match(
    farm: Any, offered: dict[str, str], requested: dict[str, str]
) -> None:
    expect_no_match(*pair(farm, {"qos": offered}, {"qos": requested}))


@pytest.mark.parametrize(
    ("offered", "requested"),
    [
        ({"reliability": "reliable"}, {"reliability": "best_effort"}),
        ({"durability": "transient_local"}, {"durability": "volatile"}),
        ({"history": "keep_all"}, {"depth": 1}),
    ],
    ids=["reliability", "durability", "history"],
)
def test_more_offered_than_requested_matches(
    farm: Any, offered: dict[str, Any], requested: dict[str, Any]
) -> None:
    one, other = pair(farm, {"qos": offered}, {"qos": requested})
    wait_until(lambda: one.ask("matched") == 1 == other.ask("matched"), "they do not match")


def test_late_joiner_gets_what_a_stopped_publisher_retained(farm: Any) -> None:
    """The publisher need not notice the match: its last three messages lie in its memory."""
    publisher = farm.start("latched", side="publisher")
    os.kill(publisher.pid, signal.SIGSTOP)
    try:
        late = farm.start("latched", side="subscription")
        wait_until(lambda: len(late.ask("heard")) >= 3, "the retained messages do not come")
        assert late.ask("heard") == ["2", "3", "4"]
    finally:
        os.kill(publisher.pid, signal.SIGCONT)


def test_domains_are_separate(farm: Any) -> None:
    here = farm.start("publisher", environment={"ROS_DOMAIN_ID": "1"})
    there = farm.start("subscriber", environment={"ROS_DOMAIN_ID": "2"})
    same = farm.start("subscriber", environment={"ROS_DOMAIN_ID": "1"})
    wait_until(lambda: same.ask("count")["done"] > 100, "one domain is silent")
    assert there.ask("count")["done"] == 0
    assert len(there.ask("nodes")) == 1
    assert len(here.ask("nodes")) == 2

"""QoS events reach rclpy's callbacks, whichever executor runs them."""

from __future__ import annotations

from typing import Any

import pytest
from system import wait_until

EXECUTORS = ["single", "multi", "events"]


def happened(node: Any, event: str) -> bool:
    return bool(node.ask("count").get(event, 0) > 0)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_matches_are_told_to_both(farm: Any, executor: str) -> None:
    one = farm.start("watched", executor=executor)
    other = farm.start("watched", side="subscription", executor=executor)
    wait_until(lambda: happened(one, "matched"), "the publisher is not told")
    wait_until(lambda: happened(other, "matched"), "the subscription is not told")


@pytest.mark.parametrize("executor", EXECUTORS)
def test_missed_deadlines_are_told_to_both(farm: Any, executor: str) -> None:
    qos = {"deadline": 0.05}
    one = farm.start("watched", qos=qos, executor=executor)
    other = farm.start("watched", side="subscription", qos=qos, executor=executor)
    wait_until(lambda: happened(other, "matched"), "the two do not match")
    one.ask("publish")
    wait_until(lambda: happened(one, "deadline"), "the publisher is not told")
    wait_until(lambda: happened(other, "deadline"), "the subscription is not told")


@pytest.mark.parametrize("executor", EXECUTORS)
def test_lost_liveliness_is_told_to_both(farm: Any, executor: str) -> None:
    qos = {"liveliness": "manual_by_topic", "liveliness_lease_duration": 0.05}
    one = farm.start("watched", qos=qos, executor=executor)
    other = farm.start("watched", side="subscription", qos=qos, executor=executor)
    wait_until(lambda: happened(other, "matched"), "the two do not match")
    one.ask("publish")
    wait_until(lambda: happened(one, "liveliness"), "the publisher is not told")
    wait_until(lambda: happened(other, "liveliness"), "the subscription is not told")


@pytest.mark.parametrize("executor", EXECUTORS)
def test_incompatible_qos_is_told_to_both(farm: Any, executor: str) -> None:
    one = farm.start("watched", qos={"reliability": "best_effort"}, executor=executor)
    other = farm.start(
        "watched", side="subscription", qos={"reliability": "reliable"}, executor=executor
    )
    wait_until(lambda: happened(one, "incompatible_qos"), "the publisher is not told")
    wait_until(lambda: happened(other, "incompatible_qos"), "the subscription is not told")


@pytest.mark.parametrize("executor", EXECUTORS)
def test_incompatible_types_are_told_to_both(farm: Any, executor: str) -> None:
    one = farm.start("watched", executor=executor)
    other = farm.start("watched", side="subscription", kind="Int64", executor=executor)
    wait_until(lambda: happened(one, "incompatible_type"), "the publisher is not told")
    wait_until(lambda: happened(other, "incompatible_type"), "the subscription is not told")


def test_lost_messages_are_told(farm: Any) -> None:
    one = farm.start("watched")
    other = farm.start("watched", side="subscription", qos={"depth": 1})
    wait_until(lambda: happened(one, "matched"), "the two do not match")

    def some_is_lost() -> bool:
        for _ in range(50):
            one.ask("publish")
        return happened(other, "message_lost")

    wait_until(some_is_lost, "nothing is lost")

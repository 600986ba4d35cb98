"""Actions of rclpy run over rmw_plib: goals, feedback, results, cancellation, between processes."""

from __future__ import annotations

from typing import Any

import pytest

SUCCEEDED, CANCELED = 4, 5  # action_msgs/msg/GoalStatus


@pytest.mark.parametrize("executor", ["single", "multi", "events"])
def test_goals_give_feedback_and_a_result(farm: Any, executor: str) -> None:
    farm.start("actor", executor=executor)
    director = farm.start("director", executor=executor)
    status, sequence, feedback = director.ask("compute", 10)
    assert status == SUCCEEDED
    assert sequence == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55]
    # It comes on a way of its own, and rclpy drops what comes after the result.
    assert 0 < feedback <= 9


def test_goals_are_cancelled(farm: Any) -> None:
    # The server has to hear of the cancellation while it computes.
    farm.start("actor", executor="multi")
    director = farm.start("director")
    assert director.ask("cancel", 1_000_000) == CANCELED


def test_two_clients_get_their_own_results(farm: Any) -> None:
    farm.start("actor")
    first, second = farm.start("director"), farm.start("director")
    assert first.ask("compute", 5)[1] == [0, 1, 1, 2, 3, 5]
    assert second.ask("compute", 3)[1] == [0, 1, 1, 2]

"""Content filters as rclpy's users set them, between processes."""

from __future__ import annotations

from typing import Any

import pytest
from system import wait_until


@pytest.fixture
def speaker(farm: Any) -> Any:
    return farm.start("speaker")


def listener(farm: Any, speaker: Any, **options: Any) -> Any:
    node = farm.start("filtered", **options)
    wait_until(lambda: speaker.ask("matched") == 1, "the two do not match")
    return node


@pytest.mark.parametrize("executor", ["single", "multi", "events"])
def test_only_what_fits_is_heard(farm: Any, speaker: Any, executor: str) -> None:
    node = listener(
        farm,
        speaker,
        executor=executor,
        expression="data LIKE %0 OR data = 'end'",
        parameters=("'red-%'",),
    )
    assert node.ask("is_filtered")
    texts = [f"{colour}-{number}" for number in range(200) for colour in ("blue", "red", "green")]
    speaker.ask("say", *texts, "end")
    wait_until(lambda: node.ask("heard")[-1:] == ["end"], "the end is not heard")
    assert node.ask("heard") == [*(text for text in texts if text.startswith("red")), "end"]


def test_a_filter_may_be_changed_and_read(farm: Any, speaker: Any) -> None:
    node = listener(farm, speaker, expression="data = 'one'")
    assert node.ask("get_filter") == ("data = 'one'", [])
    assert node.ask("set_filter", "data MATCH %0", "'t.*'") == ""
    assert node.ask("get_filter") == ("data MATCH %0", ["'t.*'"])
    speaker.ask("say", "one", "two", "three")
    wait_until(lambda: len(node.ask("heard")) == 2, "not all is heard")
    assert node.ask("set_filter", "") == ""
    assert not node.ask("is_filtered")
    speaker.ask("say", "four")
    wait_until(lambda: len(node.ask("heard")) == 3, "not all is heard")
    assert node.ask("heard") == ["two", "three", "four"]


def test_a_wrong_filter_is_explained_and_changes_nothing(farm: Any, speaker: Any) -> None:
    node = listener(farm, speaker, expression="data = 'one'")
    error = node.ask("set_filter", "dta = 'two'")
    assert "std_msgs/msg/String has no field 'dta'; it has data" in error
    speaker.ask("say", "two", "one")
    wait_until(lambda: node.ask("heard") == ["one"], "the filter is another")

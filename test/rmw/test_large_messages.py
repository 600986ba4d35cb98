"""Large images arrive whole; what exceeds the limit is refused and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from system import wait_until

MIB = 1 << 20


@pytest.mark.parametrize("size", [1 * MIB, 16 * MIB])
def test_images_arrive_whole(farm: Any, size: int) -> None:
    camera = farm.start("camera")
    viewer = farm.start("viewer")
    wait_until(lambda: camera.ask("matched") == 1, "the two do not match")
    for number in range(1, 6):
        assert camera.ask("send", size) == ""
        wait_until(lambda n=number: viewer.ask("count")["done"] == n, "an image is missing")
    assert viewer.ask("count") == {"done": 5, "wrong": 0}


def test_a_message_over_the_limit_is_refused_clearly(start_plibd: Any, start_farm: Any) -> None:
    plibd = start_plibd("--memory-limit", "64M")
    farm = start_farm(plibd)
    camera = farm.start("camera")
    viewer = farm.start("viewer")
    wait_until(lambda: camera.ask("matched") == 1, "the two do not match")
    error = camera.ask("send", 100 * MIB)
    assert "memory limit" in error, error
    assert "--memory-limit" in error, error
    assert camera.ask("send", 1 * MIB) == ""
    wait_until(lambda: viewer.ask("count")["done"] == 1, "a small image no longer arrives")
    assert viewer.ask("count")["wrong"] == 0

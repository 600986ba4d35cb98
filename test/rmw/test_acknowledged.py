"""wait_for_all_acked tells the truth of subscriptions in other processes, which cannot be asked."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from system import wait_until


@pytest.fixture
def stopped() -> Iterator[Callable[[Any], None]]:
    """Return a function that stops a node's process; it goes on when the test is over."""
    nodes: list[Any] = []

    def stop(node: Any) -> None:
        os.kill(node.pid, signal.SIGSTOP)
        nodes.append(node)

    yield stop
    for node in nodes:
        os.kill(node.pid, signal.SIGCONT)


def test_what_nobody_can_receive_yet_is_not_acknowledged(
    farm: Any, stopped: Callable[[Any], None]
) -> None:
    listener = farm.start("filtered")
    stopped(listener)
    speaker = farm.start("speaker")
    wait_until(lambda: speaker.ask("matched") == 1, "the two do not match")
    speaker.ask("say", "one")
    assert not speaker.ask("acknowledged", 0.2), "the listener has not seen the speaker's memory"
    os.kill(listener.pid, signal.SIGCONT)
    assert speaker.ask("acknowledged", 30.0)
    speaker.kill()
    wait_until(lambda: listener.ask("heard") == ["one"], "what was acknowledged is lost")


def test_what_lies_in_the_memory_of_a_stopped_listener_is_acknowledged(
    farm: Any, stopped: Callable[[Any], None]
) -> None:
    listener = farm.start("filtered")
    speaker = farm.start("speaker")
    wait_until(lambda: speaker.ask("matched") == 1, "the two do not match")
    speaker.ask("say", "one")
    wait_until(lambda: listener.ask("heard") == ["one"], "nothing is heard")
    stopped(listener)
    speaker.ask("say", "two")
    assert speaker.ask("acknowledged", 0.0)
    speaker.kill()
    os.kill(listener.pid, signal.SIGCONT)
    wait_until(lambda: listener.ask("heard") == ["one", "two"], "what was acknowledged is lost")

"""Nobody reads or writes another user's topics that the access policy does not grant both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users

Verdict = Callable[..., None]
ALICE_PUBLISHES = f"""
access:
  rules:
    - {{name: alice publishes, user: {ALICE}, allow: {{publish: "**"}}}}
"""
ALICE_SUBSCRIBES = f"""
access:
  rules:
    - {{name: alice subscribes, user: {ALICE}, allow: {{subscribe: "**"}}}}
"""


def settle(*programs: Any) -> None:
    """Have them map what plibd sent them, so that they would be matched now if they may."""
    for program in (*programs, *programs):
        program.send("settle")
        assert program.line() == "settled"


@pytest.mark.parametrize("without", [None, "policy"])
def test_a_subscriber_that_nobody_granted_gets_nothing(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    host.start(without, access=ALICE_PUBLISHES)
    spy = host.run(BOB, "victim.py", "subscriber", "/private")
    assert spy.line().startswith("ready")
    publisher = host.run(ALICE, "victim.py", "publisher", "/private")
    own = host.run(ALICE, "victim.py", "subscriber", "/private")
    assert publisher.line().startswith("ready")
    assert own.line().startswith("ready")
    for end in (publisher, own):
        end.send("matched 1")
        assert end.line() == "True"
    settle(publisher, spy)
    publisher.send("publish 10")
    assert publisher.line().startswith("0 ")
    own.send("take")
    assert own.line() == "10 0 0"
    spy.send("take")
    verdict(
        "subscribing to a topic of another user's",
        "both have to be granted it" if without is None else "off",
        "nothing" if without is None else "all",
        {"0 0 0": "nothing", "10 0 0": "all"}.get(spy.line()),
    )


@pytest.mark.parametrize("without", [None, "policy"])
def test_a_publisher_that_nobody_granted_is_not_heard(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    host.start(without, access=ALICE_SUBSCRIBES)
    intruder = host.run(BOB, "victim.py", "publisher", "/commands")
    assert intruder.line().startswith("ready")
    subscriber = host.run(ALICE, "victim.py", "subscriber", "/commands")
    assert subscriber.line().startswith("ready")
    settle(intruder, subscriber)
    intruder.send("publish 10")
    assert intruder.line().startswith("0 ")
    subscriber.send("take")
    heard = subscriber.line()
    verdict(
        "publishing on a topic of another user's",
        "both have to be granted it" if without is None else "off",
        "nothing" if without is None else "heard",
        "nothing" if heard == "0 0 0" else "heard",
    )

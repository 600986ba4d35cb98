"""Nobody reads what was published where they were not admitted, nor in memory used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users

Verdict = Callable[..., None]


def publish(secretive: Any, topic: str, what: str, subscribers: int) -> None:
    """Have it make a publisher, wait for so many subscribers and publish."""
    secretive.send(f"{topic} {what} {subscribers}")
    assert secretive.line() == "published"


def close(secretive: Any) -> None:
    """Have it close the publisher, whose memory goes into the pool."""
    secretive.send()
    assert secretive.line() == "closed"


@pytest.mark.parametrize("without", [None, "clear"])
def test_reused_memory_tells_nothing(host: Any, verdict: Verdict, without: str | None) -> None:
    """A publisher's segment serves its next topic, whose readers see the whole segment."""
    host.start(without=without)
    secretive = host.run(ALICE, "secretive.py")
    assert secretive.line() == "ready"
    publish(secretive, "/private", "secret", 0)
    close(secretive)
    spy = host.run(BOB, "spy.py", "/public")
    assert spy.line() == "ready"
    spy.send()
    publish(secretive, "/public", "public", 1)
    assert spy.line() == "matched"
    spy.send("look")
    verdict(
        "looking for another topic's samples in a reused segment",
        "it is cleared" if without is None else "off",
        "nothing" if without is None else "the secret",
        spy.line(),
    )


@pytest.mark.parametrize("without", [None, "labels"])
def test_kept_mappings_show_nothing_new(host: Any, verdict: Verdict, without: str | None) -> None:
    """A reader that keeps a segment mapped after the match ended does not see the next topic's."""
    host.start(without=without)
    spy = host.run(BOB, "spy.py", "/public", "keep")
    assert spy.line() == "ready"
    secretive = host.run(ALICE, "secretive.py")
    assert secretive.line() == "ready"
    spy.send("look")
    publish(secretive, "/public", "public", 1)
    assert spy.line() == "nothing"
    close(secretive)
    spy.send("look")
    assert spy.line() == "nothing"
    publish(secretive, "/private", "secret", 0)
    spy.send("look")
    verdict(
        "keeping a segment mapped for what comes next",
        "reuse within a label" if without is None else "off",
        "nothing" if without is None else "the secret",
        spy.line(),
    )


@pytest.mark.parametrize("without", [None, "reply-check"])
def test_replies_are_for_their_client(host: Any, verdict: Verdict, without: str | None) -> None:
    host.start(without=without)
    victim = host.run(ALICE, "victim.py", "publisher", "/any")
    _, prefix = victim.line().split()
    spy = host.run(BOB, "eavesdrop.py", prefix)
    verdict(
        "subscribing to the replies to another's client",
        "plibd checks the GID" if without is None else "off",
        "Permission denied" if without is None else "given",
        spy.line(),
    )

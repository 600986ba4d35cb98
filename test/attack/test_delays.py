"""Whatever one user asks plibd for, another's request is not delayed by more than 10 ms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users
LIMIT = 10.0  # ms

Verdict = Callable[..., None]


def delay(host: Any, way: str, guest: Any) -> float:
    """Return for how many ms plibd works on a flood before it answers the guest."""
    guest.send("quiet")
    quiet = float(guest.line())
    attackers = [host.run(BOB, "flood.py", way) for _ in range(2)]
    for attacker in attackers:
        assert attacker.line() == "at work"
        assert way != "crowd" or attacker.line(60) == "there"
    longest = 0.0
    for _ in range(2):
        guest.send("flooded")
        longest = max(longest, float(guest.line(60)) - quiet)
    for attacker in attackers:
        attacker.send("stop")
        assert attacker.line(60)
    return longest


@pytest.mark.parametrize("way", ["malformed", "requests", "crowd"])
def test_a_flood_delays_others_by_less(host: Any, verdict: Verdict, way: str) -> None:
    host.start()
    guest = host.run(ALICE, "ask.py", str(host.daemon.pid))
    assert guest.line() == "ready"
    longest = delay(host, way, guest)
    verdict(
        f"flooding plibd ({way}): another user's requests",
        "users take turns",
        "at once",
        "at once" if longest < LIMIT else f"{longest:.1f} ms later",
    )


def test_without_turns_they_wait(host: Any, verdict: Verdict) -> None:
    host.start(without="turns")
    guest = host.run(ALICE, "ask.py", str(host.daemon.pid))
    assert guest.line() == "ready"
    longest = delay(host, "crowd", guest)
    verdict(
        "flooding plibd (crowd): another user's requests",
        "off",
        "too late",
        "too late" if longest >= LIMIT else f"{longest:.1f} ms later",
    )

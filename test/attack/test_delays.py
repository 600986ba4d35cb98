"""Whatever one user asks plibd for, another's request is not delayed by more than 10 ms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users
LIMIT = 10.0  # ms

Verdict = Callable[..., None]


def delays(host: Any, way: str, guest: Any) -> tuple[float, float]:
    """Return for how many ms plibd works on a flood before it answers: mostly, and at most."""
    attackers = [host.run(BOB, "flood.py", way) for _ in range(2)]
    for attacker in attackers:
        assert attacker.line() == "at work"
        assert way != "crowd" or attacker.line(60) == "there"
    asked = []
    for _ in range(3):
        guest.send("ask")
        asked.append([float(text) for text in guest.line(60).split()])
    for attacker in attackers:
        attacker.send("stop")
        assert attacker.line(60)
    mostly, most = (max(times) for times in zip(*asked, strict=True))
    return mostly, most


@pytest.mark.parametrize("way", ["malformed", "requests", "crowd"])
def test_a_flood_delays_others_by_less(host: Any, verdict: Verdict, way: str) -> None:
    host.start()
    guest = host.run(ALICE, "ask.py", str(host.daemon.pid))
    assert guest.line() == "ready"
    mostly, _ = delays(host, way, guest)
    verdict(
        f"flooding plibd ({way}): another user's requests",
        "users take turns",
        "at once",
        "at once" if mostly < LIMIT else f"{mostly:.1f} ms later",
    )


def test_without_turns_they_wait(host: Any, verdict: Verdict) -> None:
    host.start(without="turns")
    guest = host.run(ALICE, "ask.py", str(host.daemon.pid))
    assert guest.line() == "ready"
    _, most = delays(host, "crowd", guest)
    verdict(
        "flooding plibd (crowd): another user's requests",
        "off",
        "too late",
        "too late" if most >= LIMIT else f"{most:.1f} ms later",
    )

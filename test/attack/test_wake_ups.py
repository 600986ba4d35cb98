"""Nobody keeps another user's sleepers asleep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from system import sleeps, wait_until
from users import ALICE, BOB, needs_users

pytestmark = needs_users

Verdict = Callable[..., None]


def thieve(host: Any, user: int) -> tuple[int, str]:
    """Have a thief of a user's at work around a sleeper; return how many it moved, and its end."""
    host.start()
    publisher = host.run(ALICE, "victim.py", "publisher", "/wake")
    assert publisher.line().startswith("ready")
    sleeper = host.run(ALICE, "victim.py", "subscriber", "/wake")
    assert sleeper.line().startswith("ready")
    thief = host.run(user, "steal_wakeups.py", "/wake")
    publisher.send("matched 2")
    sleeper.send("matched 2")
    assert publisher.line() == "True"
    assert sleeper.line() == "True"
    assert thief.line() == "at work"
    sleeper.send("sleep 6")
    wait_until(lambda: sleeps(sleeper.pid), "it does not sleep")
    thief.send()
    moved = int(thief.line())
    publisher.send("publish 1")
    assert publisher.line()
    return moved, sleeper.line(60)


def test_another_users_sleepers_stay(host: Any, verdict: Verdict) -> None:
    moved, end = thieve(host, BOB)
    verdict(
        "moving another user's sleepers away (FUTEX_CMP_REQUEUE)",
        "words that one sleeps on are mapped by one user",
        "0 moved, woken",
        f"{moved} moved, {end}",
    )


def test_ones_own_users_can_be_moved(host: Any, verdict: Verdict) -> None:
    """What the rule is good for: where it does not apply, the attack works."""
    moved, end = thieve(host, ALICE)
    verdict(
        "moving the same user's sleepers away",
        "none: one user's processes can disturb each other",
        "some moved, overslept",
        f"{'some' if moved else 0} moved, {end}",
    )

"""A publisher that writes nonsense into its own memory harms nobody but what it publishes."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users
WATCH = "watch 2"  # seconds
UNTIL_CHANGED = "watch 30 changed"

Verdict = Callable[..., None]


def attack(
    host: Any, user: int, what: str, without: str | None, watch: str = WATCH
) -> tuple[Any, Any, Any]:
    """Start a victim that reads from an attacker; return it at work, the attacker, a bystander."""
    host.start()
    victim = host.run(ALICE, "victim.py", "subscriber", "/garbage", without=without)
    assert victim.line().startswith("ready")
    bystander = host.run(ALICE, "victim.py", "publisher", "/garbage")
    assert bystander.line().startswith("ready")
    attacker = host.run(user, "garbage_publisher.py", "/garbage", what, PLIB_DOMAIN="mmu")
    victim.send("matched 2")
    assert victim.line() == "True"
    assert attacker.line() == "matched"
    attacker.send()
    assert attacker.line() == "poking"
    victim.send(watch)
    return victim, attacker, bystander


@pytest.mark.parametrize("user", [ALICE, BOB], ids=["same user", "other user"])
def test_wild_descriptors_are_not_followed(host: Any, verdict: Verdict, user: int) -> None:
    """Offsets, lengths, segments, states and heads, all wild and changing while they are read."""
    victim, attacker, bystander = attack(host, user, "descriptors", None)
    assert victim.line(60)
    attacker.send()
    assert attacker.line() == "wild"
    # It lives, and hears the honest publisher on the same topic: what it publishes is whole.
    bystander.send("publish 50")
    assert bystander.line().startswith("0 ")
    victim.send("watch 0.5")
    verdict("wild descriptors that change while they are read", "bounds", "lives", _fate(victim))


def _fate(victim: Any) -> str:
    line = victim.line(60)
    return "lives" if line else "dies"


def test_without_bounds_they_kill(host: Any, verdict: Verdict) -> None:
    victim, *_ = attack(host, BOB, "descriptors", "bounds")
    seen = "dies of SIGSEGV" if victim.wait(60) == -signal.SIGSEGV else "lives"
    verdict("wild descriptors that change while they are read", "off", "dies of SIGSEGV", seen)


def test_a_foreign_sample_does_not_change_while_it_is_read(host: Any, verdict: Verdict) -> None:
    victim, *_ = attack(host, BOB, "payload", None)
    verdict("changing a sample while another user reads it", "a copy", "whole", victim.line(60))


def test_without_the_copy_it_does(host: Any, verdict: Verdict) -> None:
    victim, *_ = attack(host, BOB, "payload", "private_copy", UNTIL_CHANGED)
    seen = "changed" if victim.line(60).endswith("changed") else "whole"
    verdict("changing a sample while another user reads it", "off", "changed", seen)

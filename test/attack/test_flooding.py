"""Whatever one user does to plibd, it serves the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from system import descriptors_of, wait_until
from users import ALICE, BOB, needs_users

pytestmark = needs_users
JOINS = 20
MANY = 1000  # descriptors
PATIENCE_MS = 5000.0  # a participant's own; without the defences they do not join at all

Verdict = Callable[..., None]


def join(guest: Any) -> str:
    """Have the guest join some times; return "joins" or what went wrong."""
    for _ in range(JOINS):
        guest.send("join")
        line = guest.line(60)
        if not line.replace(".", "").isdigit():
            return str(line)
        if float(line) > PATIENCE_MS:
            return f"joins in {line} ms"
    return "joins"


@pytest.mark.parametrize(
    ("way", "what", "defence", "result"),
    [
        (
            "malformed",
            "malformed, truncated and oversized messages",
            "checked, then dropped",
            "refused",
        ),
        ("truncated", "the beginning of a message", "sizes are checked", "refused"),
        ("oversized", "a message with much behind it", "sizes are checked", "refused"),
        ("requests", "requests without end", "one a client and round", "served in turn"),
        ("descriptors", "descriptors sent to plibd", "the kernel drops them", "not taken"),
        ("quota", "all memory that plibd gives", "a limit a participant", None),
    ],
)
def test_others_are_served(
    host: Any, verdict: Verdict, way: str, what: str, defence: str, result: str | None
) -> None:
    host.start()
    guest = host.run(ALICE, "join.py")
    assert guest.line() == "ready"
    assert join(guest) == "joins"
    before = descriptors_of(host.daemon.pid)
    attackers = [host.run(BOB, "flood.py", way) for _ in range(3)]
    for attacker in attackers:
        assert attacker.line() == "at work"
    verdict(f"{what}: another user", defence, "joins", join(guest))
    for attacker in attackers:
        attacker.send("stop")
        seen = attacker.line(60)
        if result is not None:
            assert seen == result or (way == "requests" and seen == "dropped")
        else:
            assert "may have" in seen
        assert attacker.wait() == 0
    wait_until(lambda: descriptors_of(host.daemon.pid) <= before, "plibd keeps descriptors")
    assert "Traceback" not in host.daemon.errors()


@pytest.mark.parametrize(
    ("way", "what", "without"),
    [
        ("malformed", "malformed, truncated and oversized messages", "containment"),
        ("oversized", "a message with much behind it", "sizes"),
    ],
)
def test_without_checks_messages_end_plibd(
    host: Any, verdict: Verdict, way: str, what: str, without: str
) -> None:
    host.start(without=without)
    attacker = host.run(BOB, "flood.py", way)
    assert attacker.line() == "at work"
    verdict(f"{what}: plibd", "off", "dies", host.fate())


def test_without_limits_one_has_all_memory(host: Any, verdict: Verdict) -> None:
    host.start(without="limits")
    attacker = host.run(BOB, "flood.py", "quota")
    assert attacker.line() == "at work"
    attacker.send("stop")
    seen = attacker.line(60)
    verdict("all memory that plibd gives", "off", "has more than the machine", seen)


def test_without_sizes_plibd_shows_its_memory(host: Any, verdict: Verdict) -> None:
    """What lies behind the beginning is pointers, and what is left of other users' messages."""
    host.start(without="sizes")
    guest = host.run(ALICE, "join.py")
    assert guest.line() == "ready"
    attacker = host.run(BOB, "flood.py", "truncated")
    assert attacker.line() == "at work"
    assert join(guest) == "joins"
    attacker.send("stop")
    verdict("the beginning of a message", "off", "sees plibd's memory", attacker.line(60))


def test_who_receives_descriptors_has_to_close_them(host: Any, verdict: Verdict) -> None:
    host.start(without="plain-receive")
    before = descriptors_of(host.daemon.pid)
    attacker = host.run(BOB, "flood.py", "descriptors")
    assert attacker.line() == "at work"
    wait_until(
        lambda: descriptors_of(host.daemon.pid) > before + MANY, "plibd keeps no descriptors"
    )
    verdict("descriptors sent to plibd", "off", "it keeps them", "it keeps them")


@pytest.mark.parametrize("without", [None, "shares"])
def test_one_user_cannot_have_all_connections(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    host.start(without=without)
    attacker = host.run(BOB, "flood.py", "connections")
    assert attacker.line() == "at work"
    assert int(attacker.line(60)) > 0
    if without is not None:  # plibd would serve the guest first: users take turns
        wait_until(lambda: descriptors_of(host.daemon.pid) > 4000, "plibd is not full")
    guest = host.run(ALICE, "join.py")
    assert guest.line() == "ready"
    guest.send("join")
    line = guest.line(60)
    verdict(
        "thousands of connections: another user",
        "half is the most of one user" if without is None else "off",
        "joins" if without is None else "is kept out",
        "joins" if line.replace(".", "").isdigit() else "is kept out",
    )


def test_who_has_its_share_is_told_so(host: Any) -> None:
    host.start()
    attacker = host.run(BOB, "flood.py", "connections", CONNECTIONS="1000")
    assert attacker.line() == "at work"
    assert attacker.line(60) == "1000"
    mine = host.run(BOB, "join.py")
    assert mine.line() == "ready"
    mine.send("join")
    assert "participants, which is all that plibd admits of one user" in mine.line(60)

"""No descriptor of shared memory lets anybody change it once others read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users
REFUSED = "Operation not permitted"
WAYS = {
    "ftruncate": ("seals", "F_SEAL_SHRINK"),
    "write": ("future-write", "F_SEAL_FUTURE_WRITE"),
    "mmap": ("future-write", "F_SEAL_FUTURE_WRITE"),
    "PUNCH_HOLE": ("future-write", "F_SEAL_FUTURE_WRITE"),
}

Verdict = Callable[..., None]


@pytest.mark.parametrize("user", [ALICE, BOB], ids=["same user", "other user"])
@pytest.mark.parametrize("way", WAYS)
def test_a_kept_descriptor_is_worth_nothing(
    host: Any, verdict: Verdict, way: str, user: int
) -> None:
    host.start()
    reader = host.run(ALICE, "victim.py", "subscriber", "/kept")
    assert reader.line().startswith("ready")
    attacker = host.run(user, "keep_descriptor.py", way)
    assert attacker.line() == "made"
    reader.send("matched 1")
    assert reader.line() == "True"
    attacker.send()
    verdict(f"{way} by the descriptor that the writer kept", WAYS[way][1], REFUSED, attacker.line())
    reader.send("take")
    assert reader.line() == "0 0 0"


@pytest.mark.parametrize("way", WAYS)
def test_without_seals_it_is_a_weapon(host: Any, verdict: Verdict, way: str) -> None:
    host.start(without=WAYS[way][0])
    reader = host.run(ALICE, "victim.py", "subscriber", "/kept")
    assert reader.line().startswith("ready")
    attacker = host.run(BOB, "keep_descriptor.py", way)
    assert attacker.line() == "made"
    reader.send("matched 1")
    assert reader.line() == "True"
    attacker.send()
    verdict(f"{way} by the descriptor that the writer kept", "off", "done", attacker.line())
    if way == "ftruncate":
        reader.send("take")
        verdict("ftruncate: the reader", "off", "dies of SIGBUS", _end_of(reader))


def _end_of(program: Any) -> str:
    return "dies of SIGBUS" if program.wait() == -7 else "lives"


@pytest.mark.parametrize("way", ["seal first", "chmod first"])
def test_who_tampers_before_the_seal_is_dropped(host: Any, verdict: Verdict, way: str) -> None:
    host.start()
    attacker = host.run(BOB, "keep_descriptor.py", way)
    # Another user's memfd cannot be chmod()ed at all.
    defence, expected = {
        "seal first": ("plibd checks", "dropped"),
        "chmod first": ("plibd owns it", "refused"),
    }[way]
    verdict(f"{way}, of a segment that is not sealed yet", defence, expected, attacker.line())


def test_without_the_check_tampering_goes_unseen(host: Any, verdict: Verdict) -> None:
    host.start(without="check")
    attacker = host.run(BOB, "keep_descriptor.py", "seal first")
    verdict("seal first, of a segment that is not sealed yet", "off", "made", attacker.line())


@pytest.mark.parametrize("user", [ALICE, BOB], ids=["same user", "other user"])
def test_readers_cannot_open_it_anew(host: Any, verdict: Verdict, user: int) -> None:
    host.start()
    publisher = host.run(ALICE, "victim.py", "publisher", "/victims")
    assert publisher.line().startswith("ready")
    attacker = host.run(user, "reopen.py")
    publisher.send("matched 1")
    assert attacker.line() == "reads"
    attacker.send()
    verdict(
        "a reader's descriptor, opened anew for writing",
        "mode 0400",
        "Permission denied",
        attacker.line(),
    )


def test_with_a_memfds_usual_mode_they_can(host: Any, verdict: Verdict) -> None:
    host.start(without="mode")
    publisher = host.run(ALICE, "victim.py", "publisher", "/victims")
    assert publisher.line().startswith("ready")
    attacker = host.run(BOB, "reopen.py")
    publisher.send("matched 1")
    assert attacker.line() == "reads"
    attacker.send()
    verdict("a reader's descriptor, opened anew for writing", "off", "done", attacker.line())

"""A subscriber that lies, or stops, holds up no other user's publisher and misleads nobody."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, BOB, needs_users

pytestmark = needs_users
COUNT = 20000  # several rings full
MEMORY = 4 << 20  # bytes; less than COUNT samples take up
LARGE = 1 << 20  # bytes of a sample
LARGE_COUNT = 400
PUBLISHES = 1000
BLOCKING_MS = 100

Verdict = Callable[..., None]


def start(
    host: Any,
    way: str,
    user: int = BOB,
    without: str | None = None,
    honest: bool = True,
    memory: int = 2 << 30,
) -> tuple[Any, Any, Any]:
    """Start a KEEP_ALL publisher with a hostile subscriber, and an honest one beside it."""
    host.start(None, "--memory-limit", str(memory))
    publisher = host.run(ALICE, "victim.py", "publisher", "/all", "keep_all", without=without)
    assert publisher.line().startswith("ready")
    listener = None
    if honest:
        listener = host.run(ALICE, "victim.py", "subscriber", "/all", "keep_all")
        assert listener.line().startswith("ready")
    hostile = host.run(user, "hostile_subscriber.py", "/all", way, PLIB_DOMAIN="mmu")
    publisher.send(f"matched {2 if honest else 1}")
    assert publisher.line() == "True"
    assert hostile.line() == "at work"
    return publisher, listener, hostile


def publish(publisher: Any, count: int) -> tuple[int, float]:
    """Publish; return how many found no room in time, and the longest call in ms."""
    publisher.send(f"publish {count}")
    late, longest, _ = publisher.line(120).split()
    return int(late), float(longest)


@pytest.mark.parametrize("stopped", [False, True], ids=["never takes", "stopped by SIGSTOP"])
def test_who_never_takes_costs_one_blocking_time(
    host: Any, verdict: Verdict, stopped: bool
) -> None:
    publisher, _, hostile = start(host, "never", honest=False)
    if stopped:
        os.kill(hostile.pid, signal.SIGSTOP)
    late, longest = publish(publisher, COUNT)
    verdict(
        f"a KEEP_ALL subscriber that {'is stopped' if stopped else 'never takes'}",
        "it loses its say",
        "every sample published, 1 delay",
        f"{'every sample' if late == 0 else f'all but {late} samples'} published, "
        f"{1 if BLOCKING_MS <= longest < 3 * BLOCKING_MS else longest} delay",
    )
    late, longest = publish(publisher, COUNT)
    assert late == 0
    assert longest < BLOCKING_MS, "it was waited for again"


def test_ones_own_user_is_waited_for_each_time(host: Any, verdict: Verdict) -> None:
    """The rule is for other users: within one, KEEP_ALL loses nothing by itself."""
    publisher, _, _ = start(host, "never", user=ALICE, honest=False)
    late, _ = publish(publisher, 4096 + 3)
    verdict("the same by the same user", "none: KEEP_ALL as DDS has it", "3 late", f"{late} late")


def flow(publisher: Any, listener: Any) -> str:
    """Publish and take in turns; return what the honest subscriber got."""
    whole = torn = disordered = 0
    for _ in range(20):
        publisher.send("publish 500")
        assert publisher.line(120)
        listener.send("take")
        got = [int(word) for word in listener.line(120).split()]
        whole, torn, disordered = whole + got[0], torn + got[1], disordered + got[2]
    if torn or disordered:
        return f"{torn} torn, {disordered} out of order"
    return "all" if whole == 10000 else f"{whole} of 10000"


@pytest.mark.parametrize("way", ["backwards", "hold", "sleep"])
def test_lies_do_not_reach_the_honest(host: Any, verdict: Verdict, way: str) -> None:
    publisher, listener, hostile = start(host, way)
    seen = flow(publisher, listener)
    lies = {
        "backwards": "cursors that jump about",
        "hold": "holds without end",
        "sleep": "sleep flags",
    }
    defence = {
        "backwards": "cursors only grow, to the head",
        "hold": "8 a match, parked",
        "sleep": "a wake-up a publish",
    }
    verdict(f"lying to a publisher: {lies[way]}", defence[way], "all", seen)
    assert publisher.process.poll() is None
    hostile.send()


@pytest.mark.parametrize("without", [None, "cursor"])
def test_a_cursor_that_sways_takes_nothing(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    """Who seems to take now and then would be waited for for ever."""
    publisher, _, hostile = start(host, "sway", without=without, honest=False)
    late, _ = publish(publisher, 4096 + 110)
    verdict(
        "a cursor that sways, of a KEEP_ALL subscriber that never takes",
        "cursors only grow" if without is None else "off",
        "no sample late" if without is None else "samples late",
        "no sample late" if late == 0 else "samples late",
    )
    hostile.send()


@pytest.mark.parametrize("without", [None, "holds"])
def test_holds_without_end_keep_little_memory(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    """Who holds the first samples for ever has the publisher park those, and no others."""
    publisher, *_ = start(host, "keep", without=without, honest=False, memory=MEMORY)
    publisher.send(f"publish {COUNT}")
    late, _, end = publisher.line(120).split()
    verdict(
        "holding the first samples for ever",
        "a hold keeps one sample, 8 a match" if without is None else "off",
        "0 late, done" if without is None else "0 late, QuotaExceeded",
        f"{late} late, {end}",
    )


@pytest.mark.parametrize("without", [None, "memory"])
def test_who_never_takes_fills_little_memory(
    host: Any, verdict: Verdict, without: str | None
) -> None:
    """What it may lag beyond 64 MiB is lost to it; the publisher keeps its memory for itself."""
    publisher, *_ = start(host, "never", without=without, honest=False)
    publisher.send(f"publish {LARGE_COUNT} {LARGE}")
    late, _, end = publisher.line(120).split()
    assert (late, end) == ("0", "done")
    publisher.send("memory")
    few = int(publisher.line()) < LARGE_COUNT * LARGE // 3
    verdict(
        f"never taking samples of {LARGE >> 20} MiB",
        "another user's subscriber has 64 MiB kept for it" if without is None else "off",
        "memory for few" if without is None else "memory for all",
        "memory for few" if few else "memory for all",
    )


@pytest.mark.parametrize(
    ("user", "way"), [(ALICE, "lag"), (BOB, "lag"), (BOB, "never")], ids=["own", "deep", "all"]
)
def test_who_never_takes_leaves_memory_to_publish(host: Any, user: int, way: str) -> None:
    """Where plibd gives no more, what a subscriber may lose makes room: at the end that is all."""
    publisher, *_ = start(host, way, user, honest=False, memory=MEMORY)
    publisher.send(f"publish 4000 {MEMORY // 64}")
    late, _, end = publisher.line(120).split()
    assert (late, end) == ("0", "done")


@pytest.mark.parametrize("without", [None, "pins"])
def test_many_holds_keep_little_memory(host: Any, verdict: Verdict, without: str | None) -> None:
    """A hundred subscriptions of another user hold eight samples each, all different ones."""
    host.start()
    publisher = host.run(ALICE, "victim.py", "publisher", "/all", without=without)
    assert publisher.line().startswith("ready")
    hostile = host.run(BOB, "hostile_subscriber.py", "/all", "pin", PLIB_DOMAIN="mmu")
    publisher.send("matched 100")
    assert publisher.line() == "True"
    assert hostile.line() == "at work"
    publisher.send(f"publish {2 * LARGE_COUNT} {LARGE}")
    late, _, end = publisher.line(120).split()
    assert (late, end) == ("0", "done")
    publisher.send("memory")
    # Its own history has 100 of them, and what it asks for doubles each time.
    few = int(publisher.line()) < LARGE_COUNT * LARGE
    verdict(
        "800 samples held for ever, by 100 subscriptions",
        "another user's holds keep 64 MiB" if without is None else "off",
        "memory for few" if without is None else "memory for all",
        "memory for few" if few else "memory for all",
    )
    hostile.send()


@pytest.mark.parametrize("without", [None, "wake_ups"])
def test_sleep_flags_cost_a_wake_up(host: Any, verdict: Verdict, without: str | None) -> None:
    """A hundred subscriptions of one user say at each publish that they sleep on every bell."""
    host.start()
    publisher = host.run(ALICE, "victim.py", "publisher", "/all", without=without)
    assert publisher.line().startswith("ready")
    hostile = host.run(BOB, "hostile_subscriber.py", "/all", "sleep", PLIB_DOMAIN="mmu")
    publisher.send("matched 100")
    assert publisher.line() == "True"
    assert hostile.line() == "at work"
    late, _ = publish(publisher, PUBLISHES)
    assert late == 0
    hostile.send()
    calls = int(hostile.line())
    verdict(
        "100 subscriptions that always say that they sleep",
        "one wake-up a bell, of which a user has two" if without is None else "off",
        f"{2 if without is None else 200} system calls a publish",
        f"{calls / PUBLISHES:g} system calls a publish",
    )

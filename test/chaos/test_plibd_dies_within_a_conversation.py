"""plibd is killed before each message that it sends while participants join it and are matched.

What one of them was told of, and the other not, holds: nothing is lost, doubled or out of order.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ends import BLOB, LOSSLESS, Ends
from system import PATIENCE, wait_until

import plib_py

MORTAL = str(Path(__file__).parents[1] / "programs" / "mortal_plibd.py")
LARGE = 3 << 20  # bytes: more than the first segment has


class Mortals:
    """Starts plibds that end by themselves, in the place of the one that nodes would start."""

    def __init__(self, plibd: Any) -> None:
        self._plibd = plibd
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, message: str, count: int) -> None:
        self._plibd.forbid_restart()
        if self._plibd.is_listening():
            self._plibd.kill()
        self._process = subprocess.Popen(
            [
                sys.executable,
                MORTAL,
                message,
                str(count),
                "--foreground",
                "--socket",
                self._plibd.path,
            ],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() != b""
        self._process.stdout.close()

    def is_dead(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def end(self) -> None:
        """Kill it if it still lives; another that does not may follow."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)
        self._plibd.allow_restart()


@pytest.fixture
def mortals(ros_plibd: Any) -> Mortals:
    return Mortals(ros_plibd)


@pytest.mark.parametrize("size", [4, 100_000])
def test_while_both_join_it(size: int, ends: Ends, mortals: Mortals) -> None:
    number = 0
    count = 0
    dead = True
    while dead:
        first = number
        ends.publish(range(number, number + 3), size)
        mortals.start("ANY", count)
        wait_until(lambda: mortals.is_dead() or ends.both_joined(), "they do not join")
        dead = mortals.is_dead()
        ends.publish(range(number + 3, number + 6), size)
        mortals.end()
        ends.both_join()
        ends.publish(range(number + 6, number + 9), size)
        number += 9
        assert ends.take(9, size) == list(range(first, number)), f"message {count}"
        count += 1
    assert count > 15


@pytest.fixture
def two(
    mortals: Mortals, ros_plibd: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[plib_py.Participant]]:
    """Two participants at a plibd that ends before it tells of the second half of a match."""
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    mortals.start("MATCH", 1)
    with plib_py.Participant("publisher") as one, plib_py.Participant("subscriber") as other:
        yield [one, other]


def test_while_it_tells_of_their_first_match(
    two: list[plib_py.Participant], mortals: Mortals, ros_plibd: Any
) -> None:
    """The publisher is told first, and what it publishes from then on is for the subscription."""
    publisher = two[0].create_publisher("numbers", BLOB, qos=LOSSLESS)
    made: list[Any] = []
    maker = threading.Thread(
        target=lambda: made.append(two[1].create_subscription("numbers", BLOB, qos=LOSSLESS))
    )
    maker.start()
    wait_until(mortals.is_dead, "plibd lives on")
    assert publisher.matched == 1
    for number in range(10):
        publisher.publish(number.to_bytes(4, "little"))
    mortals.end()
    maker.join()
    ends = Ends(ros_plibd, two, publisher, made[0])
    ends.publisher_joins()
    wait_until(lambda: ends.subscription.matched == 1, "the subscriber does not join")
    # It attached before the publisher heard of it.
    assert publisher.matched == 1
    assert ends.take(10) == list(range(10))


def test_while_a_publisher_gets_memory(ends: Ends, mortals: Mortals) -> None:
    """It does not publish in memory that no subscriber was told of."""
    mortals.start("SEGMENT", 0)
    ends.both_join()
    with pytest.raises(plib_py.Error):
        ends.publish(range(1), LARGE)
    assert mortals.is_dead()
    published = 0
    with contextlib.suppress(plib_py.Error):
        while published < 20:  # more than the first segment has room for
            ends.publish(range(published, published + 1), 100_000)
            published += 1
    mortals.end()
    assert ends.take(published, 100_000) == list(range(published))

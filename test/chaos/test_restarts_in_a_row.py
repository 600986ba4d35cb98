"""plibd is killed again before all have met its successor: still nothing is lost or out of order.

A publisher goes on in a new ring at each restart, and its subscribers drain the rings before. They
join each plibd when they next look at its news: the tests have them do so, or not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system import wait_until

import plib_py
from plib_py import query

BLOB = plib_py.RawType("test_msgs/msg/Blob")
LOSSLESS = plib_py.QoS().keeping_all()
CAPACITY = 4096  # samples that a publisher keeps for those that have not taken them
FUTEX_WAITV = "449"


class Ends:
    """A publisher and a subscription, each of a participant of its own, that look when told to."""

    def __init__(self, plibd: Any, participants: list[plib_py.Participant]) -> None:
        self._plibd = plibd
        self.publisher = participants[0].create_publisher("numbers", BLOB, qos=LOSSLESS)
        self.subscription = participants[1].create_subscription("numbers", BLOB, qos=LOSSLESS)
        assert self.publisher.wait_matched(timeout=10)
        assert self.subscription.wait_matched(timeout=10)

    def _endpoints(self) -> dict[str, Any]:
        """Return what plibd knows of each endpoint."""
        if not self._plibd.is_listening():
            return {}
        return {
            entity["gid"]: entity
            for participant in query.status()["participants"]
            for entity in participant["entities"]
        }

    def publisher_joins(self) -> None:
        """Have the publisher join plibd, and wait until it uses the new ring."""
        gid = self.publisher.gid.hex()
        wait_until(
            lambda: self.publisher.matched >= 0 and gid in self._endpoints(),
            "the publisher does not join",
        )
        assert self.publisher.matched == 1

    def both_join(self) -> None:
        """Have both join plibd and attach to each other's memory there."""
        gid = self.publisher.gid.hex()
        wait_until(
            lambda: (
                self.publisher.matched + self.subscription.matched > 0
                and self._endpoints().get(gid, {}).get("matches", []) != []
            ),
            "the two do not join",
        )
        assert (self.publisher.matched, self.subscription.matched) == (1, 1)

    def publish(self, numbers: range, nbytes: int = 4) -> None:
        for number in numbers:
            self.publisher.publish(number.to_bytes(4, "little") * (nbytes // 4))

    def take(self, count: int, nbytes: int = 4) -> list[int]:
        """Take that many samples; return their numbers."""
        numbers = []
        while len(numbers) < count:
            assert self.subscription.wait(timeout=10), f"after {numbers[-3:]} nothing comes"
            sample = self.subscription.take()
            if sample is not None:
                assert bytes(sample.message) == bytes(sample.message[:4]) * (nbytes // 4)
                numbers.append(int.from_bytes(sample.message[:4], "little"))
        return numbers


@pytest.fixture
def ends(ros_plibd: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    monkeypatch.setenv("PLIB_MAX_BLOCKING_TIME_MS", "20000")
    with plib_py.Participant("publisher") as one, plib_py.Participant("subscriber") as other:
        yield Ends(ros_plibd, [one, other])


def test_the_oldest_ring_is_drained_first(ends: Ends, ros_plibd: Any) -> None:
    """The one in between has nothing, and looks drained from the start."""
    ends.publish(range(10))
    for _ in range(2):
        ros_plibd.kill()
        ends.both_join()
    ends.publish(range(10, 20))
    assert ends.take(20) == list(range(20))


def test_a_late_reader_gets_more_than_a_new_ring_has_memory_for(ends: Ends, ros_plibd: Any) -> None:
    """The publisher takes along what the subscriber, who never saw that ring, has not taken."""
    size = 100_000
    ros_plibd.kill()
    ends.publisher_joins()
    ends.publish(range(40), size)
    ros_plibd.kill()
    ends.publisher_joins()
    assert ends.take(40, size) == list(range(40))
    assert ends.subscription.lost == 0


def test_a_blocked_publisher_finds_the_next_plibd(ends: Ends, ros_plibd: Any) -> None:
    """It sleeps while its subscriber has joined nothing yet, and plibd is away for a while."""
    ros_plibd.kill()
    ends.publisher_joins()
    ends.publish(range(CAPACITY))
    rest = range(CAPACITY, CAPACITY + 10)
    publishing = threading.Thread(target=ends.publish, args=(rest,))
    publishing.start()
    syscall = Path(f"/proc/self/task/{publishing.native_id}/syscall")
    wait_until(lambda: syscall.read_text().split()[0] == FUTEX_WAITV, "it does not wait")
    ros_plibd.forbid_restart()
    before = sockets()
    ros_plibd.kill()
    wait_until(lambda: sockets() < before, "it does not notice that plibd is away")
    ros_plibd.allow_restart()
    assert ends.take(CAPACITY + 10) == list(range(CAPACITY + 10))
    publishing.join()


def sockets() -> int:
    """Return how many sockets this process has open."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += str(entry.readlink()).startswith("socket:")
        except FileNotFoundError:  # the listing's own
            continue
    return found


def test_a_stream_survives_many_restarts(farm: Any, ros_plibd: Any) -> None:
    """Each time as soon as somebody listens again, or somewhat later."""
    flooder = farm.start("flooder", environment={"PLIB_MAX_BLOCKING_TIME_MS": "20000"})
    collector = farm.start("collector")
    wait_until(lambda: flooder.ask("matched") == 1, "the two do not match")
    flooder.pipe.send(("flood", "a", 60000))
    for pause in (0, 1, 0, 100, 0, 0, 1000, 1, 0, 3000, 0, 0):
        goal = done(collector) + pause
        wait_until(lambda g=goal: done(collector) >= g, "the stream stands")
        ros_plibd.kill()
        wait_until(ros_plibd.is_listening, "nobody starts plibd again")
    assert flooder.receive() == 60000
    wait_until(lambda: done(collector) == 60000, "messages are missing")


def done(node: Any) -> int:
    count = node.ask("count")
    assert count["wrong"] == 0, count
    return int(count["done"])

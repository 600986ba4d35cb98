"""plibd is killed again before all have met its successor: still nothing is lost or out of order.

A publisher goes on in a new ring at each restart, and its subscribers drain the rings before. They
join each plibd when they next look at its news: the tests have them do so, or not.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from ends import Ends
from system import wait_until

CAPACITY = 4096  # samples that a publisher keeps for those that have not taken them
FUTEX_WAITV = "449"


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


def test_a_busy_subscriber_is_remembered(ends: Ends, ros_plibd: Any) -> None:
    """It looks at nothing for so long that the publisher no longer counts it."""
    ros_plibd.kill()
    ends.publisher_joins()
    ends.publish(range(10))
    wait_until(lambda: ends.publisher.matched == 0, "it is waited for without end")
    ends.publish(range(10, 20))
    assert ends.take(20) == list(range(20))
    ends.both_join()


@pytest.mark.parametrize("taken", [0, 10])
def test_a_busy_publisher_is_remembered(ends: Ends, ros_plibd: Any, taken: int) -> None:
    """Its subscriber does not count it any more, and meets it again as it publishes."""
    ends.publish(range(10))
    assert ends.take(taken) == list(range(taken))
    ros_plibd.kill()
    ends.subscription_joins()
    wait_until(lambda: ends.subscription.matched == 0, "it is waited for without end")
    ends.publish(range(10, 20))
    assert ends.take(20 - taken) == list(range(taken, 20))
    ends.both_join()


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

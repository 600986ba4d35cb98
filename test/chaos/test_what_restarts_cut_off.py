"""plibd ends when only part of what it did has arrived: what did arrive holds, and nothing stands.

Also when it only stood still, and participants gave it up meanwhile.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from ends import BLOB, LOSSLESS, Ends
from system import wait_until

import plib_py
from plib_py._native import ffi, lib

# Where something is left from before a restart it looks after 6 s.
NS_BEFORE_IT_LOOKS_BY_ITSELF = 4_000_000_000
FUTEX_WAITV = "449"
CAPACITY = 4096  # samples that a publisher keeps for those that have not taken them


def sockets() -> set[int]:
    """Return this process's sockets."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:  # the listing's own
            continue
        if target.startswith("socket:"):
            found.add(int(entry.name))
    return found


def test_news_hold_although_plibd_did_not_read_all(ros_plibd: Any, monkeypatch: Any) -> None:
    """The kernel reports what plibd left unread before what it had sent."""
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    before = sockets()
    with plib_py.Participant("publisher") as one:
        (descriptor,) = sockets() - before
        with plib_py.Participant("subscriber") as other:
            publisher = one.create_publisher("numbers", BLOB, qos=LOSSLESS)
            subscription = other.create_subscription("numbers", BLOB, qos=LOSSLESS)
            ends = Ends(ros_plibd, [one, other], publisher, subscription)
            assert subscription.wait_matched(timeout=10)
            os.kill(ros_plibd.pid, signal.SIGSTOP)
            with socket.socket(fileno=os.dup(descriptor)) as same:
                same.send(b"unread")
            ros_plibd.kill()
            ends.publish(range(100))
            assert ends.take(100) == list(range(100))


def test_a_publisher_that_ends_before_its_rings_are_drained(ends: Ends, ros_plibd: Any) -> None:
    ends.publish(range(10))
    ros_plibd.kill()
    ends.both_join()
    ends.publisher.close()
    wait_until(lambda: ends.subscription.matched == 0, "it is told of no end")
    assert ends.take(10) == list(range(10))
    wait_until(lambda: ends.subscription.matched == 0, "the publisher lives on", 3)


def test_a_publisher_that_ends_after_it_published_into_both(ends: Ends, ros_plibd: Any) -> None:
    """The subscription attaches to the second ring when that has something already."""
    ends.publish(range(10))
    ros_plibd.kill()
    ends.publisher_joins()
    ends.publish(range(10, 20))
    ends.both_join()
    ends.publisher.close()
    wait_until(lambda: ends.subscription.matched == 0, "it is told of no end")
    assert ends.take(20) == list(range(20))


@pytest.mark.parametrize("side", ["publisher", "subscriber"])
def test_one_that_gave_plibd_up_goes_on(side: str, ends: Ends, ros_plibd: Any) -> None:
    """It joins a plibd that knows the other end. A publisher takes along what is not taken."""
    ends.publish(range(10))
    before = ends.take(10) if side == "subscriber" else []
    participant = ends.participants[side == "subscriber"]
    pid = ros_plibd.pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(plib_py.Error):
        participant.create_publisher("given_up", BLOB)
    os.kill(pid, signal.SIGCONT)
    # What is made after it has been registered again.
    participant.create_publisher("made", BLOB).close()
    ends.both_join()
    ends.publish(range(10, 20))
    publishing = threading.Thread(target=ends.publish, args=(range(20, 3 * CAPACITY),))
    publishing.start()
    assert before + ends.take(3 * CAPACITY - len(before)) == list(range(3 * CAPACITY))
    publishing.join()


def test_who_waits_hears_of_the_next_ring_when_another_thread_drains_one(
    ends: Ends, ros_plibd: Any
) -> None:
    """It waits for arrivals, as an EventsExecutor does, and was told of all in the first ring."""
    ends.publish(range(1))
    ros_plibd.kill()
    ends.both_join()
    ends.publish(range(1, 2))
    reader = ends.subscription._handle.pointer()
    item = ffi.new("struct plib_wait_item *")
    item.kind = lib.PLIB_WAIT_ARRIVAL
    item.object = reader
    assert lib.plib_reader_arrivals(reader) == 1
    end = lib.plib_now() + NS_BEFORE_IT_LOOKS_BY_ITSELF
    participant = ends.participants[1]._handle.pointer()
    left: list[int] = []

    def wait() -> None:
        if lib.plib_wait(participant, item, 1, end) == 0:
            left.append(end - lib.plib_now())

    waiting = threading.Thread(target=wait)
    waiting.start()
    syscall = Path(f"/proc/self/task/{waiting.native_id}/syscall")
    wait_until(lambda: syscall.read_text().split()[0] == FUTEX_WAITV, "it does not wait")
    assert ends.take(1) == [0]
    waiting.join()
    assert len(left) == 1
    assert left[0] > NS_BEFORE_IT_LOOKS_BY_ITSELF / 4
    assert lib.plib_reader_arrivals(reader) == 1
    assert ends.take(1) == [1]


def test_a_stopped_publisher_comes_back_late(ends: Ends, ros_plibd: Any) -> None:
    """Its subscriber has given it up, and what it has taken none of still comes first."""
    ends.publish(range(10))
    ros_plibd.kill()
    wait_until(lambda: ends.subscription.matched != 1, "it is waited for without end", 30)
    ends.both_join()
    ends.publish(range(10, 20))
    assert ends.take(20) == list(range(20))

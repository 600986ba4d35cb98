"""plibd dies just before or in the midst of a request: the next one carries it out."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from system import wait_until

import plib_py

BLOB = plib_py.RawType("test_msgs/msg/Blob")
ADD = plib_py.RawServiceType("test_msgs/srv/Add")
LARGE = 20 << 20  # bytes; more than a publisher has at first, so that it asks for more
WAITS_IN_POLL = "7"  # number of the system call

MAKERS: dict[str, Callable[[plib_py.Participant], Any]] = {
    "publisher": lambda one: one.create_publisher("/made", BLOB),
    "subscription": lambda one: one.create_subscription("/made", BLOB),
    "client": lambda one: one.create_client("/made", ADD),
    "service": lambda one: one.create_service("/made", ADD),
}


@pytest.fixture
def participant(ros_plibd: Any) -> Any:
    """Return a participant that has something which has to be registered again."""
    with plib_py.Participant("node", socket=ros_plibd.path) as participant:
        participant.create_publisher("/blobs", BLOB)
        participant.create_subscription("/blobs", BLOB)
        yield participant


def names(participant: plib_py.Participant) -> list[str]:
    return sorted({entity.name for entity in participant.graph()})


@pytest.mark.parametrize("kind", MAKERS)
def test_just_after_plibd_was_killed(
    kind: str, participant: plib_py.Participant, ros_plibd: Any
) -> None:
    for _ in range(3):
        ros_plibd.kill()
        made = MAKERS[kind](participant)
        # What there was before has been told before.
        assert names(participant) == ["/blobs", "/made", "/node"]
        made.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_while_plibd_carries_it_out(
    kind: str, participant: plib_py.Participant, ros_plibd: Any
) -> None:
    pid = ros_plibd.pid
    os.kill(pid, signal.SIGSTOP)
    made: list[Any] = []
    maker = threading.Thread(target=lambda: made.append(MAKERS[kind](participant)))
    maker.start()
    call = Path(f"/proc/self/task/{maker.native_id}/syscall")
    wait_until(lambda: call.read_text().startswith(WAITS_IN_POLL), "it asks for nothing")
    os.kill(pid, signal.SIGKILL)
    maker.join(30)
    assert len(made) == 1
    assert names(participant) == ["/blobs", "/made", "/node"]


def test_a_large_message_just_after_plibd_was_killed(ros_plibd: Any) -> None:
    """What asks for memory does so as the publisher that it was."""
    with plib_py.Participant("node", socket=ros_plibd.path) as participant:
        publisher = participant.create_publisher("/blobs", BLOB)
        subscription = participant.create_subscription("/blobs", BLOB)
        assert publisher.wait_matched(timeout=30)
        assert subscription.wait_matched(timeout=30)
        ros_plibd.kill()
        publisher.publish(b"x" * LARGE)
        assert subscription.wait(timeout=30)
        sample = subscription.take()
        assert sample is not None
        assert bytes(sample.message) == b"x" * LARGE


@pytest.mark.parametrize("kind", ["publisher", "subscription", "client", "service", "node"])
def test_nodes_notice_nothing(kind: str, farm: Any, ros_plibd: Any) -> None:
    maker = farm.start("maker")
    for number in range(3):
        ros_plibd.kill()
        assert maker.ask("make", kind, f"made_{number}") == ""
    assert maker.ask("make", "publisher", "last") == ""
    wait_until(lambda: maker.ask("endpoints", "/last") == (1, 0), "the graph lacks the last")


def test_destroying_starts_no_plibd(ros_plibd: Any) -> None:
    with plib_py.Participant("node", socket=ros_plibd.path) as participant:
        publisher = participant.create_publisher("/blobs", BLOB)
        ros_plibd.kill()
        publisher.close()
        assert not ros_plibd.is_listening()


def test_who_may_start_none_waits_for_one(ros_plibd: Any) -> None:
    """A host's plibd is just being started again, by somebody else."""
    with plib_py.Participant("node", socket=ros_plibd.path) as participant:
        ros_plibd.forbid_restart()
        ros_plibd.kill()
        made: list[Any] = []
        maker = threading.Thread(target=lambda: made.append(MAKERS["publisher"](participant)))
        maker.start()
        ros_plibd.start()
        maker.join(30)
        assert len(made) == 1
        assert "/made" in names(participant)

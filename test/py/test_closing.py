"""Closing what other threads are at work with."""

import threading
from collections.abc import Callable

import pytest

import plib_py
from plib_py import QoS, RawType

BLOB = RawType("test/msg/Blob")
THREADS = 3
ROUNDS = 30


def until_closed(work: Callable[[], object]) -> Callable[[], None]:
    """Start threads that do something until it is closed; return what waits for their end."""
    begun = threading.Barrier(THREADS + 1)
    ended: list[bool] = []

    def run() -> None:
        work()
        begun.wait()
        try:
            while True:
                work()
        except plib_py.Closed:
            ended.append(True)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    begun.wait()

    def join() -> None:
        for thread in threads:
            thread.join(10)
        assert ended == [True] * THREADS

    return join


@pytest.mark.parametrize("size", [64, 100_000])
def test_threads_that_publish_are_told(participant: plib_py.Participant, size: int) -> None:
    message = b"x" * size
    for _ in range(ROUNDS):
        publisher = participant.create_publisher("busy", BLOB)
        join = until_closed(lambda publisher=publisher: publisher.publish(message))
        publisher.close()
        join()


@pytest.mark.parametrize("size", [64, 100_000])
def test_threads_that_take_are_told(participant: plib_py.Participant, size: int) -> None:
    message = b"x" * size
    with participant.create_publisher("busy", BLOB, QoS(depth=1000)) as publisher:
        for _ in range(ROUNDS):
            subscription = participant.create_subscription("busy", BLOB, QoS(depth=1000))
            for _ in range(100):
                publisher.publish(message)
            join = until_closed(subscription.take)
            subscription.close()
            join()


@pytest.mark.parametrize("create", ["create_publisher", "create_subscription"])
def test_close_waits_for_calls_of_c(participant: plib_py.Participant, create: str) -> None:
    endpoint = getattr(participant, create)("busy", BLOB)
    shared = endpoint._handle.shared
    shared.uses += 1
    closing = threading.Thread(target=endpoint.close)
    closing.start()
    closing.join(0.1)
    assert closing.is_alive()
    shared.uses -= 1
    closing.join(10)
    assert not closing.is_alive()

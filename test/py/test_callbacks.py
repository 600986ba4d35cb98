"""Callbacks, served by Participant.spin."""

import threading

import pytest

import plib_py
from plib_py import RawServiceType, RawType

BLOB = RawType("test_msgs/msg/Blob")
ECHO = RawServiceType("test_msgs/srv/Echo")
SECONDS = 30.0

SENDER = """
import sys, plib_py
with plib_py.Participant("sender") as sender:
    publisher = sender.create_publisher("/blobs", plib_py.RawType("test_msgs/msg/Blob"))
    client = sender.create_client("/echo", plib_py.RawServiceType("test_msgs/srv/Echo"))
    assert publisher.wait_matched(timeout=30)
    for number in range(100):
        publisher.publish(b"%d" % number)
        assert client.call(b"%d" % number, 30) == b"%d!" % number
    publisher.publish(b"end")
    sys.stdin.readline()
"""


@pytest.mark.usefixtures("plibd")
def test_one_thread_serves_topics_and_services(python) -> None:
    with plib_py.Participant("receiver") as receiver:
        heard: list[bytes] = []
        requests: list[bytes] = []
        subscription = receiver.create_subscription("/blobs", BLOB)

        @subscription.on_message
        def hear(sample: "plib_py.Sample[bytes]") -> None:
            if sample.message == b"end":
                receiver.close()
                return
            assert sample.info.sequence == len(heard) + 1
            heard.append(sample.message)

        def answer(request: bytes) -> bytes:
            assert threading.current_thread() is threading.main_thread()
            requests.append(request)
            return request + b"!"

        receiver.create_service("/echo", ECHO, answer)
        python(SENDER)
        receiver.spin(SECONDS)
        assert heard == requests == [b"%d" % number for number in range(100)]
        with pytest.raises(plib_py.Closed):
            receiver.spin()


def test_spinning_ends_in_time(ends, participant: plib_py.Participant) -> None:
    publisher, subscription = ends
    heard: list[bytes] = []
    participant.spin(0.01)
    publisher.publish(b"before")
    subscription.on_message(lambda sample: heard.append(sample.message))
    assert participant.spin_once(SECONDS)
    publisher.publish(b"after")
    participant.spin(0)
    assert heard == [b"before", b"after"]
    assert not participant.spin_once(0)
    assert not participant.spin_once(0.01)


def test_spin_once_serves_one_of_each(participant: plib_py.Participant) -> None:
    heard: list[bytes] = []
    for name in ("a", "b"):
        subscription = participant.create_subscription(name, BLOB)
        subscription.on_message(lambda sample: heard.append(sample.message))
        publisher = participant.create_publisher(name, BLOB)
        for number in range(3):
            publisher.publish(f"{name}{number}".encode())
    assert participant.spin_once(SECONDS)
    assert heard == [b"a0", b"b0"]


def test_what_a_callback_raises_ends_spinning(ends, participant: plib_py.Participant) -> None:
    publisher, subscription = ends

    @subscription.on_message
    def fail(_: "plib_py.Sample[bytes]") -> None:
        raise ZeroDivisionError

    publisher.publish(b"x")
    with pytest.raises(ZeroDivisionError):
        participant.spin(SECONDS)
    publisher.publish(b"y")
    subscription.on_message(lambda sample: heard.append(sample.message))
    heard: list[bytes] = []
    participant.spin_once(SECONDS)
    assert heard == [b"y"]


def test_what_comes_while_it_spins_is_served(participant: plib_py.Participant) -> None:
    served = threading.Semaphore(0)
    threads = [threading.Thread(target=participant.spin) for _ in range(3)]
    for thread in threads:
        thread.start()
    client = participant.create_client("echo", ECHO)
    for number in range(5):
        service = participant.create_service("echo", ECHO, lambda request: request)
        subscription = participant.create_subscription(f"blobs{number}", BLOB)
        subscription.on_message(lambda _: served.release())
        participant.create_publisher(f"blobs{number}", BLOB).publish(b"x")
        assert served.acquire(timeout=SECONDS)
        assert client.call(b"y", SECONDS) == b"y"
        service.close()
        subscription.close()
    participant.close()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_what_cannot_be_called_is_refused_where_it_is_given(
    participant: plib_py.Participant,
) -> None:
    subscription = participant.create_subscription("/blobs", BLOB)
    with pytest.raises(plib_py.InvalidArgument, match="'on_blob' is no callback"):
        subscription.on_message("on_blob")
    with pytest.raises(plib_py.InvalidArgument, match="5 is no callback"):
        participant.create_service("/echo", ECHO, 5)

"""Messages from nothing to a GiB on one topic, and memory that does not grow with their number."""

import re
from pathlib import Path

import pytest

import plib_py

SIZES = [0, 1, 1 << 30, 63, 0, 64, 65, 4095, 1 << 20, 3, (1 << 26) + 1, 100_000, 0, 1 << 30, 7]

PUBLISHER = """
import sys, plib_py
qos = plib_py.QoS(history=plib_py.History.KEEP_ALL)
with plib_py.Participant("sender") as sender:
    publisher = sender.create_publisher("/sizes", plib_py.RawType("test_msgs/msg/Blob"), qos)
    assert publisher.wait_matched(timeout=30)
    for size in map(int, sys.argv[1:]):
        with publisher.loan(size) as data:
            assert len(data) == size
            if size > 0:
                data[0] = data[-1] = size % 251
    assert publisher.wait_acked(60)
    print("acked", flush=True)
"""

SUBSCRIBER = """
import plib_py
qos = plib_py.QoS(history=plib_py.History.KEEP_ALL)
with plib_py.Participant("receiver") as receiver:
    subscription = receiver.create_subscription(
        "/sizes", plib_py.RawType("test_msgs/msg/Blob"), qos)
    print("ready", flush=True)
    while subscription.wait(60):
        with subscription.take_loaned() as data:
            assert data.readonly
            assert not data or data[0] == data[-1] == len(data) % 251
            print(len(data), flush=True)
"""


def shared_memory() -> int:
    """Return how many bytes of plib's memory this process maps."""
    maps = Path("/proc/self/maps").read_text()
    ranges = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) .*memfd:plib", maps, re.MULTILINE)
    return sum(int(end, 16) - int(start, 16) for start, end in ranges)


@pytest.mark.usefixtures("plibd")
def test_sizes_mix_on_one_topic(python) -> None:
    receiver = python(SUBSCRIBER)
    assert receiver.line() == "ready"
    sender = python(PUBLISHER, *map(str, SIZES))
    assert [int(receiver.line(60)) for _ in SIZES] == SIZES
    assert sender.line(60) == "acked", sender.errors()
    assert sender.wait() == 0, sender.errors()


def test_memory_is_reused_whatever_the_sizes(ends) -> None:
    publisher, subscription = ends
    sizes = [7 << 10, 1 << 20, 64, 300_000, 5 << 20, 0, 90_000]
    after_warm_up = 0
    for round_ in range(60):
        for size in sizes:
            with publisher.loan(size):
                pass
            with subscription.take_loaned() as data:
                assert len(data) == size
        if round_ == 3:
            after_warm_up = shared_memory()
    assert after_warm_up > 5 << 20
    assert shared_memory() == after_warm_up


def test_what_a_publisher_took_of_the_limit_is_given_back_with_it(participant) -> None:
    # Half of what one participant may have, again and again.
    for _ in range(8):
        with (
            participant.create_publisher(
                "large", plib_py.RawType("test_msgs/msg/Blob")
            ) as publisher,
            publisher.loan(1 << 30) as data,
        ):
            data[-1] = 1


# Takes some messages, lets go of all, and takes the next; prints how many pages that faulted.
PAGE_FAULTS = """
import resource, sys, plib_py
with plib_py.Participant("one") as one:
    type = plib_py.RawType("test_msgs/msg/Blob")
    publisher = one.create_publisher("/faults", type)
    subscription = one.create_subscription("/faults", type)
    data = bytes(int(sys.argv[1]))
    for count in range(30):
        if count == 10:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(4):
            publisher.publish(data)
        messages = [subscription.take().message for _ in range(4)]
        assert b"".join(messages) == 4 * data
        del messages
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.usefixtures("plibd")
def test_memory_of_large_messages_does_not_come_and_go(python) -> None:
    faults = int(python(PAGE_FAULTS, str(1 << 20)).line())
    # One message has 256 pages. The interpreter itself may need some now and then.
    assert faults < 256

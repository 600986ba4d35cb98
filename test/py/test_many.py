"""publish_many and take_many."""

import array

import pytest

import plib_py
import plib_py.messages
from plib_py import History, QoS, RawType

BLOB = RawType("test_msgs/msg/Blob")
KEEP_ALL = QoS(history=History.KEEP_ALL)

FLOODED = """
import plib_py
import plib_py.messages
keep_all = plib_py.QoS(history=plib_py.History.KEEP_ALL)
with plib_py.Participant("receiver") as receiver:
    blob = plib_py.RawType("test_msgs/msg/Blob")
    subscription = receiver.create_subscription("/blobs", blob, keep_all)
    print("ready", flush=True)
    number = 0
    while True:
        samples = subscription.take_many(500)
        assert len(samples) <= 500
        if not samples:
            subscription.wait()
        for message in samples.messages:
            if message == b"end":
                print(number, subscription.lost, flush=True)
            assert message in (b"end", b"%064d" % number)
            number += 1
"""


def deep(participant: plib_py.Participant, depth: int = 10_000):
    """Return both ends of a topic that keeps so many samples."""
    subscription = participant.create_subscription("deep", BLOB, QoS(depth=depth))
    publisher = participant.create_publisher("deep", BLOB, QoS(depth=depth))
    assert publisher.wait_matched(timeout=10)
    return publisher, subscription


SIZES = [0, 1, 64, 3000, 4096, 5000, 65536, 300_000]
MOST = 50_000_000  # bytes in one test


@pytest.mark.parametrize(
    ("size", "count"),
    [(size, count) for size in SIZES for count in (1, 7, 1500) if size * count <= MOST],
)
def test_messages_of_any_size_and_number_arrive(
    participant: plib_py.Participant, size: int, count: int
) -> None:
    publisher, subscription = deep(participant)
    messages = [bytes([n % 251]) * (size - n % 3 if size > 3 else size) for n in range(count)]
    assert publisher.publish_many(messages) == count
    taken = subscription.take_many(count + 1)
    assert taken.messages == messages
    assert len(subscription.take_many()) == 0


def test_large_and_small_ones_keep_their_order(participant: plib_py.Participant) -> None:
    publisher, subscription = deep(participant)
    messages = [bytes([n]) * (200_000 if n % 5 == 0 else n) for n in range(100)]
    publisher.publish_many(messages)
    assert subscription.take_many().messages == messages


def test_what_came_with_them_is_there(participant: plib_py.Participant) -> None:
    publisher, subscription = deep(participant)
    publisher.publish_many([b"%d" % n for n in range(10)])
    samples = subscription.take_many(6)
    assert [info.sequence for info in samples.infos] == [1, 2, 3, 4, 5, 6]
    assert {info.publisher_gid for info in samples.infos} == {publisher.gid}
    assert all(info.source_timestamp <= info.received_timestamp for info in samples.infos)
    assert [sample.message for sample in samples] == samples.messages
    assert samples[-1] == samples[5]
    assert samples[2:4] == [samples[2], samples[3]]
    assert subscription.take().info.sequence == 7
    assert [sample.info.sequence for sample in subscription.take_many()] == [8, 9, 10]


def test_all_kinds_of_buffers_can_be_published(participant: plib_py.Participant) -> None:
    publisher, subscription = deep(participant)
    publisher.publish_many([bytearray(b"ab"), memoryview(array.array("I", [1, 2])), b""])
    assert subscription.take_many().messages == [b"ab", array.array("I", [1, 2]).tobytes(), b""]
    publisher.publish_many((b"a", b"b"))
    assert subscription.take_many().messages == [b"a", b"b"]
    assert publisher.publish_many([]) == 0
    with pytest.raises(TypeError):
        publisher.publish_many(["text"])


def test_a_full_history_tells_how_far_it_came(participant: plib_py.Participant) -> None:
    subscription = participant.create_subscription("all", BLOB, KEEP_ALL)
    publisher = participant.create_publisher("all", BLOB, KEEP_ALL)
    assert publisher.wait_matched(timeout=10)
    messages = [b"%d" % n for n in range(100_000)]
    with pytest.raises(plib_py.Timeout) as error:
        publisher.publish_many(messages)
    published = error.value.published
    assert 0 < published < len(messages)
    assert subscription.take_many(len(messages)).messages == messages[:published]


@pytest.mark.usefixtures("plibd")
def test_a_flood_between_processes_loses_nothing(python) -> None:
    receiver = python(FLOODED)
    assert receiver.line() == "ready"
    with plib_py.Participant("sender") as sender:
        publisher = sender.create_publisher("/blobs", BLOB, KEEP_ALL)
        assert publisher.wait_matched(timeout=30)
        messages = [b"%064d" % n for n in range(300_000)] + [b"end"]
        while messages:
            try:
                publisher.publish_many(messages)
                break
            except plib_py.Timeout as error:  # a busy machine
                messages = messages[error.published :]
        assert receiver.line() == "300000 0"


def test_held_samples_are_limited(ends) -> None:
    publisher, subscription = ends
    publisher.publish_many([b"x"] * 9)
    held = [subscription.take_loaned() for _ in range(8)]
    with pytest.raises(plib_py.Busy):
        subscription.take_many()
    for sample in held:
        sample.close()
    assert subscription.take_many().messages == [b"x"]
    with pytest.raises(plib_py.InvalidArgument):
        subscription.take_many(0)


def test_messages_of_a_type_are_checked(participant: plib_py.Participant) -> None:
    pytest.importorskip("rosbags")
    point = plib_py.messages.define("many/msg/Point", "float64 x\nfloat64 y")
    subscription = participant.create_subscription("points", point)
    publisher = participant.create_publisher("points", point)
    raw = participant.create_publisher("points", RawType("many/msg/Point"))
    publisher.publish_many([point(x=1.0), point(y=2.0)])
    raw.publish(b"no point")
    publisher.publish_many([point(x=3.0)])
    with pytest.raises(plib_py.InvalidArgument):
        publisher.publish_many([point(), b"bytes"])
    samples = subscription.take_many()
    assert sorted(sample.message.x for sample in samples) == [0.0, 1.0, 3.0]
    assert {info.publisher_gid for info in samples.infos} == {publisher.gid}

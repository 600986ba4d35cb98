"""One process, both ends."""

import itertools
import threading

import pytest

import plib_py
from plib_py import History, QoS, RawType

BLOB = RawType("test_msgs/msg/Blob")
KEEP_ALL = QoS(history=History.KEEP_ALL)


@pytest.mark.parametrize("size", [0, 1, 4096, 1 << 20, 40 << 20])
def test_bytes_arrive_as_they_were(ends, size: int) -> None:
    publisher, subscription = ends
    message = bytes(i % 251 for i in range(min(size, 4096))) * max(1, size // 4096)
    number = publisher.publish(message)
    assert subscription.wait(10)
    sample = subscription.take()
    assert sample.message == message
    assert sample.info.sequence == number
    assert sample.info.publisher_gid == publisher.gid
    assert 0 < sample.info.source_timestamp <= sample.info.received_timestamp
    assert subscription.take() is None


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_every_buffer_can_be_published(ends, kind: type) -> None:
    publisher, subscription = ends
    publisher.publish(kind(b"abc"))
    assert subscription.take().message == b"abc"


def test_text_is_no_message(ends) -> None:
    with pytest.raises(TypeError):
        ends[0].publish("text")


def test_a_loan_is_published_when_its_block_ends(ends) -> None:
    publisher, subscription = ends
    with publisher.loan(6) as buffer:
        buffer[:] = b"loaned"
        assert subscription.take() is None
    assert subscription.take().message == b"loaned"


def test_a_loan_may_be_published_in_part(ends) -> None:
    publisher, subscription = ends
    loan = publisher.loan(6)
    with loan as buffer:
        buffer[:3] = b"abc"
        loan.truncate(3)
    assert subscription.take().message == b"abc"
    assert loan.sequence == 1


def test_a_loan_is_given_back_when_its_block_fails(ends) -> None:
    publisher, subscription = ends
    with pytest.raises(ZeroDivisionError), publisher.loan(6):
        raise ZeroDivisionError
    assert subscription.take() is None
    publisher.publish(b"next")
    assert subscription.take().info.sequence == 1


def test_a_loan_is_good_for_one_block(ends) -> None:
    loan = ends[0].loan(1)
    with loan:
        pass
    with pytest.raises(plib_py.Closed), loan:
        pass


def test_numpy_works_on_loans_at_both_ends(ends) -> None:
    numpy = pytest.importorskip("numpy")
    publisher, subscription = ends
    with publisher.loan(16) as buffer:
        numpy.frombuffer(buffer, numpy.uint32)[:] = range(4)
    with subscription.take_loaned() as data:
        array = numpy.frombuffer(data, numpy.uint32)
        assert array.tolist() == [0, 1, 2, 3]
        assert not array.flags.writeable


def test_a_publisher_with_a_loan_out_does_not_close(ends) -> None:
    publisher, _ = ends
    with publisher.loan(1), pytest.raises(plib_py.Busy):
        publisher.close()


def test_a_subscription_with_a_sample_out_does_not_close(ends) -> None:
    publisher, subscription = ends
    publisher.publish(b"x")
    with subscription.take_loaned(), pytest.raises(plib_py.Busy):
        subscription.close()
    subscription.close()


def test_held_samples_are_limited(ends) -> None:
    publisher, subscription = ends
    for _ in range(9):
        publisher.publish(b"x")
    held = [subscription.take_loaned() for _ in range(8)]
    with pytest.raises(plib_py.Busy):
        subscription.take()
    for sample in held:
        sample.close()
    assert subscription.take() is not None


def test_keep_last_counts_what_it_lost(participant: plib_py.Participant) -> None:
    subscription = participant.create_subscription("few", BLOB, QoS(depth=2))
    publisher = participant.create_publisher("few", BLOB, QoS(depth=2))
    assert publisher.wait_matched(timeout=10)
    for number in range(10):
        publisher.publish(bytes([number]))
    taken = [sample.message[0] for sample in iter(subscription.take, None)]
    assert taken[-1] == 9
    assert subscription.lost == 10 - len(taken)


def fill(publisher: "plib_py.Publisher[bytes]") -> int:
    for published in itertools.count():
        try:
            publisher.publish(b"x")
        except plib_py.Timeout:
            return published
    raise AssertionError


def test_keep_all_waits_and_then_says_so(participant: plib_py.Participant) -> None:
    subscription = participant.create_subscription("all", BLOB, KEEP_ALL)
    publisher = participant.create_publisher("all", BLOB, KEEP_ALL)
    assert publisher.wait_matched(timeout=10)
    published = fill(publisher)
    assert not publisher.wait_acked(0.01)
    assert sum(1 for _ in iter(subscription.take, None)) == published
    assert publisher.wait_acked(10)


def test_a_late_subscription_gets_what_is_kept(participant: plib_py.Participant) -> None:
    kept = QoS(durability=plib_py.Durability.TRANSIENT_LOCAL)
    participant.create_publisher("kept", BLOB, kept).publish(b"early")
    late = participant.create_subscription("kept", BLOB, kept)
    assert late.wait(10)
    assert late.take().message == b"early"


def test_a_wait_ends_in_time(ends) -> None:
    assert not ends[1].wait(0.01)
    assert not ends[1].wait(0)


def test_closing_ends_all_waits(participant: plib_py.Participant) -> None:
    subscription = participant.create_subscription("never", BLOB)
    started = threading.Barrier(4)
    taken: list[list[object]] = []

    def iterate() -> None:
        started.wait()
        taken.append(list(subscription))

    threads = [threading.Thread(target=iterate) for _ in range(3)]
    for thread in threads:
        thread.start()
    started.wait()
    subscription.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert taken == [[], [], []]
    with pytest.raises(plib_py.Closed):
        subscription.take()


def test_iterating_takes_sample_after_sample(ends) -> None:
    publisher, subscription = ends
    threading.Thread(target=lambda: [publisher.publish(bytes([n])) for n in range(5)]).start()
    samples = itertools.islice(subscription, 5)
    assert [sample.message[0] for sample in samples] == [0, 1, 2, 3, 4]


def test_the_graph_shows_node_and_endpoints(ends, participant: plib_py.Participant) -> None:
    while len(participant.graph()) < 3:
        assert participant.wait_for_graph_change(10)
    entities = {entity.kind: entity for entity in participant.graph()}
    assert entities[plib_py.EntityKind.NODE].name == "/here/both"
    publisher = entities[plib_py.EntityKind.PUBLISHER]
    assert (publisher.name, publisher.type) == ("/here/blobs", BLOB.name)
    assert publisher.gid == ends[0].gid
    assert publisher.node_gid == entities[plib_py.EntityKind.NODE].gid
    assert publisher.qos == QoS.default()


def test_types_of_different_hash_do_not_meet(participant: plib_py.Participant) -> None:
    one, other = (RawType(BLOB.name, "RIHS01_" + digit * 64) for digit in "12")
    subscription = participant.create_subscription("versions", one)
    publisher = participant.create_publisher("versions", other)
    assert (publisher.matched, subscription.matched) == (0, 0)
    assert participant.create_publisher("versions", one).matched == 1
    assert participant.create_publisher("versions", BLOB).matched == 1


def test_what_is_no_type_is_refused(participant: plib_py.Participant) -> None:
    with pytest.raises(plib_py.InvalidArgument, match="no message type"):
        participant.create_publisher("x", bytes)


def test_a_message_beyond_the_limit_is_refused(ends) -> None:
    with pytest.raises(plib_py.MessageTooLarge, match="memory limit"), ends[0].loan(1 << 40):
        pass


def test_what_was_closed_says_so(participant: plib_py.Participant) -> None:
    publisher = participant.create_publisher("x", BLOB)
    publisher.close()
    publisher.close()
    with pytest.raises(plib_py.Closed):
        publisher.publish(b"")
    participant.close()
    with pytest.raises(plib_py.Closed):
        participant.create_publisher("x", BLOB)

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from started import stop_daemon
from system import mappings_of, wait_until

import plib_py
from plib_py import RawType

BLOB = RawType("test_msgs/msg/Blob")

PUBLISHER = """
import sys, plib_py
with plib_py.Participant("sender") as sender:
    publisher = sender.create_publisher("/blobs", plib_py.RawType("test_msgs/msg/Blob"))
    assert publisher.wait_matched(timeout=30)
    for number in range(10):
        publisher.publish(b"%d" % number * 1000)
    assert publisher.wait_acked(30)
    print("acked", flush=True)
    sys.stdin.readline()
"""

SUBSCRIBER = """
import plib_py
with plib_py.Participant("receiver") as receiver:
    subscription = receiver.create_subscription("/blobs", plib_py.RawType("test_msgs/msg/Blob"))
    print("ready", flush=True)
    for sample in subscription:
        number = sample.info.sequence
        assert sample.message == b"%d" % (number - 1) * 1000
        print(number, flush=True)
"""


def plib(*arguments: str) -> str:
    return subprocess.run(
        [f"{sys.prefix}/bin/plib", *arguments],
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    ).stdout


@pytest.mark.usefixtures("plibd")
def test_bytes_flow_from_process_to_process(python) -> None:
    receiver = python(SUBSCRIBER)
    assert receiver.line() == "ready"
    sender = python(PUBLISHER)
    assert [receiver.line() for _ in range(10)] == [str(number) for number in range(1, 11)]
    assert sender.line() == "acked"

    assert plib("topic", "list").splitlines() == ["/blobs"]
    assert plib("topic", "list", "-t").splitlines() == ["/blobs [test_msgs/msg/Blob]"]
    assert plib("node", "list").splitlines() == ["/receiver", "/sender"]
    [topic] = json.loads(plib("topic", "list", "--json"))
    assert (topic["publishers"], topic["subscriptions"]) == (1, 1)
    pids = {node["name"]: node["pid"] for node in json.loads(plib("node", "list", "--json"))}
    assert pids == {"/receiver": receiver.pid, "/sender": sender.pid}
    assert plib("node", "list", "--domain", "7") == ""

    sender.send()
    assert sender.wait() == 0, sender.errors()


@pytest.mark.usefixtures("plibd")
def test_a_killed_process_leaves_the_graph(python) -> None:
    receiver = python(SUBSCRIBER)
    assert receiver.line() == "ready"
    with plib_py.Participant("watcher") as watcher:
        publisher = watcher.create_publisher("/blobs", BLOB)
        assert publisher.wait_matched(timeout=10)
        receiver.end()
        while publisher.matched:
            assert watcher.wait_for_graph_change(10)
        assert "/receiver" not in {entity.name for entity in watcher.graph()}
        publisher.publish(b"to nobody")


FLOOD = """
import plib_py
with plib_py.Participant("flooder") as flooder:
    topic = "/blobs", plib_py.RawType("test_msgs/msg/Blob")
    publisher, subscription = flooder.create_publisher(*topic), flooder.create_subscription(*topic)
    print("ready", flush=True)
    while True:
        publisher.publish(b"x")
        subscription.take()
"""


@pytest.mark.usefixtures("plibd")
@pytest.mark.parametrize("program", [SUBSCRIBER, FLOOD], ids=["waiting", "busy"])
def test_ctrl_c_ends_a_process_whatever_it_does(python, program: str) -> None:
    # At a different instant each time.
    for _ in range(5):
        process = python(program)
        assert process.line() == "ready"
        process.process.send_signal(signal.SIGINT)
        assert process.wait() == -signal.SIGINT
        assert "KeyboardInterrupt" in process.errors()


def test_the_first_participant_starts_plibd(no_plibd: str, python) -> None:
    program = python(SUBSCRIBER)
    assert program.line() == "ready"
    program.end()
    stop_daemon(no_plibd)


def test_matched_data_flows_on_while_plibd_is_killed_and_started_again(plibd, python) -> None:
    receiver = python(SUBSCRIBER)
    assert receiver.line() == "ready"
    with plib_py.Participant("sender") as sender:
        publisher = sender.create_publisher("/blobs", BLOB)
        assert publisher.wait_matched(timeout=10)
        plibd.kill()
        for number in range(1, 4):
            publisher.publish(b"%d" % (number - 1) * 1000)
            assert receiver.line() == str(number)
        # The participants start another one and register again, each when it waits or publishes.
        with plib_py.Participant(None) as late:
            end = time.monotonic() + 20
            while {entity.name for entity in late.graph()} != {"/sender", "/receiver", "/blobs"}:
                sender.wait_for_graph_change(0.1)
                assert time.monotonic() < end, late.graph()
        publisher.publish(b"3" * 1000)
        assert receiver.line() == "4"
    receiver.end()
    stop_daemon(plibd.socket)


@pytest.mark.usefixtures("plibd")
def test_a_forked_child_is_refused() -> None:
    with plib_py.Participant("parent") as participant:
        publisher = participant.create_publisher("/blobs", BLOB)
        child = os.fork()
        if child == 0:
            try:
                publisher.publish(b"")
            except plib_py.Closed:
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.usefixtures("plibd")
@pytest.mark.parametrize("variable", ["", "5"])
def test_the_domain_is_ros_domain_id(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", variable)
    with plib_py.Participant("node") as here, plib_py.Participant("elsewhere", domain_id=6):
        assert here.domain_id == int(variable or "0")
        assert {entity.name for entity in here.graph()} == {"/node"}


@pytest.mark.usefixtures("plibd")
def test_a_discovery_range_of_off_meets_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with plib_py.Participant("other") as other:
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF")
        with plib_py.Participant("alone") as alone:
            publisher = alone.create_publisher("/blobs", BLOB)
            mine = alone.create_subscription("/blobs", BLOB)
            theirs = other.create_subscription("/blobs", BLOB)
            publisher.publish(b"to myself")
            assert mine.take().message == b"to myself"
            assert theirs.matched == 0
            assert {entity.name for entity in alone.graph()} == {"/alone", "/blobs"}
            assert "/alone" not in {entity.name for entity in other.graph()}


def test_a_malformed_discovery_range_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "HOUSE")
    with pytest.raises(plib_py.InvalidArgument, match="none of OFF, LOCALHOST, SUBNET"):
        plib_py.Participant("node")


LENDER = """
import sys, plib_py
with plib_py.Participant("lender") as lender:
    publisher = lender.create_publisher("/blobs", plib_py.RawType("test_msgs/msg/Blob"))
    assert publisher.wait_matched(timeout=30)
    publisher.publish(b"kept" * 250_000)
    print("published", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.usefixtures("plibd")
def test_a_loan_outlives_its_killed_publisher_and_then_its_memory_goes(python) -> None:
    with plib_py.Participant("borrower") as borrower:
        subscription = borrower.create_subscription("/blobs", BLOB)
        before = {mapping.inode for mapping in mappings_of(os.getpid())}
        lender = python(LENDER)
        assert lender.line() == "published"
        assert subscription.wait(30)
        with subscription.take_loaned() as data:
            lender.end()
            while "/lender" in {entity.name for entity in borrower.graph()}:
                assert borrower.wait_for_graph_change(30)
            assert bytes(data) == b"kept" * 250_000
        # What the borrower mapped for it is unmapped, as soon as it has read plibd's news.
        wait_until(
            lambda: (
                subscription.matched == 0
                and {mapping.inode for mapping in mappings_of(os.getpid())} <= before
            ),
            "its memory stays",
        )

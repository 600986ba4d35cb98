"""Clients and services of plib_py, on bytes."""

import itertools
import threading
import time

import pytest
from started import stop_daemon

import plib_py
from plib_py import RawServiceType

ECHO = RawServiceType("test_msgs/srv/Echo")
SECONDS = 30.0

SERVER = """
import sys, plib_py
with plib_py.Participant("server") as server:
    service = server.create_service("/echo", plib_py.RawServiceType("test_msgs/srv/Echo"))
    print("ready", flush=True)
    for request in service:
        if request.message == b"die":
            print("dying", flush=True)
            sys.stdin.readline()
        request.respond(request.message * 2)
"""

CLIENT = """
import sys, plib_py
with plib_py.Participant("client") as participant:
    client = participant.create_client("/echo", plib_py.RawServiceType("test_msgs/srv/Echo"))
    for line in sys.stdin:
        print(client.call(line.strip().encode(), timeout=30).decode(), flush=True)
"""


def serve(service: plib_py.Service[bytes, bytes], count: int) -> threading.Thread:
    def run() -> None:
        for _ in range(count):
            assert service.serve_once(SECONDS)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_callback_answers(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO, lambda request: request[::-1])
    client = participant.create_client("echo", ECHO)
    thread = serve(service, 3)
    answers = [client.call(text, SECONDS) for text in (b"abc", b"", b"x" * 2_000_000 + b"y")]
    thread.join()
    assert answers == [b"cba", b"", b"y" + b"x" * 2_000_000]
    assert service.service == client.service == "/here/echo"
    assert service.type_name == client.type_name == "test_msgs/srv/Echo"


@pytest.mark.usefixtures("plibd")
def test_processes_call_each_other(python) -> None:
    server = python(SERVER)
    assert server.line() == "ready"
    clients = [python(CLIENT) for _ in range(3)]
    for text in ("a", "b"):
        for number, client in enumerate(clients):
            client.send(f"{text}{number}")
        for number, client in enumerate(clients):
            assert client.line() == f"{text}{number}" * 2


def test_a_request_tells_who_sent_it(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(client.call(b"hi", SECONDS)))
    thread.start()
    assert service.wait(SECONDS)
    request = service.take()
    assert (request.message, request.info.publisher_gid) == (b"hi", client.gid)
    assert request.respond(b"ho")
    thread.join()
    assert answers == [b"ho"]
    assert service.take() is None
    with pytest.raises(plib_py.InvalidArgument, match="twice"):
        request.respond(b"ho")


def test_threads_get_their_own_answers(participant: plib_py.Participant) -> None:
    threads, calls = 8, 50
    service = participant.create_service("echo", ECHO, lambda request: request)
    client = participant.create_client("echo", ECHO)
    wrong: list[bytes] = []

    def call(name: int) -> None:
        for number in range(calls):
            text = b"%d %d" % (name, number)
            if client.call(text, SECONDS) != text:
                wrong.append(text)

    server = serve(service, threads * calls)
    callers = [threading.Thread(target=call, args=(name,)) for name in range(threads)]
    for thread in callers:
        thread.start()
    for thread in (*callers, server):
        thread.join()
    assert wrong == []


def test_answers_may_come_in_any_order(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)
    answers: dict[bytes, bytes] = {}

    def call(text: bytes) -> None:
        answers[text] = client.call(text, SECONDS)

    threads = [threading.Thread(target=call, args=(b"%d" % n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    requests = list(itertools.islice(service, len(threads)))
    for request in reversed(requests):
        assert request.respond(request.message + b"!")
    for thread in threads:
        thread.join()
    assert answers == {b"%d" % n: b"%d!" % n for n in range(4)}


def test_a_call_waits_for_its_service(participant: plib_py.Participant) -> None:
    client = participant.create_client("echo", ECHO)
    assert not client.wait_for_service(0.01)
    with pytest.raises(plib_py.Timeout, match="no server"):
        client.call(b"", 0.01)
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(client.call(b"late", SECONDS)))
    thread.start()
    service = participant.create_service("echo", ECHO, lambda request: request)
    assert service.serve_once(SECONDS)
    thread.join()
    assert answers == [b"late"]
    assert client.wait_for_service(SECONDS)
    assert (client.matched, service.matched) == (1, 1)


def test_an_answer_that_comes_too_late_is_dropped(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)
    with pytest.raises(plib_py.Timeout, match="did not answer"):
        client.call(b"first", 0.01)
    assert service.take().respond(b"late")
    thread = threading.Thread(target=lambda: next(iter(service)).respond(b"in time"))
    thread.start()
    assert client.call(b"second", SECONDS) == b"in time"
    thread.join()


@pytest.mark.usefixtures("plibd")
def test_a_killed_server_ends_the_call(python) -> None:
    server = python(SERVER)
    assert server.line() == "ready"
    with plib_py.Participant("caller") as caller:
        client = caller.create_client("/echo", RawServiceType("test_msgs/srv/Echo"))
        failures: list[BaseException] = []

        def call() -> None:
            try:
                client.call(b"die")
            except plib_py.ServiceUnavailable as error:
                failures.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        assert server.line() == "dying"
        server.end()
        thread.join(SECONDS)
        assert len(failures) == 1


@pytest.mark.usefixtures("plibd")
def test_an_answer_to_a_client_that_is_gone_is_dropped(python) -> None:
    with plib_py.Participant("server") as server:
        service = server.create_service("/echo", ECHO)
        client = python(CLIENT)
        client.send("hello")
        assert service.wait(SECONDS)
        request = service.take()
        client.end()
        while service.matched:
            assert server.wait_for_graph_change(SECONDS)
        assert not request.respond(b"anybody?")


def test_calls_go_on_while_plibd_is_killed_and_started_again(plibd, python) -> None:
    server = python(SERVER)
    assert server.line() == "ready"
    with plib_py.Participant("caller") as caller:
        client = caller.create_client("/echo", ECHO)
        assert client.call(b"before", SECONDS) == b"beforebefore"
        plibd.kill()
        for _ in range(20):
            assert client.call(b"x", SECONDS) == b"xx"
        # The participants start another one and register again, each when it waits or publishes.
        with plib_py.Participant(None) as late:
            while {entity.name for entity in late.graph()} != {"/caller", "/server", "/echo"}:
                assert client.call(b"y", SECONDS) == b"yy"
        assert client.call(b"after", SECONDS) == b"afterafter"
        server.end()
    stop_daemon(plibd.socket)


def test_closing_ends_calls_and_services(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    client = participant.create_client("echo", ECHO)
    ended: list[str] = []

    def call() -> None:
        try:
            client.call(b"")
        except plib_py.Closed:
            ended.append("client")

    def iterate() -> None:
        for _ in service:
            called.set()
        ended.append("service")

    called = threading.Event()
    threads = [threading.Thread(target=call), threading.Thread(target=iterate)]
    for thread in threads:
        thread.start()
    assert called.wait(SECONDS)
    client.close()
    service.close()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(ended) == ["client", "service"]
    with pytest.raises(plib_py.Closed):
        service.take()


def test_a_service_without_a_callback_says_so(participant: plib_py.Participant) -> None:
    service = participant.create_service("echo", ECHO)
    with pytest.raises(plib_py.InvalidArgument, match="callback"):
        service.serve_once(0)
    with pytest.raises(plib_py.InvalidArgument, match="RawServiceType"):
        participant.create_client("echo", plib_py.RawType("test_msgs/msg/Blob"))
    with pytest.raises(plib_py.InvalidArgument, match="RawType"):
        participant.create_publisher("echo", ECHO)


def test_what_a_callback_raises_is_raised(participant: plib_py.Participant) -> None:
    def fail(_: bytes) -> bytes:
        raise ZeroDivisionError

    service = participant.create_service("echo", ECHO, fail)
    client = participant.create_client("echo", ECHO)

    def call() -> None:
        with pytest.raises(plib_py.Timeout):
            client.call(b"", 0.5)

    thread = threading.Thread(target=call)
    thread.start()
    with pytest.raises(ZeroDivisionError):
        service.serve_once(SECONDS)
    thread.join()


GREEDY = """
import sys, plib_py
with plib_py.Participant("greedy") as participant:
    client = participant.create_client("/echo", plib_py.RawServiceType("test_msgs/srv/Echo"))
    assert client.wait_for_service(30)
    # Requests, and never a look at the replies; a few more than their stream holds.
    asked = 0
    while asked < 4100:
        try:
            client._send(b"x", None)
            asked += 1
        except plib_py.Timeout:
            pass
    sys.stdin.readline()
"""


@pytest.mark.usefixtures("plibd")
def test_a_client_that_takes_no_replies_does_not_end_the_service(
    python, caplog: pytest.LogCaptureFixture
) -> None:
    with plib_py.Participant("server") as server:
        server.create_service("/echo", ECHO, lambda request: request * 2)
        spinning = threading.Thread(target=server.spin)
        spinning.start()
        python(GREEDY)
        polite = python(CLIENT)
        end = time.monotonic() + SECONDS
        while "passed over on /echo" not in caplog.text:
            polite.send("hello")
            assert polite.line() == "hellohello"
            assert time.monotonic() < end
        polite.send("hello")
        assert polite.line() == "hellohello"
        assert spinning.is_alive()
    spinning.join()

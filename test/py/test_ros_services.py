"""Services between plib_py and rclpy nodes over rmw_plib, each in a process of its own."""

import asyncio
import threading

import pytest

import plib_py

pytest.importorskip("rclpy")
SetBool = pytest.importorskip("std_srvs.srv").SetBool

PLAIN = {"RMW_IMPLEMENTATION": "rmw_plib", "ROS_DOMAIN_ID": "0"}
SECONDS = 30.0

SERVER = """
import rclpy
from std_srvs.srv import SetBool
rclpy.init()
node = rclpy.create_node("server")
def answer(request, response):
    response.success, response.message = not request.data, "grüße"
    return response
node.create_service(SetBool, "switch", answer)
print("ready", flush=True)
rclpy.spin(node)
"""

CLIENT = """
import sys
import rclpy
from std_srvs.srv import SetBool
rclpy.init()
node = rclpy.create_node("client")
client = node.create_client(SetBool, "switch")
print("found" if client.wait_for_service(30) else "nobody", flush=True)
for line in sys.stdin:
    future = client.call_async(SetBool.Request(data=line.strip() == "on"))
    rclpy.spin_until_future_complete(node, future, timeout_sec=30)
    print(future.result().success, future.result().message, flush=True)
"""


@pytest.fixture
def participant(plibd, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001 - has to run
    monkeypatch.setenv("ROS_DOMAIN_ID", "0")
    with plib_py.Participant("plain") as participant:
        yield participant


def test_plib_py_calls_rclpy(participant: plib_py.Participant, python) -> None:
    client = participant.create_client("switch", SetBool)
    server = python(SERVER, **PLAIN)
    assert server.line() == "ready"
    for data in (True, False, True):
        answer = client.call(SetBool.Request(data=data), SECONDS)
        assert answer == SetBool.Response(success=not data, message="grüße")


def test_rclpy_calls_plib_py(participant: plib_py.Participant, python) -> None:
    def answer(request: SetBool.Request) -> SetBool.Response:
        return SetBool.Response(success=request.data, message=f"it is {request.data}")

    service = participant.create_service("switch", SetBool, answer)
    client = python(CLIENT, **PLAIN)
    assert client.line() == "found"
    for word, line in (("on", "True it is True"), ("off", "False it is False")):
        client.send(word)
        assert service.serve_once(SECONDS)
        assert client.line() == line


def test_both_know_the_same_service(participant: plib_py.Participant, python) -> None:
    participant.create_client("switch", SetBool)
    server = python(SERVER, **PLAIN)
    assert server.line() == "ready"
    ends = [entity for entity in participant.graph() if entity.name == "/switch"]
    assert {(end.type, end.type_hash) for end in ends} == {
        ("std_srvs/srv/SetBool", ends[0].type_hash)
    }
    assert ends[0].type_hash.startswith("RIHS01_")
    assert {end.kind for end in ends} == {plib_py.EntityKind.CLIENT, plib_py.EntityKind.SERVER}


def test_malformed_requests_do_not_end_a_service(participant: plib_py.Participant) -> None:
    service = participant.create_service("switch", SetBool, lambda _: SetBool.Response())
    raw = participant.create_client("switch", plib_py.RawServiceType("std_srvs/srv/SetBool"))
    with pytest.raises(plib_py.Timeout):
        raw.call(b"?", 0.01)
    with pytest.raises(plib_py.MalformedMessage):
        service.take()
    with pytest.raises(plib_py.Timeout):
        raw.call(b"?", 0.01)
    client = participant.create_client("switch", SetBool)
    answers: list[SetBool.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(client.call(SetBool.Request(), SECONDS))
    )
    thread.start()
    assert service.serve_once(SECONDS)
    thread.join()
    assert answers == [SetBool.Response()]


def test_requests_and_responses_of_another_class_are_refused(
    participant: plib_py.Participant,
) -> None:
    client = participant.create_client("switch", SetBool)
    with pytest.raises(plib_py.InvalidArgument, match="SetBool_Request"):
        client.call(SetBool.Response(), 0)


def test_coroutines_call_rclpy_and_answer_it(participant: plib_py.Participant, python) -> None:
    client = participant.create_client("switch", SetBool)
    server = python(SERVER, **PLAIN)
    assert server.line() == "ready"

    async def call() -> None:
        answers = await asyncio.gather(
            *(client.call_async(SetBool.Request(data=n % 2 == 0), SECONDS) for n in range(10))
        )
        assert [answer.success for answer in answers] == [n % 2 == 1 for n in range(10)]

    asyncio.run(call())
    server.end()
    service = participant.create_service("switch", SetBool)
    caller = python(CLIENT, **PLAIN)
    assert caller.line() == "found"
    caller.send("on")

    async def serve() -> None:
        async for request in service:
            request.respond(SetBool.Response(success=request.message.data, message="async"))
            return

    asyncio.run(asyncio.wait_for(serve(), SECONDS))
    assert caller.line() == "True async"

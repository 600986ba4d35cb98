"""`plib service`, with an rclpy server."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from plib_command import MEETING, PLIB, failure, output, output_json

pytest.importorskip("rclpy")

SERVER = """
import rclpy
from std_srvs.srv import SetBool
rclpy.init()
node = rclpy.create_node("switch")
def answer(request, response):
    response.success = request.data
    response.message = "switched"
    return response
node.create_service(SetBool, "switch", answer)
print("ready", flush=True)
rclpy.spin(node)
"""
CALL = ("service", "call", "/switch", "std_srvs/srv/SetBool")

Start = Callable[..., Any]


@pytest.fixture
def server(plibd: object, python: Start) -> Any:
    """Return a node with a service."""
    del plibd
    node = python(SERVER, **MEETING)
    assert node.line() == "ready"
    return node


def test_a_call_prints_as_ros2_service_call(server: Any) -> None:
    del server
    assert output(*CALL, "{data: true}") == (
        "requester: making request: std_srvs.srv.SetBool_Request(data=True)\n\n"
        "response:\nstd_srvs.srv.SetBool_Response(success=True, message='switched')\n\n"
    )


def test_a_call_as_json(server: Any) -> None:
    del server
    assert output_json(*CALL) == {
        "service": "/switch",
        "request": {"data": False},
        "response": {"success": False, "message": "switched"},
    }


def test_calls_repeat_until_interrupted(server: Any, start_program: Start) -> None:
    del server
    calls = start_program([PLIB, *CALL, "--rate", "50", "--json"], MEETING)
    for _ in range(3):
        assert json.loads(calls.line())["response"]["message"] == "switched"
    calls.process.send_signal(signal.SIGINT)
    assert calls.wait() == 130
    assert calls.errors().strip() == ""


def test_services_are_listed(server: Any) -> None:
    del server
    assert "/switch" in output("service", "list").splitlines()
    assert "/switch [std_srvs/srv/SetBool]" in output("service", "list", "-t").splitlines()
    told = {"name": "/switch", "types": ["std_srvs/srv/SetBool"], "servers": 1}
    assert told in output_json("service", "list")


def test_a_service_that_is_not_there_is_waited_for(plibd: object) -> None:
    del plibd
    assert "/switch has no server within 0.1 s" in failure(
        *CALL, "--timeout", "0.1", "--json", status=1
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("/switch", "std_srvs/SetBool", "{dat: true}"), "no field 'dat'"),
        (("/switch", "std_srvs/SetBool", "{data: 5}"), "data has to be true or false"),
        (("/switch", "std_srvs/Nothing"), "std_srvs/srv/Nothing is not known"),
        (("/switch", "std_msgs/msg/String"), "is no service type"),
        (("/switch",), "Missing argument 'TYPE'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    server: Any, arguments: tuple[str, ...], told: str
) -> None:
    del server
    assert told in failure("service", "call", *arguments)

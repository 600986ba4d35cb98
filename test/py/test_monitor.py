"""`plib monitor`: what it publishes of real participants, to rclpy nodes and to plib_py."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import plib_py
from plib_py import query
from plib_py._native import lib

BLOB = plib_py.RawType("test_msgs/msg/Blob")
PLIB = f"{sys.prefix}/bin/plib"
SECONDS = 30.0
LATCHED = plib_py.QoS(durability=plib_py.Durability.TRANSIENT_LOCAL, depth=1)
CHECKS = ["plibd", "samples", "subscriptions", "limits", "calls", "access"]

# Prints each message's levels and texts by name.
ROS_VIEWER = """
import json, rclpy, rclpy.utilities
from diagnostic_msgs.msg import DiagnosticArray
assert rclpy.utilities.get_rmw_implementation_identifier() == "rmw_plib"
rclpy.init()
node = rclpy.create_node("viewer")

def show(array):
    assert array.header.stamp.sec > 0
    print(json.dumps({
        status.name: {
            "level": status.level[0],
            "text": status.message,
            "hardware_id": status.hardware_id,
            "values": {pair.key: pair.value for pair in status.values},
        }
        for status in array.status
    }), flush=True)

node.create_subscription(DiagnosticArray, "/diagnostics", show, 10)
print("ready", flush=True)
rclpy.spin(node)
"""


@pytest.fixture
def start_monitor(start_program, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that starts a monitor that looks ten times a second."""
    monkeypatch.setenv("ROS_DOMAIN_ID", "0")

    def start(*options: str) -> Any:
        monitor = start_program([PLIB, "monitor", "--period", "0.1", *options], {})
        assert monitor.line() == "publishing /plib/* and /diagnostics in domain 0"
        return monitor

    return start


@pytest.fixture
def monitor(plibd, start_monitor) -> Any:  # noqa: ARG001 - has to run
    return start_monitor()


def message_where(subscription: Any, holds: Callable[[Any], bool]) -> Any:
    """Return the first message of which something holds; wait for it."""
    end = time.monotonic() + SECONDS
    last = None
    while subscription.wait(max(0.0, end - time.monotonic())):
        last = subscription.take().message
        if holds(last):
            return last
    pytest.fail(f"no such message; the last one was {last}")


def diagnostics_where(viewer: Any, holds: Callable[[Any], bool]) -> dict[str, Any]:
    """Return what the viewer prints for the first message of which something holds."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = {
            name.removeprefix("plib_monitor: "): check
            for name, check in json.loads(viewer.line()).items()
        }
        if holds(found):
            return found
    pytest.fail(f"no such diagnostics; the last ones were {found}")


@pytest.fixture
def ros_viewer(python) -> Callable[[], Any]:
    """Return a function that starts an rclpy node that prints /diagnostics."""
    pytest.importorskip("rclpy")

    def start() -> Any:
        viewer = python(ROS_VIEWER, RMW_IMPLEMENTATION="rmw_plib", ROS_DOMAIN_ID="0")
        assert viewer.line() == "ready"
        return viewer

    return start


def test_who_comes_later_is_told_who_is_there(monitor, participant) -> None:
    members = participant.create_subscription(
        "/plib/participants", "rmw_plib/msg/ParticipantArray", LATCHED
    )
    told = message_where(
        members,
        lambda array: (
            {"/here/both", "/plib_monitor"} <= {n for p in array.participants for n in p.nodes}
        ),
    )
    assert told.domain_id == 0
    by_pid = {one.pid: one for one in told.participants}
    assert by_pid[os.getpid()].nodes == ["/here/both"]
    assert by_pid[os.getpid()].uid == os.getuid()
    assert by_pid[monitor.pid].nodes == ["/plib_monitor"]
    assert by_pid[monitor.pid].executable == str(Path(sys.executable).resolve())


def test_endpoints_are_told_as_they_come_and_go(monitor, participant) -> None:
    endpoints = participant.create_subscription(
        "/plib/endpoints", "rmw_plib/msg/EndpointArray", LATCHED
    )
    publisher = participant.create_publisher("blobs", BLOB, plib_py.QoS.sensor_data())

    def mine(array: Any) -> list[Any]:
        return [each for each in array.endpoints if each.name == "/here/blobs"]

    (told,) = mine(message_where(endpoints, mine))
    assert told.kind == told.PUBLISHER
    assert (told.type, told.type_hash) == ("test_msgs/msg/Blob", "")
    assert (told.node, told.pid, told.uid) == ("/here/both", os.getpid(), os.getuid())
    assert bytes(told.gid) == publisher.gid
    assert (told.qos.reliability, told.qos.depth) == (told.qos.BEST_EFFORT, 5)
    assert told.qos.durability == told.qos.VOLATILE
    assert told.qos.deadline.sec == 2147483647
    publisher.close()
    message_where(endpoints, lambda array: not mine(array))
    del monitor


def test_statistics_count_what_flows(monitor, ends, participant) -> None:
    publisher, subscription = ends
    statistics = participant.create_subscription("/plib/statistics", "rmw_plib/msg/Statistics")

    def of_blobs(message: Any) -> Any:
        return next((each for each in message.publishers if each.name == publisher.topic), None)

    message_where(statistics, of_blobs)
    for _ in range(15):
        publisher.publish(bytes(1000))
    message = message_where(statistics, lambda message: of_blobs(message).samples == 15)
    told = of_blobs(message)
    assert told.bytes == 15000
    assert told.node == "/here/both"
    period = message.period.sec + message.period.nanosec / 1e9
    assert told.bandwidth == pytest.approx(1000 * told.rate)
    assert 0 < told.rate * period < 15.5
    (reader,) = told.subscriptions
    assert (reader.node, reader.pid, reader.queued) == ("/here/both", os.getpid(), 15)
    while subscription.take() is not None:
        pass
    # Its counters follow at a look that is a tenth of a second later.
    message_where(statistics, lambda message: of_blobs(message).subscriptions[0].lost == 5)
    (user,) = message.users
    assert user.uid == os.getuid()
    assert 0 < user.memory < user.memory_limit
    assert {one.pid for one in message.participants} == {os.getpid(), monitor.pid}


def test_events_are_told_once_and_as_they_happen(plibd_with, start_monitor, tmp_path: Path) -> None:
    config = tmp_path / "plibd.yaml"
    config.write_text("access: {rules: [{name: nobody steers, deny: {publish: /cmd_vel}}]}")
    plibd_with("--config", str(config))
    start_monitor()
    kept = plib_py.QoS(durability=plib_py.Durability.TRANSIENT_LOCAL, depth=100)
    with plib_py.Participant("viewer") as viewer:
        events = viewer.create_subscription("/plib/events", "rmw_plib/msg/Event", kept)
        join = message_where(events, lambda event: event.pid == os.getpid())
        assert (join.event, join.name) == (join.JOIN, "")
        with pytest.raises(plib_py.PermissionDenied):
            viewer.create_publisher("/cmd_vel", BLOB)
        denial = message_where(events, lambda event: event.event == "denial")
        assert (denial.name, denial.rule) == ("/cmd_vel", "nobody steers")
        assert denial.uid == os.getuid()
        assert "nobody steers" in denial.text


def test_lost_events_cause_no_more_of_them(monitor, participant) -> None:
    del monitor
    late = participant.create_subscription("/plib/events", "rmw_plib/msg/Event", LATCHED)
    all_of_them = plib_py.QoS(depth=1000)
    events = participant.create_subscription("/plib/events", "rmw_plib/msg/Event", all_of_them)
    assert late.wait_matched(timeout=SECONDS)
    assert events.wait_matched(timeout=SECONDS)

    def seen_until(domain: int) -> list[str]:
        with plib_py.Participant("passing", domain_id=domain):
            seen = []
            while not seen or not seen[-1].text.endswith(f"domain {domain}"):
                assert events.wait(SECONDS)
                seen.append(events.take().message)
        return [each.event for each in seen]

    with query.Query(lib.PLIB_QUERY_EVENTS) as told:
        for domain in (1, 2, 3):
            assert "join" in seen_until(domain)
        assert late.take() is not None
        while (event := told.receive(SECONDS))["event"] != "lost":
            pass
    assert event["name"] == "/plib/events"
    assert "lost" not in seen_until(4)


def test_diagnostics_are_as_ros_tools_expect_them(monitor, ros_viewer) -> None:
    del monitor
    viewer = ros_viewer()
    checks = diagnostics_where(viewer, lambda checks: checks["plibd"]["level"] == 0)
    assert list(checks) == CHECKS
    assert {check["hardware_id"] for check in checks.values()} == {os.uname().nodename}
    assert all(check["text"] for check in checks.values())
    # The same ones each time: tools take those that are missing for stale.
    assert list(diagnostics_where(viewer, bool)) == CHECKS


def test_diagnostics_warn_of_slow_subscriptions_and_lost_samples(monitor, ends, ros_viewer) -> None:
    del monitor
    publisher, subscription = ends
    viewer = ros_viewer()
    diagnostics_where(viewer, lambda checks: checks["samples"]["text"] == "none lost")
    for _ in range(15):
        publisher.publish(b"x")
    checks = diagnostics_where(
        viewer, lambda checks: "/here/blobs to /here/both" in checks["subscriptions"]["values"]
    )
    assert checks["subscriptions"]["level"] == 1
    while subscription.take() is not None:
        pass
    publisher.publish(b"x")
    assert subscription.take() is not None
    checks = diagnostics_where(viewer, lambda checks: checks["samples"]["level"] == 1)
    assert checks["samples"]["values"]["/here/blobs to /here/both"] == "5 lost"


def test_diagnostics_warn_of_limits_that_are_near(
    plibd_with, start_monitor, ros_viewer, tmp_path: Path
) -> None:
    config = tmp_path / "plibd.yaml"
    config.write_text("limits: {user: {connections: 20}}")
    plibd_with("--config", str(config))
    start_monitor()
    viewer = ros_viewer()
    diagnostics_where(viewer, lambda checks: checks["limits"]["level"] == 0)
    with contextlib.ExitStack() as crowd:
        for number in range(14):
            crowd.enter_context(plib_py.Participant(f"node_{number}"))
        checks = diagnostics_where(viewer, lambda checks: checks["limits"]["level"] == 1)
    share = checks["limits"]["values"][f"connections of user {os.getuid()}"]
    assert checks["limits"]["text"] == f"user {os.getuid()} has {share} of its connections"
    assert 80 <= int(share.removesuffix("%")) <= 100


def test_diagnostics_warn_of_calls_over_their_budget(
    plibd_with, start_monitor, ros_viewer, program
) -> None:
    plibd_with("--call-budget", "0.5")
    start_monitor()
    viewer = ros_viewer()
    diagnostics_where(viewer, lambda checks: checks["calls"]["level"] == 0)
    stuck = program("stuck_call")
    assert stuck.line() == "stuck"
    checks = diagnostics_where(viewer, lambda checks: checks["calls"]["level"] == 1)
    assert any(str(stuck.pid) in text for text in checks["calls"]["values"].values())


def test_it_tells_that_plibd_is_away_and_goes_on_with_the_next(
    lonely_plibd, start_monitor, ros_viewer
) -> None:
    plibd = lonely_plibd
    monitor = start_monitor()
    viewer = ros_viewer()
    diagnostics_where(viewer, lambda checks: checks["plibd"]["level"] == 0)
    plibd.kill()
    checks = diagnostics_where(viewer, lambda checks: checks["plibd"]["level"] == 2)
    assert list(checks) == CHECKS
    assert {checks[name]["level"] for name in CHECKS[1:]} == {3}
    plibd.start()
    checks = diagnostics_where(viewer, lambda checks: checks["plibd"]["level"] == 0)
    assert checks["plibd"]["values"]["process"] == str(plibd.pid)
    # It tells newcomers, too.
    with plib_py.Participant("later") as later:
        members = later.create_subscription(
            "/plib/participants", "rmw_plib/msg/ParticipantArray", LATCHED
        )
        message_where(
            members,
            lambda array: (
                {viewer.pid, monitor.pid, os.getpid()} <= {one.pid for one in array.participants}
            ),
        )


def test_it_goes_on_with_the_plibd_that_participants_start(
    plibd, start_monitor, ros_viewer
) -> None:
    monitor = start_monitor()
    viewer = ros_viewer()
    diagnostics_where(viewer, lambda checks: checks["plibd"]["level"] == 0)
    old = str(plibd.pid)
    plibd.kill()
    checks = diagnostics_where(
        viewer, lambda checks: checks["plibd"]["values"].get("process", old) != old
    )
    for each in (viewer, monitor):  # which would start another one
        each.end()
    successor = os.pidfd_open(int(checks["plibd"]["values"]["process"]))
    signal.pidfd_send_signal(successor, signal.SIGTERM)
    assert select.select([successor], [], [], SECONDS)[0]
    os.close(successor)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_well(monitor, number: signal.Signals) -> None:
    monitor.process.send_signal(number)
    assert monitor.wait() == 0
    assert monitor.errors() == ""


@pytest.mark.parametrize(
    "options", [["--period", "0"], ["--prometheus-port", "65536"], ["--prometheus-port", "on"]]
)
def test_wrong_options_are_told_in_one_line(no_plibd: str, options: list[str]) -> None:
    del no_plibd
    done = subprocess.run(
        [PLIB, "monitor", *options], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("plib: ")
    assert done.stderr.count("\n") == 1

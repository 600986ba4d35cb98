"""`plib topic` and `plib node info`, with rclpy nodes in processes of their own."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plib_command import MEETING, PLIB, failure, output, output_json, run

import plib_py
from plib_py.cli import rates

pytest.importorskip("rclpy")

# Publishes a line of stdin as text, and as the frame of a header that is of now.
TALKER = """
import sys
import rclpy
from std_msgs.msg import String
from std_msgs.msg import Header
from sensor_msgs.msg import CameraInfo
rclpy.init()
node = rclpy.create_node("talker", namespace="/robot")
texts = node.create_publisher(String, "chatter", 10)
infos = node.create_publisher(CameraInfo, "info", 10)
print("ready", flush=True)
for line in sys.stdin:
    texts.publish(String(data=line.strip()))
    now = node.get_clock().now().to_msg()
    infos.publish(CameraInfo(header=Header(stamp=now, frame_id=line.strip())))
"""

# The same, a hundred times a second.
BUSY_TALKER = """
import rclpy
from std_msgs.msg import Header, String
from sensor_msgs.msg import CameraInfo
rclpy.init()
node = rclpy.create_node("talker")
texts = node.create_publisher(String, "chatter", 10)
infos = node.create_publisher(CameraInfo, "info", 10)
def tell():
    texts.publish(String(data="x" * 100))
    infos.publish(CameraInfo(header=Header(stamp=node.get_clock().now().to_msg())))
node.create_timer(0.01, tell)
print("ready", flush=True)
rclpy.spin(node)
"""

LISTENER = """
import rclpy
from geometry_msgs.msg import TwistStamped
rclpy.init()
node = rclpy.create_node("listener")
def hear(twist):
    print(twist.twist.linear.x, twist.header.stamp.sec > 0, flush=True)
node.create_subscription(TwistStamped, "cmd_vel", hear, 10)
print("ready", flush=True)
rclpy.spin(node)
"""

Start = Callable[..., Any]


@pytest.fixture
def talker(plibd: object, python: Start) -> Any:
    """Return a node that publishes what it is sent."""
    del plibd
    node = python(TALKER, **MEETING)
    assert node.line() == "ready"
    return node


@pytest.fixture
def busy_talker(plibd: object, python: Start) -> Any:
    """Return a node that publishes without being asked."""
    del plibd
    node = python(BUSY_TALKER, **MEETING)
    assert node.line() == "ready"
    return node


def echoing(start_program: Start, *arguments: str) -> Any:
    """Start `plib topic echo` and wait until it has heard an empty message."""
    echo = start_program([PLIB, "topic", "echo", *arguments], MEETING)
    done = run("topic", "pub", "--once", "-p", "0", "/robot/chatter", "std_msgs/String")
    assert done.returncode == 0, done.stderr
    return echo


def test_echo_prints_as_ros2_topic_echo(talker: Any, start_program: Start) -> None:
    echo = echoing(start_program, "/robot/chatter")
    assert [echo.line(), echo.line()] == ["data: ''", "---"]
    for text in ("hello", "größe: 5"):
        talker.send(text)
        assert echo.line() == ("data: hello" if text == "hello" else "data: 'größe: 5'")
        assert echo.line() == "---"
    echo.process.send_signal(signal.SIGINT)
    assert echo.wait() == 130
    assert echo.errors().strip() == ""


def test_echo_as_json_has_what_came_with_the_message(talker: Any, start_program: Start) -> None:
    echo = echoing(start_program, "/robot/chatter", "--json")
    assert json.loads(echo.line())["message"] == {"data": ""}
    talker.send("hello")
    told = json.loads(echo.line())
    assert told["message"] == {"data": "hello"}
    assert told["topic"] == "/robot/chatter"
    assert told["sequence"] == 1
    assert told["received_timestamp"] > told["source_timestamp"] > 0


def test_echo_of_a_field_as_csv_and_once(talker: Any, start_program: Start) -> None:
    del talker
    echo = echoing(start_program, "/robot/chatter", "--field", "data", "--csv", "--once")
    assert echo.line() == ""
    assert echo.wait() == 0


def test_echo_gives_up_when_told_to(talker: Any) -> None:
    del talker
    told = failure("topic", "echo", "/robot/chatter", "--timeout", "0.1", status=1)
    assert "no message on /robot/chatter within 0.1 s" in told


def test_echo_says_why_it_hears_nothing(talker: Any) -> None:
    del talker
    done = run(
        "topic", "echo", "/robot/chatter", "--qos-durability", "transient_local", "--timeout", "0.1"
    )  # fmt: skip
    assert done.returncode == 1
    assert "none of the 1 publishers of /robot/chatter matches" in done.stderr


def test_echo_gets_what_late_subscriptions_get(plibd: object, start_program: Start) -> None:
    del plibd
    publish = ["topic", "pub", "-w", "0", "/map", "std_msgs/msg/String", "data: latched"]
    latched = start_program(
        [PLIB, *publish, "--qos-durability", "transient_local", "-t", "1", "--keep-alive", "60"],
        MEETING,
    )
    assert latched.line() == "publisher: beginning loop"
    assert "latched" in latched.line()
    assert output("topic", "echo", "/map", "std_msgs/String", "--once", "--qos-durability",
                  "transient_local") == "data: latched\n---\n"  # fmt: skip
    assert output("topic", "echo", "/map", "--once") == "data: latched\n---\n"


def test_pub_meets_a_node_with_values_and_times(plibd: object, python: Start) -> None:
    del plibd
    listener = python(LISTENER, **MEETING)
    assert listener.line() == "ready"
    printed = output(
        "topic", "pub", "-t", "3", "-r", "100", "-p", "3", "/cmd_vel",
        "geometry_msgs/msg/TwistStamped", "{header: auto, twist: {linear: {x: 0.5}}}",
    )  # fmt: skip
    assert [listener.line() for _ in range(3)] == ["0.5 True"] * 3
    first, second, third, *_ = printed.splitlines()
    assert first == "publisher: beginning loop"
    assert second.startswith("publishing #3: geometry_msgs.msg.TwistStamped(header=")
    assert third == ""
    (told,) = output("topic", "pub", "--once", "/cmd_vel", "geometry_msgs/TwistStamped",
                     "--json").splitlines()  # fmt: skip
    assert json.loads(told)["number"] == 1


def test_pub_gives_up_when_told_to(plibd: object) -> None:
    del plibd
    told = failure(
        "topic", "pub", "--once", "--max-wait-time-secs", "0.1", "--json", "/x", "std_msgs/String",
        status=1,
    )  # fmt: skip
    assert "/x has 0 of 1 matching subscriptions after 0.1 s" in told


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (("hz", "/chatter"), {"rate", "min", "max", "std_dev"}),
        (("bw", "/chatter"), {"bandwidth", "mean", "min", "max"}),
        (("delay", "/info"), {"delay", "min", "max", "std_dev"}),
    ],
)
def test_rates_of_a_node(busy_talker: Any, command: tuple[str, str], keys: set[str]) -> None:
    del busy_talker
    told = output_json("topic", *command, "-n", "1")
    assert told.keys() == {"topic", "messages", "lost", "window"} | keys
    assert told["messages"] > 1
    assert told["min"] <= told["max"]
    if command[0] == "bw":
        assert told["mean"] >= 100
        assert told["bandwidth"] > 100
    elif command[0] == "hz":
        assert 1 < told["rate"] < 1000
    else:
        assert 0 < told["delay"] < 10
    # And a third line on a machine so busy that some are lost.
    assert output("topic", *command, "-n", "1").count("\n") in (2, 3)


def test_a_silent_topic_has_no_rate(talker: Any) -> None:
    del talker
    assert output("topic", "hz", "/robot/chatter", "-n", "1") == "no new messages\n"
    told = output_json("topic", "hz", "/robot/chatter", "-n", "1")
    assert told == {"topic": "/robot/chatter", "messages": 0, "lost": 0, "window": 0}


def test_statistics_are_those_of_ros2cli() -> None:
    hz = rates.Hz(window=3)
    assert hz.figures() is None
    for now in (0.0, 5.0, 5.1, 5.3, 5.6):
        hz.add(10, 0, now)
    assert hz.text(hz.figures() or {}) == (
        "average rate: 5.000\n\tmin: 0.100s max: 0.300s std dev: 0.08165s window: 3"
    )
    hz.add(10, 1, 6.0)
    assert (hz.figures() or {})["rate"] == pytest.approx(3 / 0.7)  # 0.3 and twice 0.2 s
    hz.add(10, 2**63, 7.0)  # as a hostile publisher says
    assert len(hz._intervals) == 3
    bandwidth = rates.Bandwidth(window=100)
    told = {"bandwidth": 1.5e6, "mean": 2e6, "min": 1000, "max": 4e6, "window": 7}
    assert bandwidth.text(told) == (
        "1.50 MB/s from 7 messages\n\tMessage size mean: 2.00 MB min: 0.00 MB max: 4.00 MB"
    )
    assert bandwidth.text({**told, "bandwidth": 999, "mean": 2, "min": 1, "max": 3}) == (
        "999 B/s from 7 messages\n\tMessage size mean: 2 B min: 1 B max: 3 B"
    )


def test_topic_info_counts_and_tells_of_endpoints(talker: Any) -> None:
    assert output("topic", "info", "/robot/chatter") == (
        "Type: std_msgs/msg/String\nPublisher count: 1\nSubscription count: 0\n"
    )
    told = output("topic", "info", "-v", "robot/chatter").splitlines()
    for line in (
        "Node name: talker",
        "Node namespace: /robot",
        "Endpoint type: PUBLISHER",
        f"Process: {talker.pid} of user {os.getuid()}",
        "  Reliability: RELIABLE",
        "  History (Depth): KEEP_LAST (10)",
        "  Deadline: Infinite",
    ):
        assert line in told
    (publisher,) = output_json("topic", "info", "/robot/chatter")["publishers"]
    assert publisher["node"] == "/robot/talker"
    assert publisher["pid"] == talker.pid
    assert publisher["type_hash"].startswith("RIHS01_")
    assert publisher["qos"]["durability"] == "volatile"
    assert publisher["qos"]["deadline"] is None


def test_node_info_lists_what_a_node_has(talker: Any) -> None:
    lines = output("node", "info", "/robot/talker").splitlines()
    assert lines[:2] == ["/robot/talker", "  Subscribers:"]
    assert "    /robot/chatter: std_msgs/msg/String" in lines[lines.index("  Publishers:") :]
    servers = lines[lines.index("  Service Servers:") : lines.index("  Service Clients:")]
    assert "    /robot/talker/get_parameters: rcl_interfaces/srv/GetParameters" in servers
    assert lines[-2:] == ["  Action Clients:", ""]
    told = output_json("node", "info", "/robot/talker")
    assert told["processes"] == [talker.pid]
    assert {"name": "/robot/info", "types": ["sensor_msgs/msg/CameraInfo"]} in told["publishers"]
    assert told["action_servers"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("topic", "echo", "/nothing"), "there is no topic /nothing"),
        (("topic", "info", "/nothing"), "there is no topic /nothing"),
        (("topic", "hz", "/nothing"), "there is no topic /nothing"),
        (("node", "info", "/nothing"), "there is no node /nothing"),
        (("topic", "echo", "a b"), "invalid topic"),
        (("topic", "echo", "/robot/chatter", "std_msgs/Nothing"), "std_msgs/msg/Nothing is not"),
        (("topic", "echo", "/robot/chatter", "Nothing"), "'Nothing' is no type"),
        (("topic", "echo", "/robot/chatter", "std_srvs/srv/SetBool"), "is no message type"),
        (("topic", "echo", "/robot/chatter", "--field", "nothing"), "no 'nothing'"),
        (("topic", "echo", "/robot/chatter", "--csv", "--json"), "exclude each other"),
        (("topic", "echo", "/robot/chatter", "--qos-depth", "0"), "--qos-depth"),
        (("topic", "delay", "/robot/chatter"), "has no header"),
        (("topic", "pub", "/x", "std_msgs/String", "{data: [}"), "no YAML"),
        (("topic", "pub", "/x", "std_msgs/String", "{dat: 1}"), "no field 'dat'"),
        (("topic", "pub", "/x", "std_msgs/String", "-1", "-t", "2"), "exclude each other"),
        (("topic", "pub", "/x", "std_msgs/String", "--rate", "0"), "--rate"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(
    talker: Any, arguments: tuple[str, ...], told: str
) -> None:
    del talker
    assert told in failure(*arguments)


def test_whoever_reads_may_stop(busy_talker: Any) -> None:
    del busy_talker
    command = f"{PLIB} topic echo /chatter --no-lost-messages | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, **MEETING},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "141"
    assert done.stderr == ""


def test_nobody_commands_the_terminal_of_who_looks(talker: Any, start_program: Start) -> None:
    main, terminal = pty.openpty()
    with os.fdopen(main, "rb", buffering=0) as seen:
        command = f"exec {PLIB} topic echo /robot/chatter --field data > {os.ttyname(terminal)}"
        start_program(["bash", "-c", command], MEETING)
        done = run("topic", "pub", "--once", "/robot/chatter", "std_msgs/String")
        assert done.returncode == 0, done.stderr
        talker.send("\x1b]0;title\x07\x9b31mred")
        text = b""
        while b"red" not in text:
            text += seen.read(1000)
    os.close(terminal)
    assert b"\x1b" not in text
    assert rb"\x1b]0;title\x07\x9b31mred" in text


ACTION = """
import rclpy
from rclpy.action import ActionServer
from test_msgs.action import Fibonacci
rclpy.init()
node = rclpy.create_node("counter")
server = ActionServer(node, Fibonacci, "count", lambda goal: Fibonacci.Result())
feedback = node.create_publisher(
    Fibonacci.Impl.FeedbackMessage, "more/_action/feedback", 10)
print("ready", flush=True)
for _ in iter(input, ""):
    feedback.publish(Fibonacci.Impl.FeedbackMessage(feedback=Fibonacci.Feedback(sequence=[1, 2])))
"""


def test_actions_are_listed_and_their_feedback_is_heard(
    plibd: object, python: Start, start_program: Start
) -> None:
    del plibd
    node = python(ACTION, **MEETING)
    assert node.line() == "ready"
    lines = output("node", "info", "/counter").splitlines()
    servers = lines.index("  Action Servers:")
    assert lines[servers + 1] == "    /count: test_msgs/action/Fibonacci"
    assert not any("/_action" in line for line in lines)
    assert "/_action" not in output("topic", "list")
    assert "/count/_action/feedback" in output("topic", "list", "--include-hidden-topics")
    assert "/count/_action/send_goal" in output("service", "list", "--include-hidden-services")
    echo = start_program([PLIB, "topic", "echo", "/more/_action/feedback"], MEETING)
    with plib_py.Participant("here", domain_id=0) as here:
        waiting = here.create_publisher("/more/_action/feedback", plib_py.RawType(
            "test_msgs/action/Fibonacci_FeedbackMessage"))  # fmt: skip
        assert waiting.wait_matched(timeout=30)
    node.send("on")
    while (line := echo.line()) != "feedback:":
        assert line
    assert [echo.line() for _ in range(4)] == ["  sequence:", "  - 1", "  - 2", "---"]
    assert output("node", "list") == "/counter\n"
    assert output("node", "list", "--all").startswith("/_plib_")


def test_it_works_without_ros(talker: Any, python: Start) -> None:
    pytest.importorskip("rosbags")
    arguments = ["topic", "echo", "/robot/info", "--field", "header.frame_id"]
    code = f"import sys, without_ros; from plib_py.cli import main; sys.exit(main({arguments}))"
    echo = python(code, **MEETING, PYTHONPATH=str(Path(__file__).parents[1] / "programs"))
    done = run("topic", "pub", "--once", "/robot/info", "sensor_msgs/CameraInfo")
    assert done.returncode == 0, done.stderr
    assert [echo.line(), echo.line()] == ["", "---"]
    talker.send("größe: 5")
    assert [echo.line(), echo.line()] == ["größe: 5", "---"]


def test_types_come_from_files_too(plibd: object, tmp_path: Any, start_program: Start) -> None:
    pytest.importorskip("rosbags")
    del plibd
    folder = tmp_path / "robot_msgs" / "msg"
    folder.mkdir(parents=True)
    (folder / "Arm.msg").write_text("byte state\nfloat64[] joints\n")
    interfaces = ("--interfaces", str(tmp_path / "robot_msgs"))
    echo = start_program([PLIB, "topic", "echo", "/arm", "robot_msgs/Arm", *interfaces], MEETING)
    printed = output("topic", "pub", "--once", "/arm", "robot_msgs/Arm", "{state: 65, joints: [1]}",
                     *interfaces)  # fmt: skip
    assert "publishing #1: robot_msgs.msg.Arm(state=b'A', joints=[1.0])\n" in printed
    assert [echo.line() for _ in range(4)] == ["state: A", "joints:", "- 1.0", "---"]

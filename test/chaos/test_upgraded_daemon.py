"""plibd is replaced by another installed version while nodes are at work: nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from installations import install_other
from plib_command import output
from system import PATIENCE, wait_until

import plib_py
from plib_py import query

BLOB = plib_py.RawType("test_msgs/msg/Blob")
COUNT = 30000  # messages, many more than are under way when plibd is replaced
NEW = "99.1"

# Lossless, each with its number.
PUBLISHER = """
import sys, threading, rclpy
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Int64, String
rclpy.init()
node = rclpy.create_node("publisher")
qos = QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)
publisher = node.create_publisher(Int64, "numbers", qos)
number = 0
def tick():
    global number
    publisher.publish(Int64(data=number))
    number += 1
node.create_timer(0.001, tick)
def make():
    for line in sys.stdin:
        try:
            node.create_publisher(String, line.strip(), 10)
            print("made", flush=True)
        except Exception as error:
            print(error, flush=True)
threading.Thread(target=make, daemon=True).start()
print("up", flush=True)
rclpy.spin(node)
"""
SUBSCRIBER = """
import rclpy
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Int64
rclpy.init()
node = rclpy.create_node("subscriber")
qos = QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)
last = None
def take(message):
    global last
    if last is not None and message.data != last + 1:
        print("wrong", last, message.data, flush=True)
    last = message.data
    if last % 500 == 0:
        print(last, flush=True)
node.create_subscription(Int64, "numbers", take, qos)
print("up", flush=True)
rclpy.spin(node)
"""

# What sd_listen_fds(3) says.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """A service manager, which listens itself and starts what it is told to: systemd, in short."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(path)
        self._listening.listen(1024)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, program: str) -> None:
        descriptor = self._listening.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATE, str(descriptor), program, "--foreground"],
            pass_fds=[descriptor],
            stdout=subprocess.DEVNULL,
        )

    def terminate(self) -> None:
        """End what runs; the socket stays, and connections wait in it."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(PATIENCE) == 0
        self._process = None

    def close(self) -> None:
        if self._process is not None:
            self.terminate()
        self._listening.close()
        Path(self.path).unlink()


@pytest.fixture
def manager() -> Iterator[Manager]:
    """Return a service manager that runs the plibd under test."""
    with tempfile.TemporaryDirectory(prefix="plib-") as folder:
        manager = Manager(f"{folder}/plibd.sock")
        manager.start(f"{sys.prefix}/bin/plibd")
        yield manager
        manager.close()


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the plibd of another installed version."""
    return install_other(tmp_path_factory.mktemp("newer"), NEW)


@pytest.fixture(scope="module")
def incompatible(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the plibd of a version that speaks another protocol."""
    return install_other(tmp_path_factory.mktemp("incompatible"), NEW, protocol=1)


def done(node: Any) -> int:
    count = node.ask("count")
    assert count["wrong"] == 0, count
    return int(count["done"])


def version() -> str:
    found: str = query.status()["plibd"]["version"]
    return found


def members() -> set[int]:
    """Return the processes that plibd knows."""
    return {one["pid"] for one in query.status()["participants"]}


class Load:
    """A lossless flood, a steady stream, and a client that calls."""

    def __init__(self, farm: Any) -> None:
        self._farm = farm
        self.flooder = farm.start("flooder", environment={"PLIB_MAX_BLOCKING_TIME_MS": "30000"})
        self.collector = farm.start("collector")
        self.publisher = farm.start("publisher")
        self.subscriber = farm.start("subscriber")
        farm.start("server")
        self.client = farm.start("client")
        wait_until(lambda: self.flooder.ask("matched") == 1, "the two do not match")
        wait_until(lambda: done(self.client) > 0, "the client gets no answer")
        self.members = members()
        self.flooder.pipe.send(("flood", "a", COUNT))
        wait_until(lambda: done(self.collector) > 1000, "the flood stands")

    def check(self, newcomer: Any) -> None:
        """Check that all go on, lose nothing, and meet a node that came while plibd changed."""
        assert done(self.collector) < COUNT, "the flood was over before"
        assert newcomer.receive() == "up"
        wait_until(lambda: done(newcomer) > 0, "the new node hears nothing of the old ones")
        wait_until(lambda: self.publisher.ask("matched") == 2, "the old one does not see the new")
        assert self.flooder.receive() == COUNT
        wait_until(lambda: done(self.collector) == COUNT, "messages are missing")
        answered, heard = done(self.client), done(self.subscriber)
        wait_until(lambda: done(self.client) > answered, "the client gets no answers any more")
        wait_until(lambda: done(self.subscriber) > heard, "the subscriber stands")
        assert members() == self.members | {newcomer.pid}
        wait_until(lambda: len(newcomer.ask("nodes")) == 7, "the graph is not whole")


def test_taken_over(ros_plibd: Any, farm: Any, newer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`plibd --replace`, of another prefix: there is one to connect to at each moment."""
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    load = Load(farm)
    assert version() != NEW
    newcomer = farm.begin("subscriber")
    ros_plibd.replace(newer)
    load.check(newcomer)
    assert version() == NEW
    assert f", version {NEW}\n" in output("status")


def test_ended_and_started(
    ros_plibd: Any, farm: Any, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM, then another at the same socket; who joins in between waits."""
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    load = Load(farm)
    ros_plibd.forbid_restart()
    ros_plibd.terminate()
    newcomer = farm.begin("subscriber")
    ros_plibd.start(program=newer)
    load.check(newcomer)
    assert version() == NEW


def test_restarted_by_a_service_manager(
    manager: Manager,
    start_farm: Callable[[Any], Any],
    newer: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The manager's socket survives; who joins in between waits in it."""
    monkeypatch.setenv("PLIB_SOCKET", manager.path)
    farm = start_farm(manager)
    load = Load(farm)
    manager.terminate()
    newcomer = farm.begin("subscriber")
    # Nobody answers: the old ones must not stand still meanwhile, for the 5 s that a request has.
    before = done(load.subscriber)
    wait_until(lambda: done(load.subscriber) > before + 100, "they wait for plibd", 4.0)
    manager.start(newer)
    load.check(newcomer)
    assert version() == NEW


def test_a_version_that_speaks_another_protocol(
    ros_plibd: Any,
    incompatible: str,
    python: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is matched goes on, and each node says once why it hears of nobody else."""
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    nodes = [python(code, RMW_IMPLEMENTATION="rmw_plib") for code in (PUBLISHER, SUBSCRIBER)]
    publisher, subscriber = nodes
    for node in nodes:
        assert node.line() == "up"
    subscriber.line()  # they are matched
    ros_plibd.replace(incompatible)
    reason = f"plibd speaks protocol version {plib_py._native.lib.PLIB_PROTOCOL_VERSION + 1}"
    for node in nodes:
        told = node.logged("plib:", "hears of no other nodes")
        assert reason in told
        assert str(node.pid) in told
    first = int(subscriber.line())
    # They ask again and again, for seconds.
    for number in range(6):
        assert subscriber.line() == str(first + 500 * (number + 1))
    publisher.send("late")
    assert reason in publisher.line()
    for node in nodes:
        assert node.errors().count("plib:") == 1
    # The right one again: they need no restart.
    ros_plibd.replace(f"{sys.prefix}/bin/plibd")
    publisher.send("later")
    assert publisher.line() == "made"
    with plib_py.Participant("observer") as observer:
        while {"/publisher", "/subscriber"} - {entity.name for entity in observer.graph()}:
            assert observer.wait_for_graph_change(PATIENCE)
    subscriber.line()
    for node in nodes:
        node.process.send_signal(signal.SIGINT)
        node.wait()


def test_by_the_command(no_plibd: str, newer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with plib_py.Participant("node") as node:  # starts one on demand
        before = query.status()["plibd"]["pid"]
        monkeypatch.setenv("PLIBD", newer)
        told = output("daemon", "restart")
        after = query.status()["plibd"]
        assert told == f"plibd runs as process {after['pid']} instead of {before}, at {no_plibd}\n"
        assert after["version"] == NEW
        node.create_publisher("/blobs", BLOB)
        # What it logs is there to be read.
        assert Path(no_plibd).with_name("plibd.log").exists()
    output("daemon", "stop")
    assert not os.path.lexists(no_plibd)
    Path(no_plibd).with_name("plibd.log").unlink()

"""What the nodes of a `farm` do. Plain rclpy, as a user would write it; each role is a class whose
constructor makes publishers, subscriptions, services, clients and timers, and whose methods answer
the test's questions."""

from __future__ import annotations

import hashlib
import os
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import rclpy
import rclpy_roles
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import (
    ExternalShutdownException,
    MultiThreadedExecutor,
    SingleThreadedExecutor,
)
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.utilities import get_rmw_implementation_identifier
from role import Role, make_qos
from sensor_msgs.msg import Image
from std_msgs.msg import Int64, String
from test_msgs.srv import BasicTypes

LOSSLESS = QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)
QOS = make_qos({})


class Publisher(Role):
    """Publishes "PID NUMBER" at a steady rate."""

    def __init__(self, node: Node, topic: str = "load", period: float = 0.005, **_: Any) -> None:
        super().__init__(node)
        self._publisher = node.create_publisher(String, topic, QOS)
        self._message = String()
        node.create_timer(period, self._publish)

    def _publish(self) -> None:
        self._message.data = f"{os.getpid()} {self.counts['done']}"
        self._publisher.publish(self._message)
        self.counts["done"] += 1

    def matched(self) -> int:
        """Return the number of matched subscriptions."""
        return self._publisher.get_subscription_count()


class Subscriber(Role):
    """Takes what `Publisher` sends and checks that it comes in order, none twice."""

    def __init__(self, node: Node, topic: str = "load", **_: Any) -> None:
        super().__init__(node)
        self._last: dict[str, int] = {}
        self._subscription = node.create_subscription(String, topic, self._take, QOS)

    def _take(self, message: String) -> None:
        sender, number = message.data.split()
        if int(number) <= self._last.get(sender, -1):
            self.counts["wrong"] += 1
        self._last[sender] = int(number)
        self.counts["done"] += 1


class Server(Role):
    """Answers with the number that it was asked, plus one."""

    def __init__(self, node: Node, service: str = "plus_one", **_: Any) -> None:
        super().__init__(node)
        node.create_service(BasicTypes, service, self._answer)

    def _answer(
        self, request: BasicTypes.Request, response: BasicTypes.Response
    ) -> BasicTypes.Response:
        response.int64_value = request.int64_value + 1
        self.counts["done"] += 1
        return response


class Client(Role):
    """Calls the service again and again; a call that nobody answers is given up."""

    def __init__(self, node: Node, service: str = "plus_one", **_: Any) -> None:
        super().__init__(node)
        self._client = node.create_client(BasicTypes, service)
        self._number = 0
        self._pending: Any = None
        self._ticks = 0
        node.create_timer(0.005, self._tick, callback_group=ReentrantCallbackGroup())

    def _tick(self) -> None:
        self._ticks += 1
        if self._pending is not None and self._ticks < 100:
            return
        if self._pending is not None:  # the server died with the request
            self._client.remove_pending_request(self._pending)
        self._pending = None
        if not self._client.service_is_ready():
            return
        self._ticks = 0
        self._number += 1
        asked = self._number
        self._pending = self._client.call_async(BasicTypes.Request(int64_value=asked))
        self._pending.add_done_callback(lambda future: self._answered(asked, future))

    def _answered(self, asked: int, future: Any) -> None:
        self._pending = None
        if future.cancelled():
            return
        if future.result().int64_value != asked + 1:
            self.counts["wrong"] += 1
        self.counts["done"] += 1


class Latched(Role):
    """Publishes, or takes, messages that late joiners get as well."""

    def __init__(self, node: Node, side: str = "publisher", **_: Any) -> None:
        super().__init__(node)
        qos = make_qos({"depth": 3, "durability": "transient_local"})
        if side == "publisher":
            publisher = node.create_publisher(String, "latched", qos)
            for number in range(5):
                publisher.publish(String(data=str(number)))
        else:
            node.create_subscription(String, "latched", self._take, qos)
        self._heard: list[str] = []

    def _take(self, message: String) -> None:
        self._heard.append(message.data)
        self.counts["done"] += 1

    def heard(self) -> list[str]:
        """Return what was taken."""
        return list(self._heard)


class Idle(Role):
    """A node without topics of its own."""


class Maker(Role):
    """Makes an endpoint or a node when it is told to."""

    def make(self, kind: str, name: str) -> str:
        """Make one; return the error, or "" if there was none."""
        node = self.node
        makers: dict[str, Callable[[], Any]] = {
            "publisher": lambda: node.create_publisher(String, name, QOS),
            "subscription": lambda: node.create_subscription(String, name, lambda _: None, QOS),
            "service": lambda: node.create_service(BasicTypes, name, lambda _, answer: answer),
            "client": lambda: node.create_client(BasicTypes, name),
            "node": lambda: self.others.append(rclpy.create_node(name)),
        }
        try:
            makers[kind]()
        except Exception as error:  # rclpy wraps rmw errors in private classes
            return str(error)
        return ""


class Flooder(Role):
    """Publishes a number of messages, lossless, as fast as it goes."""

    def __init__(self, node: Node, topic: str = "flood", **_: Any) -> None:
        super().__init__(node)
        self._publisher = node.create_publisher(String, topic, LOSSLESS)

    def matched(self) -> int:
        """Return the number of matched subscriptions."""
        return self._publisher.get_subscription_count()

    def flood(self, sender: str, count: int) -> int:
        """Publish `count` messages "SENDER NUMBER"."""
        message = String()
        for number in range(count):
            message.data = f"{sender} {number}"
            self._publisher.publish(message)
        return count


class Collector(Role):
    """Counts lossless messages and notes any that is missing, twice or out of order."""

    def __init__(self, node: Node, topic: str = "flood", **_: Any) -> None:
        super().__init__(node)
        self._next: dict[str, int] = {}
        self._subscription = node.create_subscription(String, topic, self._take, LOSSLESS)

    def _take(self, message: String) -> None:
        sender, number = message.data.split()
        if int(number) != self._next.get(sender, 0):
            self.counts["wrong"] += 1
        self._next[sender] = int(number) + 1
        self.counts["done"] += 1


class Camera(Role):
    """Publishes images with a checksum in the header's frame id."""

    def __init__(self, node: Node, topic: str = "image", **_: Any) -> None:
        super().__init__(node)
        self._publisher = node.create_publisher(Image, topic, QOS)

    def matched(self) -> int:
        """Return the number of matched subscriptions."""
        return self._publisher.get_subscription_count()

    def send(self, size: int) -> str:
        """Publish one image of `size` random bytes; return the error, or "" if there was none."""
        data = os.urandom(size)
        image = Image(height=1, width=size, step=size, encoding="8UC1")
        image.header.frame_id = hashlib.sha256(data).hexdigest()
        image.data = data
        try:
            self._publisher.publish(image)
        except Exception as error:  # rclpy wraps rmw errors in private classes
            return str(error)
        self.counts["done"] += 1
        return ""


class Viewer(Role):
    """Takes images and checks their checksums."""

    def __init__(self, node: Node, topic: str = "image", **_: Any) -> None:
        super().__init__(node)
        self._subscription = node.create_subscription(Image, topic, self._take, QOS)

    def _take(self, image: Image) -> None:
        whole = hashlib.sha256(image.data).hexdigest() == image.header.frame_id
        self.counts["done" if whole else "wrong"] += 1


class Number(Role):
    """Offers or wants a topic with a given type and QoS, to see whether it is matched."""

    def __init__(
        self,
        node: Node,
        side: str = "publisher",
        topic: str = "topic",
        kind: str = "String",
        qos: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        super().__init__(node)
        message = {"String": String, "Int64": Int64}[kind]
        profile = make_qos(qos or {})
        if side == "publisher":
            self._endpoint = node.create_publisher(message, topic, profile)
        else:
            self._endpoint = node.create_subscription(message, topic, lambda _: None, profile)
        self._side = side

    def matched(self) -> int:
        """Return the number of matched endpoints at the other side."""
        if self._side == "publisher":
            return int(self._endpoint.get_subscription_count())
        return int(self._endpoint.handle.get_publisher_count())


ROLES: dict[str, type[Role]] = {
    "publisher": Publisher,
    "subscriber": Subscriber,
    "server": Server,
    "client": Client,
    "idle": Idle,
    "maker": Maker,
    "latched": Latched,
    "flooder": Flooder,
    "collector": Collector,
    "camera": Camera,
    "viewer": Viewer,
    "number": Number,
    **rclpy_roles.ROLES,
}

EXECUTORS = {
    "single": SingleThreadedExecutor,
    "multi": lambda: MultiThreadedExecutor(4),
    "events": EventsExecutor,
}


def answer_questions(role: Role, pipe: Connection, end: Callable[[], None]) -> None:
    """Answer the test until it closes the pipe; then end the node."""
    try:
        while True:
            question, *arguments = pipe.recv()
            try:
                pipe.send(getattr(role, question)(*arguments))
            except Exception:  # whatever it is, the test is to see it
                pipe.send({"error": traceback.format_exc()})
    except (EOFError, OSError):
        end()


def run(name: str, pipe: Connection, environment: dict[str, str], options: dict[str, Any]) -> None:
    """Be one node until the pipe is closed."""
    os.environ.update(environment)
    identifier = get_rmw_implementation_identifier()
    if identifier != os.environ["RMW_IMPLEMENTATION"]:
        pipe.send({"error": f"this runs on {identifier}"})
        return
    try:
        rclpy.init()
        node = rclpy.create_node(
            options.pop("node_name", f"{name}_{os.getpid()}"),
            namespace=options.pop("namespace", None),
        )
        executor = EXECUTORS[options.pop("executor", "single")]()
        role = ROLES[name](node, **options)
    except Exception:  # whatever it is, the test is to see it
        pipe.send({"error": traceback.format_exc()})
        return
    ended = threading.Event()

    # Not rclpy.shutdown(): in another thread it destroys the nodes under a running callback.
    def end() -> None:
        ended.set()
        executor.wake()

    threading.Thread(target=answer_questions, args=(role, pipe, end), daemon=True).start()
    for each in (node, *role.others):
        executor.add_node(each)
    try:
        pipe.send("up")
        # Not spin(): that of rclpy's EventsExecutor keeps other threads of Python from running.
        while rclpy.ok() and not ended.is_set():
            executor.spin_once(timeout_sec=1.0)
    except (ExternalShutdownException, KeyboardInterrupt):
        pass
    finally:
        executor.shutdown()
        for each in (node, *role.others):
            each.destroy_node()
        rclpy.try_shutdown()

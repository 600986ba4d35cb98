"""A ROS node in Python, for the benchmarks, on the RMW implementation of the environment."""

from __future__ import annotations

import argparse
import array
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import rclpy
from plibbench import driver
from rcl_interfaces import msg, srv  # type: ignore[import-untyped]
from rclpy.duration import Duration
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from rclpy.type_support import check_for_type_support
from rclpy.utilities import get_rmw_implementation_identifier
from sensor_msgs.msg import Image  # type: ignore[import-untyped]
from std_msgs.msg import String  # type: ignore[import-untyped]
from type_description_interfaces.srv import (  # type: ignore[import-untyped]
    GetTypeDescription,
)

_LAST_10 = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
_LOSSLESS = QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)
_WARM_UP, _MEASURED, _LAST = range(3)


class Message:
    """Messages of a type and a size, that carry a sequence number and a phase.

    Prepared once: what is measured is the middleware, not the making of messages.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.type: Any = Image if options.message == "image" else String
        self._padding = "Z" * max(0, options.size - 20)
        self._image = Image(height=1, width=options.size, step=options.size, encoding="8UC1")
        if self.type is Image:
            self._image.data = array.array("B", bytes(options.size))

    def make(self, sequence: int, phase: int) -> Any:
        """Return the message to publish."""
        text = f"{phase} {sequence:17d} "
        if self.type is String:
            return String(data=text + self._padding)
        self._image.header.frame_id = text
        return self._image

    def read(self, message: Any) -> tuple[int, int]:
        """Return the sequence number and the phase of one that was received."""
        text = message.data if self.type is String else message.header.frame_id
        phase, sequence = text.split(maxsplit=2)[:2]
        return int(sequence), int(phase)


class Session:
    """A node, and the executor that the options ask for."""

    def __init__(
        self, options: argparse.Namespace, name: str, arguments: list[str] | None = None
    ) -> None:
        identifier = get_rmw_implementation_identifier()
        if identifier != os.environ.get("RMW_IMPLEMENTATION"):
            raise RuntimeError(f"this runs on {identifier}")
        rclpy.init(args=arguments)
        self.limit: float = options.limit
        self.node: Node = rclpy.create_node(name)
        self._kind: str = options.executor
        self._executor: Executor | None = None
        self._done: Future[bool] = Future()

    def matched(self, publisher: Any, subscription: Any) -> None:
        """Wait until both have a peer."""
        driver.wait_until(
            lambda: (
                (not publisher or publisher.get_subscription_count() > 0)
                and (not subscription or subscription.get_publisher_count() > 0)
            ),
            "nobody was matched",
            self.limit,
        )

    def spin(self, start: Callable[[], None] | None = None) -> None:
        """Run callbacks until one of them calls `finish`."""
        executor = self._executor = self._make_executor()
        executor.add_node(self.node)
        if start:
            start()
        executor.spin_until_future_complete(self._done, self.limit)
        if not self._done.done():
            raise TimeoutError("no message came")

    def finish(self) -> None:
        """Let `spin` return."""
        self._done.set_result(True)

    def close(self) -> None:
        """Leave the graph."""
        if self._executor:
            self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()

    def _make_executor(self) -> Executor:
        if self._kind == "single":
            return SingleThreadedExecutor()
        try:
            from rclpy.experimental.events_executor import EventsExecutor

            return EventsExecutor()
        except Exception as error:  # rclpy wraps errors of the rmw layer in private classes
            raise driver.UnsupportedError(f"EventsExecutor: {error}") from error


def ping(options: argparse.Namespace) -> driver.Result:
    """Send a message, wait for the answer, send the next."""
    session = Session(options, "ping")
    messages = Message(options)
    times: list[int] = []
    sequence = wrong = sent = end = 0
    phase = _WARM_UP
    cpu = used = 0.0

    def send() -> None:
        nonlocal sent
        message = messages.make(sequence, phase)
        sent = driver.now()
        requests.publish(message)

    def answered(message: Any) -> None:
        nonlocal sequence, wrong, phase, end, cpu, used
        time_ = driver.now()
        wrong += messages.read(message) != (sequence, phase)
        if phase == _MEASURED:
            times.append(time_ - sent)
        elif phase == _LAST:
            session.finish()
            return
        if time_ >= end:
            phase += 1
            if phase == _MEASURED:
                cpu = driver.cpu_seconds()
                end = time_ + int(options.seconds * 1e9)
            else:
                used = driver.cpu_seconds() - cpu
        sequence += 1
        send()

    requests = session.node.create_publisher(messages.type, "there", _LAST_10)
    subscription = session.node.create_subscription(messages.type, "back", answered, _LAST_10)
    session.matched(requests, subscription)
    driver.pass_gate()
    end = driver.now() + int(options.warmup * 1e9)
    session.spin(send)
    session.close()
    return {**driver.percentiles(times), "cpu_s": used, "wrong": wrong, **driver.memory()}


def pong(options: argparse.Namespace) -> driver.Result:
    """Send back what comes."""
    session = Session(options, "pong")
    messages = Message(options)
    cpu = used = 0.0
    count = 0

    def answer(message: Any) -> None:
        nonlocal cpu, used, count
        _, phase = messages.read(message)
        if phase == _MEASURED:
            cpu = cpu or driver.cpu_seconds()
            count += 1
        answers.publish(message)
        if phase == _LAST:
            used = driver.cpu_seconds() - cpu
            session.finish()

    answers = session.node.create_publisher(messages.type, "back", _LAST_10)
    subscription = session.node.create_subscription(messages.type, "there", answer, _LAST_10)
    session.matched(answers, subscription)
    driver.say("matched")
    session.spin()
    answers.wait_for_all_acked(Duration(seconds=3))
    session.close()
    return {"count": count, "cpu_s": used, **driver.memory()}


def publisher(options: argparse.Namespace) -> driver.Result:
    """Flood a topic; nothing may be lost."""
    session = Session(options, "publisher")
    messages = Message(options)
    publisher = session.node.create_publisher(messages.type, "flood", _LOSSLESS)
    give_up = time.monotonic() + options.limit
    sequence = retries = 0

    def send(phase: int) -> None:
        nonlocal sequence, retries
        message = messages.make(sequence, phase)
        while True:
            try:
                publisher.publish(message)
                break
            except Exception:  # RCLError is private; the history was full for too long
                retries += 1
                if time.monotonic() > give_up:
                    raise
        sequence += 1

    def flood(phase: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            send(phase)
            if time.monotonic() >= end:
                return

    session.matched(publisher, None)
    driver.pass_gate()
    flood(_WARM_UP, options.warmup)
    publisher.wait_for_all_acked(Duration(seconds=10))
    unmeasured, cpu, start = sequence, driver.cpu_seconds(), driver.now()
    flood(_MEASURED, options.seconds)
    send(_LAST)
    published = (sequence - unmeasured) / ((driver.now() - start) * 1e-9)
    publisher.wait_for_all_acked(Duration(seconds=options.limit))
    used = driver.cpu_seconds() - cpu
    session.close()
    return {
        "count": sequence - unmeasured,
        "start_ns": start,
        "published_per_s": published,
        "retries": retries,
        "cpu_s": used,
        **driver.memory(),
    }


def subscriber(options: argparse.Namespace) -> driver.Result:
    """Count what comes."""
    session = Session(options, "subscriber")
    messages = Message(options)
    reception = driver.Reception()

    def count(message: Any) -> None:
        sequence, phase = messages.read(message)
        if phase != _WARM_UP:
            reception.add(sequence)
        if phase == _LAST:
            session.finish()

    subscription = session.node.create_subscription(messages.type, "flood", count, _LOSSLESS)
    session.matched(None, subscription)
    driver.say("matched")
    session.spin()
    result = reception.result()
    session.close()
    return result


def listener(options: argparse.Namespace) -> driver.Result:
    """Wait for one message."""
    session = Session(options, "listener")
    heard = 0

    def hear(_: Any) -> None:
        nonlocal heard
        heard = heard or driver.now()
        session.finish()

    session.node.create_subscription(String, "first", hear, _LAST_10)
    driver.say("ready")
    session.spin()
    session.close()
    return {"first_ns": heard}


def announcer(options: argparse.Namespace) -> driver.Result:
    """Publish as soon as somebody listens, until nobody does."""
    session = Session(options, "announcer")
    publisher = session.node.create_publisher(String, "first", _LAST_10)
    session.matched(publisher, None)
    give_up = time.monotonic() + options.limit
    while publisher.get_subscription_count() > 0:
        publisher.publish(String(data="first"))
        if time.monotonic() > give_up:
            raise TimeoutError("the listener stays")
        time.sleep(0.001)
    session.close()
    return {}


def idle(options: argparse.Namespace) -> driver.Result:
    """Be a node that has nothing to do, until it is ended."""
    # The writer of log files wakes up every five seconds, whichever the middleware.
    session = Session(options, "idle", ["--ros-args", "--disable-external-lib-logs"])
    driver.say("ready")
    rclpy.spin(session.node)
    return {}


def imported(_: argparse.Namespace) -> driver.Result:
    """Be a process that has loaded what a node in Python consists of, and has no context."""
    for type_ in (msg.ParameterEvent, srv.GetParameters, GetTypeDescription):
        check_for_type_support(type_)
    driver.say("ready")
    driver.wait_for_end()
    return {}


def member(options: argparse.Namespace) -> driver.Result:
    """Be one of many nodes that start at once, until all know all."""
    driver.pass_gate()
    session = Session(options, f"member_{os.getpid()}")
    driver.wait_until(
        lambda: len(session.node.get_node_names()) >= options.count,
        "not all nodes are known",
        options.limit,
    )
    met = driver.now()
    driver.say("met")
    driver.wait_for_end()
    session.close()
    return {"met_ns": met}


def _extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--message", choices=("string", "image"), default="string")
    parser.add_argument("--executor", choices=("single", "events"), default="single")


if __name__ == "__main__":
    sys.exit(
        driver.main(
            {
                role.__name__: role
                for role in (
                    ping,
                    pong,
                    publisher,
                    subscriber,
                    listener,
                    announcer,
                    idle,
                    imported,
                    member,
                )
            },
            _extend,
        )
    )

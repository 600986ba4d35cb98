"""One of the two processes of a measurement: ``python -m plib_py.bench.node ROLE SIZE SECONDS``.

A ROS node as one writes it, on the RMW implementation of the environment. Its last line on stdout
is its result, in JSON.
"""

from __future__ import annotations

import array
import json
import math
import resource
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from sensor_msgs.msg import Image  # type: ignore[import-untyped]
from std_msgs.msg import String  # type: ignore[import-untyped]

LIMIT = 60  # seconds, for whatever hangs
WARM_UP = 0.3  # seconds
LAST_10 = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
LOSSLESS = QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)
WARMING, MEASURED, LAST = range(3)
MARK = 64  # messages between two looks at the time
SMALL = 1024  # bytes; smaller ones are strings, larger ones images

Result = dict[str, Any]


class Messages:
    """Messages of a size that carry a number and the phase of the measurement.

    Prepared once: what is measured is the way of a message, not how it is made.
    """

    def __init__(self, size: int) -> None:
        self.type: Any = String if size < SMALL else Image
        self._padding = "z" * (size - 20)
        self._image = Image(height=1, width=size, step=size, encoding="8UC1")
        if self.type is Image:
            self._image.data = array.array("B", bytes(size))

    def make(self, number: int, phase: int) -> Any:
        """Return the message to publish."""
        text = f"{phase} {number:17d} "
        if self.type is String:
            return String(data=text + self._padding)
        self._image.header.frame_id = text
        return self._image

    def read(self, message: Any) -> tuple[int, int]:
        """Return number and phase of one that came."""
        text = message.data if self.type is String else message.header.frame_id
        phase, number = text.split(maxsplit=2)[:2]
        return int(number), int(phase)


class Node:
    """A node and its executor, for as long as the measurement takes."""

    def __init__(self, name: str, size: int) -> None:
        rclpy.init()
        self.node = rclpy.create_node(name)
        self.messages = Messages(size)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self._done: Future[bool] = Future()

    def publisher(self, topic: str, qos: QoSProfile) -> Any:
        """Make a publisher."""
        return self.node.create_publisher(self.messages.type, topic, qos)

    def subscribe(self, topic: str, callback: Callable[[Any], None], qos: QoSProfile) -> Any:
        """Make a subscription."""
        return self.node.create_subscription(self.messages.type, topic, callback, qos)

    def await_peers(self, *counts: Callable[[], int]) -> None:
        """Wait until each of the endpoints whose matches are given has one."""
        while not all(count() > 0 for count in counts):
            self._executor.spin_once(timeout_sec=0.01)

    def spin(self) -> None:
        """Run callbacks until one calls `finish`."""
        self._executor.spin_until_future_complete(self._done)

    def finish(self) -> None:
        """End `spin`."""
        self._done.set_result(True)

    def close(self) -> None:
        """Leave."""
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()


def cpu_seconds() -> float:
    """Return what CPU time this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def percentile(ordered: list[int], part: float) -> float:
    """Return a percentile, by nearest rank, of times in ns, in us."""
    return ordered[max(math.ceil(part * len(ordered)), 1) - 1] * 1e-3


def ping(size: int, seconds: float) -> Result:
    """Send a message, wait for the answer, send the next."""
    node = Node("ping", size)
    times: list[int] = []
    number = phase = sent = end = 0
    started = used = 0.0

    def send() -> None:
        nonlocal sent
        message = node.messages.make(number, phase)
        sent = time.monotonic_ns()
        there.publish(message)

    def answered(message: Any) -> None:
        nonlocal number, phase, end, started, used
        came = time.monotonic_ns()
        if node.messages.read(message) != (number, phase):
            raise RuntimeError("an answer that was not asked for")
        if phase == MEASURED:
            times.append(came - sent)
        elif phase == LAST:
            node.finish()
            return
        if came >= end:
            phase += 1
            end = came + int(seconds * 1e9)
            if phase == MEASURED:
                started = cpu_seconds()
            else:
                used = cpu_seconds() - started
        number += 1
        send()

    there = node.publisher("there", LAST_10)
    subscription = node.subscribe("back", answered, LAST_10)
    node.await_peers(there.get_subscription_count, subscription.get_publisher_count)
    end = time.monotonic_ns() + int(WARM_UP * 1e9)
    send()
    node.spin()
    node.close()
    times.sort()
    return {
        "count": len(times),
        "p50_us": percentile(times, 0.5),
        "p99_us": percentile(times, 0.99),
        "cpu_s": used,
    }


def pong(size: int, seconds: float) -> Result:
    """Send back what comes."""
    del seconds
    node = Node("pong", size)
    started: float | None = None
    used = 0.0

    def answer(message: Any) -> None:
        nonlocal started, used
        _, phase = node.messages.read(message)
        if phase == MEASURED and started is None:
            started = cpu_seconds()
        back.publish(message)
        if phase == LAST:
            used = cpu_seconds() - (started or 0.0)
            node.finish()

    back = node.publisher("back", LAST_10)
    node.subscribe("there", answer, LAST_10)
    node.spin()
    back.wait_for_all_acked(Duration(seconds=3))
    node.close()
    return {"cpu_s": used}


def publisher(size: int, seconds: float) -> Result:
    """Publish as fast as nothing is lost."""
    node = Node("publisher", size)
    flooded = node.publisher("flood", LOSSLESS)
    number = 0

    def send(phase: int) -> None:
        nonlocal number
        message = node.messages.make(number, phase)
        while True:
            try:
                flooded.publish(message)
                break
            except Exception:  # rclpy's errors are private: the history was full for too long
                continue  # until the alarm
        number += 1

    def flood(phase: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            send(phase)

    node.await_peers(flooded.get_subscription_count)
    flood(WARMING, WARM_UP)
    flooded.wait_for_all_acked(Duration(seconds=10))
    before, started = number, cpu_seconds()
    flood(MEASURED, seconds)
    send(LAST)
    flooded.wait_for_all_acked(Duration(seconds=LIMIT))
    used = cpu_seconds() - started
    node.close()
    return {"count": number - before, "cpu_s": used}


def subscriber(size: int, seconds: float) -> Result:
    """Count what comes."""
    del seconds
    node = Node("subscriber", size)
    marks: list[int] = []
    count = 0
    started = used = 0.0

    def take(message: Any) -> None:
        nonlocal count, started, used
        _, phase = node.messages.read(message)
        if phase == WARMING:
            return
        if count == 0:
            started = cpu_seconds()
        if count % MARK == 0:
            marks.append(time.monotonic_ns())
        count += 1
        if phase == LAST:
            used = cpu_seconds() - started
            node.finish()

    node.subscribe("flood", take, LOSSLESS)
    node.spin()
    node.close()
    # Not the last ones, whose repair takes DDS seconds when one of them was lost on the way.
    most = int(0.95 * (len(marks) - 1))
    if most < 1:
        raise RuntimeError(f"only {count} messages came: too few to tell a rate")
    return {
        "count": count,
        "rate": most * MARK / ((marks[most] - marks[0]) * 1e-9),
        "cpu_s": used,
    }


ROLES = {role.__name__: role for role in (ping, pong, publisher, subscriber)}


def main() -> None:
    """Be what the command line says."""
    role, size, seconds = sys.argv[1:]
    signal.alarm(LIMIT)
    print(json.dumps(ROLES[role](int(size), float(seconds))), flush=True)


if __name__ == "__main__":
    main()

"""``plib topic hz``, ``bw`` and ``delay``: statistics over a window, each second."""

from __future__ import annotations

import itertools
import json
import math
import time
from abc import ABC, abstractmethod
from collections import deque
from typing import Any

import click

from plib_py import _fields
from plib_py.cli import domain as domains
from plib_py.cli import terminal
from plib_py.cli.options import QosChoice
from plib_py.errors import MalformedMessage
from plib_py.subscription import Subscription
from plib_py.typesupport import RawType

_PERIOD = 1.0  # seconds
# A deep subscription has publishers keep as much: who measures is not to change what it measures.
_DEPTH = 10
_HEADER = "std_msgs/msg/Header"


class Meter(ABC):
    """Measures what comes.

    Attributes
    ----------
    new : int
        Messages since the last report.
    """

    def __init__(self) -> None:
        self.new = 0

    @abstractmethod
    def message_type(self, name: str) -> Any:
        """Return what to subscribe to."""

    @abstractmethod
    def take(self, subscription: Subscription[Any]) -> bool:
        """Take a message; False when there is none."""

    @abstractmethod
    def figures(self) -> dict[str, Any] | None:
        """Return the statistics of the window, None when there are too few messages."""

    @abstractmethod
    def text(self, figures: dict[str, Any]) -> str:
        """Return them for people."""


class _Raw(Meter):
    """Looks at messages where they are: neither copies nor deserialises them.

    What this command lost, because it was not quick enough, was published all the same: it counts
    as if it had come evenly since the message before, and been as large as the one after.
    """

    def message_type(self, name: str) -> Any:
        return RawType(name)

    def take(self, subscription: Subscription[Any]) -> bool:
        loaned = subscription.take_loaned()
        if loaned is None:
            return False
        with loaned as data:
            size = len(data)
        self.new += 1
        self.add(size, loaned.info.lost, time.monotonic())
        return True

    @abstractmethod
    def add(self, size: int, lost: int, now: float) -> None:
        """Count a message, and those that were lost before it."""


class Hz(_Raw):
    """How often messages come."""

    def __init__(self, window: int) -> None:
        super().__init__()
        self._intervals: deque[float] = deque(maxlen=window)
        self._last: float | None = None

    def add(self, size: int, lost: int, now: float) -> None:
        """Count a message, and those that were lost before it."""
        del size
        if self._last is not None:
            interval = (now - self._last) / (lost + 1)
            # A publisher may claim any number.
            count = min(lost + 1, self._intervals.maxlen or 1)
            self._intervals.extend(itertools.repeat(interval, count))
        self._last = now

    def figures(self) -> dict[str, Any] | None:
        """Return the statistics of the time between messages, in seconds."""
        if not self._intervals:
            return None
        told = _statistics(self._intervals)
        mean = told.pop("mean")
        return {"rate": 1 / mean if mean else 0.0, **told}

    def text(self, figures: dict[str, Any]) -> str:
        """Return them for people."""
        return f"average rate: {figures['rate']:.3f}\n\t{_spread(figures)}"


class Bandwidth(_Raw):
    """How many bytes come."""

    def __init__(self, window: int) -> None:
        super().__init__()
        # When, how large, and how many with those lost before.
        self._seen: deque[tuple[float, int, int]] = deque(maxlen=window)

    def add(self, size: int, lost: int, now: float) -> None:
        """Count a message, and those that were lost before it."""
        self._seen.append((now, size, lost + 1))

    def figures(self) -> dict[str, Any] | None:
        """Return the statistics of messages' sizes, in bytes."""
        if len(self._seen) < 2:
            return None
        sizes = [size for _, size, _ in self._seen]
        total = sum(size * count for _, size, count in self._seen)
        elapsed = time.monotonic() - self._seen[0][0]
        told = _statistics(sizes)
        del told["std_dev"]
        return {"bandwidth": total / elapsed, **told}

    def text(self, figures: dict[str, Any]) -> str:
        """Return them for people."""
        bytes_a_second = figures["bandwidth"]
        scale, unit = (
            (1.0, "B")
            if bytes_a_second < 1e3
            else (1e3, "KB")
            if bytes_a_second < 1e6
            else (1e6, "MB")
        )
        digits = 0 if unit == "B" else 2
        bandwidth, mean, low, high = (
            f"{figures[name] / scale:.{digits}f} {unit}"
            for name in ("bandwidth", "mean", "min", "max")
        )
        return (
            f"{bandwidth}/s from {figures['window']} messages\n"
            f"\tMessage size mean: {mean} min: {low} max: {high}"
        )


class Delay(Meter):
    """How old messages are, by the stamp of their header."""

    def __init__(self, window: int) -> None:
        super().__init__()
        self._delays: deque[float] = deque(maxlen=window)

    def message_type(self, name: str) -> Any:
        """Return the class; it has to have a header."""
        message_class = domains.type_class(name, "msg")
        fields = {each.name: each.base for each in _fields.of(message_class)}
        if fields.get("header") != _HEADER:
            raise click.ClickException(f"{name} has no header with a stamp")
        return message_class

    def take(self, subscription: Subscription[Any]) -> bool:
        """Take a message; False when there is none."""
        try:
            sample = subscription.take()
        except MalformedMessage as error:
            terminal.complain(f"passed over: {error}")
            return True
        if sample is None:
            return False
        stamp = sample.message.header.stamp
        age = sample.info.received_timestamp - (stamp.sec * 10**9 + stamp.nanosec)
        self._delays.append(age / 1e9)
        self.new += 1
        return True

    def figures(self) -> dict[str, Any] | None:
        """Return the statistics of messages' age, in seconds."""
        if not self._delays:
            return None
        told = _statistics(self._delays)
        return {"delay": told.pop("mean"), **told}

    def text(self, figures: dict[str, Any]) -> str:
        """Return them for people."""
        return f"average delay: {figures['delay']:.3f}\n\t{_spread(figures)}"


def run(
    domain: int | None,
    topic: str,
    type_name: str | None,
    meter: Meter,
    *,
    qos: QosChoice,
    count: int | None,
    as_json: bool,
) -> None:
    """Print what a meter finds, each second, ``count`` times or until interrupted."""
    name = type_name or domains.known_type(domain, topic)
    message_type = meter.message_type(name)
    with domains.tool(domain) as participant:
        full = domains.full_name(topic)
        wanted = qos.over(domains.matching_qos(domains.offered_qos(participant, full), _DEPTH))
        subscription = participant.create_subscription(full, message_type, wanted)
        domains.tell_unmatched(participant, subscription)
        reports = 0
        due = time.monotonic() + _PERIOD
        while count is None or reports < count:
            left = due - time.monotonic()
            if left <= 0:
                click.echo(_report(full, meter, subscription.lost, as_json))
                meter.new = 0
                reports += 1
                due = time.monotonic() + _PERIOD
            elif not meter.take(subscription):
                subscription.wait(left)


def _report(topic: str, meter: Meter, lost: int, as_json: bool) -> str:
    figures = meter.figures() if meter.new else None
    if as_json:
        told = {"topic": topic, "messages": meter.new, "lost": lost, **(figures or {"window": 0})}
        return json.dumps(told)
    if figures is None:
        return "no new messages"
    return meter.text(figures) + (f"\n\tlost: {lost}" if lost else "")


def _statistics(values: Any) -> dict[str, Any]:
    mean = sum(values) / len(values)
    return {
        "mean": mean,
        "min": min(values),
        "max": max(values),
        "std_dev": math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)),
        "window": len(values),
    }


def _spread(figures: dict[str, Any]) -> str:
    return (
        f"min: {figures['min']:.3f}s max: {figures['max']:.3f}s "
        f"std dev: {figures['std_dev']:.5f}s window: {figures['window']}"
    )

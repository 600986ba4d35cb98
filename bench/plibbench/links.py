"""The roles of plain Python drivers, for everything that can send bytes and wait for bytes."""

from __future__ import annotations

import argparse
import struct
import time
from collections.abc import Callable
from typing import Protocol

from plibbench import driver

_HEAD = struct.Struct("<QQ")  # sequence, phase
_WARM_UP, _MEASURED, _LAST = range(3)


class Link(Protocol):
    """One end of two one-way channels."""

    def send(self, data: bytes) -> None:
        """Send; block while nothing may be lost and the other side is slower."""

    def receive(self) -> bytes:
        """Return the next message; sleep until there is one."""

    def poll(self) -> bytes | None:
        """Return the next message, None when there is none now."""

    def is_matched(self) -> bool:
        """Return whether the other end is there for both channels."""

    def flush(self) -> None:
        """Wait until the other end has what was sent, if there is a way to know."""

    def close(self) -> None:
        """Leave."""


# Makes an end that sends on one channel ("" for none) and receives on the other.
Open = Callable[[str, str, bool, argparse.Namespace], Link]


def main(open_link: Open) -> int:
    """Be a driver for one kind of link."""

    def role(body: Callable[[Link, argparse.Namespace], driver.Result], sends: str, receives: str,
             lossless: bool) -> driver.Role:  # fmt: skip
        def run(options: argparse.Namespace) -> driver.Result:
            link = open_link(sends, receives, lossless, options)
            if options.waits == "spinning":
                link = _Spinning(link)
            try:
                driver.wait_until(link.is_matched, "nobody was matched", options.limit)
                return body(link, options)
            finally:
                link.close()

        return run

    return driver.main(
        {
            "ping": role(_ping, "there", "back", False),
            "pong": role(_pong, "back", "there", False),
            "publisher": role(_publisher, "flood", "", True),
            "subscriber": role(_subscriber, "", "flood", True),
        },
        _add_waits,
    )


def _add_waits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--waits", choices=["sleeping", "spinning"], default="sleeping")


class _Spinning:
    """A link that never sleeps for a message."""

    def __init__(self, link: Link) -> None:
        self.send, self.poll = link.send, link.poll
        self.is_matched, self.flush, self.close = link.is_matched, link.flush, link.close

    def receive(self) -> bytes:
        """Return the next message; look until there is one."""
        poll = self.poll
        while (message := poll()) is None:
            pass
        return message


def _payload(sequence: int, phase: int, size: int) -> bytes:
    return _HEAD.pack(sequence, phase).ljust(size, b"\x5a")


def _ping(link: Link, options: argparse.Namespace) -> driver.Result:
    times: list[int] = []
    sequence = wrong = 0

    def exchange(phase: int) -> int:
        nonlocal sequence, wrong
        message = _payload(sequence, phase, options.size)
        start = driver.now()
        link.send(message)
        answer = link.receive()
        end = driver.now()
        wrong += answer != message
        sequence += 1
        times.append(end - start)
        return end

    driver.pass_gate()
    end = driver.now() + int(options.warmup * 1e9)
    while exchange(_WARM_UP) < end:
        pass
    times.clear()
    cpu = driver.cpu_seconds()
    end = driver.now() + int(options.seconds * 1e9)
    while exchange(_MEASURED) < end:
        pass
    cpu = driver.cpu_seconds() - cpu
    result = driver.percentiles(times)
    exchange(_LAST)
    return {**result, "cpu_s": cpu, "wrong": wrong, **driver.memory()}


def _pong(link: Link, _: argparse.Namespace) -> driver.Result:
    driver.say("matched")
    phase = _WARM_UP
    cpu, count = 0.0, 0
    while phase != _LAST:
        message = link.receive()
        _, phase = _HEAD.unpack_from(message)
        if phase == _MEASURED:
            if not count:
                cpu = driver.cpu_seconds()
            count += 1
        link.send(message)
    link.flush()
    return {"count": count, "cpu_s": driver.cpu_seconds() - cpu, **driver.memory()}


def _publisher(link: Link, options: argparse.Namespace) -> driver.Result:
    sequence = 0

    def flood(phase: int, seconds: float) -> None:
        nonlocal sequence
        end = time.monotonic() + seconds
        while True:
            link.send(_payload(sequence, phase, options.size))
            sequence += 1
            if time.monotonic() >= end:
                return

    driver.pass_gate()
    flood(_WARM_UP, options.warmup)
    link.flush()
    unmeasured, cpu, start = sequence, driver.cpu_seconds(), driver.now()
    flood(_MEASURED, options.seconds)
    link.send(_payload(sequence, _LAST, options.size))
    sequence += 1
    published = (sequence - unmeasured) / ((driver.now() - start) * 1e-9)
    link.flush()
    return {
        "count": sequence - unmeasured,
        "start_ns": start,
        "published_per_s": published,
        "retries": 0,
        "cpu_s": driver.cpu_seconds() - cpu,
        **driver.memory(),
    }


def _subscriber(link: Link, _: argparse.Namespace) -> driver.Result:
    driver.say("matched")
    reception = driver.Reception()
    phase = _WARM_UP
    while phase != _LAST:
        sequence, phase = _HEAD.unpack_from(link.receive())
        if phase != _WARM_UP:
            reception.add(sequence)
    return reception.result()

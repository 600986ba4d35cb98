"""An honest participant: publishes or takes numbered messages when told, and checks them.

victim.py publisher|subscriber TOPIC [keep_all]
"""

from __future__ import annotations

import os
import sys
import time

from attacker import hear, say

import plib_py
from plib_py import query
from plib_py._native import ffi, lib

NUMBERS = plib_py.RawType("attack_msgs/msg/Numbers")
SIZE = 256


def payload(number: int, size: int = SIZE) -> bytes:
    """Return a message that shows whether it is whole."""
    return number.to_bytes(8, "little") * (size // 8)


def number_of(data: bytes) -> int | None:
    """Return the number of a whole message, else None."""
    number = int.from_bytes(data[:8], "little")
    return number if data == payload(number) else None


def publish(publisher: plib_py.Publisher, count: int, first: int, size: int) -> str:
    """Publish; return how many found no room in time, the longest call in ms, and how it ended.

    It ends early when there is no memory.
    """
    late = 0
    longest = 0.0
    end = "done"
    for number in range(first, first + count):
        start = time.monotonic()
        try:
            publisher.publish(payload(number, size))
        except plib_py.Timeout:
            late += 1
        except (plib_py.MessageTooLarge, plib_py.QuotaExceeded) as error:
            end = type(error).__name__
            break
        longest = max(longest, time.monotonic() - start)
    return f"{late} {longest * 1000:.0f} {end}"


def take(subscription: plib_py.Subscription) -> str:
    """Take all that is there; return how many were whole, torn, and out of order."""
    whole = torn = disordered = 0
    last = -1
    while (sample := subscription.take()) is not None:
        number = number_of(bytes(sample.message))
        if number is None:
            torn += 1
            continue
        whole += 1
        disordered += number <= last
        last = number
    return f"{whole} {torn} {disordered}"


def watch(subscription: plib_py.Subscription, seconds: float, until: str = "") -> str:
    """Take for a while, with loans whose bytes are looked at twice; return what of it changed.

    ``until`` "changed": no longer than until one does.
    """
    end = time.monotonic() + seconds
    taken = changed = 0
    while time.monotonic() < end and not (changed and until):
        try:
            sample = subscription.take_loaned()
        except plib_py.Error:
            continue
        if sample is None:
            continue
        with sample as data:
            first = bytes(data)
            for _ in range(50):
                changed += bytes(data) != first
            taken += 1
    return "whole" if changed == 0 and taken > 0 else f"{changed} of {taken} changed"


def sleep(subscription: plib_py.Subscription, seconds: float) -> str:
    """Sleep once, in one system call, until there is a sample; return how that ended."""
    items = ffi.new("struct plib_wait_item[1]")
    items[0].kind = lib.PLIB_WAIT_READER
    items[0].object = subscription._handle.pointer()
    participant = subscription._place.participant
    end = lib.plib_now() + int(seconds * 1e9)
    lib.plib_wait(participant, items, 1, end)
    return "woken" if lib.plib_now() < end else "overslept"


def memory() -> int:
    """Return the bytes that plibd says this process has."""
    own = [one for one in query.status()["participants"] if one["pid"] == os.getpid()]
    return int(own[0]["memory"])


def main() -> None:
    """Do what the lines on stdin say."""
    role, topic, *rest = sys.argv[1:]
    history = plib_py.History.KEEP_ALL if rest == ["keep_all"] else plib_py.History.KEEP_LAST
    qos = plib_py.QoS(history=history, depth=100)
    with plib_py.Participant("victim") as participant:
        if role == "publisher":
            publisher = participant.create_publisher(topic, NUMBERS, qos)
        else:
            subscription = participant.create_subscription(topic, NUMBERS, qos)
        end = publisher if role == "publisher" else subscription
        say("ready", end.gid[:12].hex() if role == "publisher" else "")
        first = 1
        while line := hear():
            command, *arguments = line.split()
            if command == "matched":
                say(end.wait_matched(int(arguments[0]), timeout=30))
            elif command == "publish":
                count = int(arguments[0])
                size = int(arguments[1]) if arguments[1:] else SIZE
                say(publish(publisher, count, first, size))
                first += count
            elif command == "take":
                say(take(subscription))
            elif command == "sleep":
                say(sleep(subscription, float(arguments[0])))
            elif command == "memory":
                say(memory())
            elif command == "settle":
                # plibd answers when it is done with what this process sent before.
                participant.create_subscription("settled", NUMBERS).close()
                say("settled")
            elif command == "watch":
                say(watch(subscription, float(arguments[0]), *arguments[1:]))


if __name__ == "__main__":
    main()

"""Publishes a few messages and hears another's: ``meet.py rclpy|plain ME OTHER``.

Says which process and user it takes itself for, then what it heard, and stays until it is told to
end or, a plain one, to do so again.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

COUNT = 3
LARGE = 1 << 20  # bytes

_SHARED = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) .*/memfd:plib", re.MULTILINE)


def say(*words: object) -> None:
    """Print a line at once."""
    print(*words, flush=True)


def is_shared(data: memoryview) -> bool:
    """Return whether bytes lie in plib's shared memory, not in a copy."""
    import numpy  # only here: not everybody who talks has it

    start = numpy.frombuffer(data, numpy.uint8).__array_interface__["data"][0]
    maps = Path("/proc/self/maps").read_text()
    return any(int(a, 16) <= start < int(b, 16) for a, b in _SHARED.findall(maps))


def plain(me: str, other: str) -> None:
    """With plib_py: messages of 1 MiB, written and read in shared memory."""
    import plib_py

    blob = plib_py.RawType("test_msgs/msg/Blob")
    with plib_py.Participant(me) as participant:
        # All of them are kept for the other, who may be slow to begin.
        qos = plib_py.QoS(depth=COUNT)
        publisher = participant.create_publisher(f"/{me}", blob, qos)
        subscription = participant.create_subscription(f"/{other}", blob, qos)
        while True:
            say("heard", *exchange(publisher, subscription))
            if sys.stdin.readline().strip() != "again":
                return


def exchange(publisher: Any, subscription: Any) -> list[object]:
    """Publish, and take what the other one does; return that, and where it lay."""
    publisher.wait_matched()
    subscription.wait_matched()
    for number in range(COUNT):
        with publisher.loan(LARGE) as buffer:
            buffer[:] = bytes([number]) * LARGE
    heard = []
    places = set()
    while len(heard) < COUNT:
        subscription.wait()
        sample = subscription.take_loaned()
        if sample is None:
            continue
        with sample as data:
            whole = data == bytes([data[0]]) * LARGE
            heard.append(data[0] if whole else -1)
            places.add("shared" if is_shared(data) else "copied")
    return [*heard, *sorted(places)]


def rclpy_node(me: str, other: str) -> None:
    """With rclpy: texts, and one of 1 MiB."""
    import rclpy
    from rclpy.utilities import get_rmw_implementation_identifier
    from std_msgs.msg import String

    rclpy.init()
    assert get_rmw_implementation_identifier() == "rmw_plib"
    node = rclpy.create_node(me)
    heard: list[int] = []
    publisher = node.create_publisher(String, f"/{me}", COUNT)
    node.create_subscription(
        String, f"/{other}", lambda message: heard.append(len(message.data)), COUNT
    )
    while not publisher.get_subscription_count() or not node.count_publishers(f"/{other}"):
        rclpy.spin_once(node, timeout_sec=0.01)
    for text in ("hello", me, "x" * LARGE):
        publisher.publish(String(data=text))
    while len(heard) < COUNT:
        rclpy.spin_once(node)
    say("heard", *heard)
    sys.stdin.readline()


def main() -> None:
    """Do what the command line says."""
    kind, me, other = sys.argv[1:]
    say("process", os.getpid(), "user", os.geteuid())
    {"plain": plain, "rclpy": rclpy_node}[kind](me, other)


if __name__ == "__main__":
    main()

"""Many processes around one: crowd.py writers|readers COUNT ROUNDS. Prints what it saw as JSON.

writers: COUNT processes publish one after the other, each when the one reader has taken the last
one's sample. readers: one process publishes, each time when all COUNT readers have taken. Whoever
misses a wake-up sleeps for good, and the others with it: the time limit tells.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import plib_py

BLOB = plib_py.RawType("test_msgs/msg/Blob")
QOS = plib_py.QoS(history=plib_py.History.KEEP_ALL)
PATIENCE = 60.0  # seconds


def tasks() -> list[Path]:
    """Return the threads of this process."""
    return list(Path("/proc/self/task").iterdir())


def switches() -> int:
    """Return how often the threads of this process gave up the CPU so far."""
    total = 0
    for task in tasks():
        lines = (task / "status").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return total


class Child:
    """A forked process and the pipes to and from it."""

    def __init__(self, run: Callable[[int, int], None]) -> None:
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.commands)
            os.close(self.answers)
            try:
                run(commands, answers)
            except BaseException as error:
                print(f"child: {error!r}", file=sys.stderr)
                os._exit(1)
            os._exit(0)
        os.close(commands)
        os.close(answers)

    def tell(self, command: bytes = b".") -> None:
        os.write(self.commands, command)

    def hear(self) -> None:
        if os.read(self.answers, 1) != b".":
            raise RuntimeError("a child ended")

    def end(self) -> None:
        _, status = os.waitpid(self.pid, 0)
        if status != 0:
            raise RuntimeError(f"a child ended with {status}")


def writer(commands: int, answers: int) -> None:
    with plib_py.Participant(None) as participant:
        publisher = participant.create_publisher("/crowd", BLOB, QOS)
        assert publisher.wait_matched(timeout=PATIENCE)
        os.write(answers, b".")
        while os.read(commands, 1) == b".":
            publisher.publish(os.getpid().to_bytes(4, "little"))


def reader(commands: int, answers: int) -> None:
    del commands
    with plib_py.Participant(None) as participant:
        subscription = participant.create_subscription("/crowd", BLOB, QOS)
        os.write(answers, b".")
        for sample in subscription:
            if not sample.message:
                break


def writers(count: int, rounds: int) -> dict[str, int]:
    children = [Child(writer) for _ in range(count)]
    with plib_py.Participant(None) as participant:
        subscription = participant.create_subscription("/crowd", BLOB, QOS)
        for child in children:
            child.hear()
        assert subscription.wait_matched(count, PATIENCE)
        threads = 0
        for _ in range(rounds):
            for child in children:
                child.tell()
                assert subscription.wait(PATIENCE), "a wake-up was lost"
                sample = subscription.take()
                assert sample is not None
                assert int.from_bytes(sample.message, "little") == child.pid
                threads = max(threads, len(tasks()))
        before = switches()
        assert not subscription.wait(1.0)
        idle = switches() - before
        for child in children:
            child.tell(b"\n")
            child.end()
    return {"idle_switches": idle, "threads": threads, "left": len(tasks())}


def readers(count: int, rounds: int) -> dict[str, int]:
    children = [Child(reader) for _ in range(count)]
    with plib_py.Participant(None) as participant:
        publisher = participant.create_publisher("/crowd", BLOB, QOS)
        for child in children:
            child.hear()
        assert publisher.wait_matched(count, PATIENCE)
        for number in range(rounds):
            publisher.publish(b"%d" % number)
            assert publisher.wait_acked(PATIENCE), "a wake-up was lost"
        publisher.publish(b"")
        for child in children:
            child.end()
    return {"rounds": rounds}


if __name__ == "__main__":
    what, count, rounds = sys.argv[1:]
    print(json.dumps({"writers": writers, "readers": readers}[what](int(count), int(rounds))))

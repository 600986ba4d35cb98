"""One round of the demo: all nodes over one middleware, one of them killed on the way."""

import os
import queue
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plib_py import system
from plib_py.demo.process import DemoError, Process
from plib_py.demo.shm import SharedMemoryFiles

NODES = ("viewer", "switch", "talker", "camera", "remote")
_START_SECONDS = 60.0
_KILL_AFTER = 6.0
# For what is still on its way when the senders end.
_DRAIN_SECONDS = 0.5


@dataclass
class StreamResult:
    """What became of one stream; times in us."""

    sent: int
    received: int
    latencies: list[float]

    @property
    def lost(self) -> int:
        """Messages that never arrived."""
        return self.sent - self.received


@dataclass
class Outcome:
    """What one round showed.

    Attributes
    ----------
    streams : dict
        A result for each of "image", "text" and "call".
    back_after : float
        From the camera's SIGKILL to the first image of its successor, in s.
    cpu : dict
        CPU time of each process while it was ready, in s.
    left_behind : int
        Files in /dev/shm that were left when all had ended.
    """

    streams: dict[str, StreamResult]
    back_after: float
    cpu: dict[str, float] = field(default_factory=dict)
    left_behind: int = 0


class Round:
    """All processes over one middleware; a context manager that ends them all.

    Parameters
    ----------
    rmw : str
        The RMW implementation.
    seconds : float
        How long to measure.
    say : callable
        Shows what happens: (text).
    tick : callable
        Shows how far it is: (seconds measured).
    """

    def __init__(
        self, rmw: str, seconds: float, say: Callable[[str], None], tick: Callable[[float], None]
    ) -> None:
        self._rmw = rmw
        self._seconds = seconds
        self._say = say
        self._tick = tick
        self._processes: list[Process] = []
        self._events: queue.Queue[tuple[Process, dict[str, Any] | None]] = queue.Queue()
        self._ending: set[Process] = set()
        self._firsts: dict[tuple[str, int], float] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="plib-demo-")
        self._environment = {
            **os.environ,
            "RMW_IMPLEMENTATION": rmw,
            # Neither the user's daemon nor the user's nodes are to notice.
            "PLIB_SOCKET": f"{self._folder.name}/plibd.sock",
            "ROS_DOMAIN_ID": str(1 + os.getpid() % 100),
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
            "ROS_LOG_DIR": self._folder.name,
            "PYTHONSAFEPATH": "1",
        }

    def __enter__(self) -> "Round":
        return self

    def __exit__(self, *_: object) -> None:
        # Who talks to plibd first, then plibd.
        for process in reversed(self._processes):
            self._end(process)
        self._folder.cleanup()

    def run(self) -> Outcome:
        """Run it all and return what it showed.

        Raises
        ------
        DemoError
            A process failed, or nothing arrived within 60 s.
        """
        files = SharedMemoryFiles()
        if self._rmw == "rmw_plib":
            self._start_daemon()
        nodes = {name: self._start(name) for name in NODES}
        killed = nodes["camera"]
        self._await(("image", 1), ("text", 1), ("call", 1))
        self._say("all nodes hear each other")

        start = time.monotonic()
        self._measure(start, min(_KILL_AFTER, self._seconds / 2))
        died = time.monotonic()
        self._end(killed, signal.SIGKILL)
        self._say("killed the camera (SIGKILL), starting another one")
        nodes["camera"] = self._start("camera")
        self._await(("image", 2))
        back_after = self._firsts["image", 2] - died
        self._say(f"the viewer sees images again, {back_after:.1f} s after the kill")
        self._measure(start, self._seconds)

        for name in ("camera", "talker", "remote"):
            self._end(nodes[name])
        time.sleep(_DRAIN_SECONDS)
        for process in reversed(self._processes):
            self._end(process)
        outcome = self._outcome(nodes, killed, back_after)
        outcome.left_behind = files.remove_new()
        return outcome

    def _start_daemon(self) -> None:
        program = system.find_program("plibd")
        if program is None:
            raise DemoError("plibd is not installed")
        # It would be started on demand; by hand, its CPU time can be told. It ends by itself, too,
        # should the demo be killed.
        command = [program, "--foreground", "--idle-exit", "30"]
        self._add("plibd", [*command, "--socket", self._environment["PLIB_SOCKET"]])
        self._next_event("plibd is not ready", time.monotonic() + _START_SECONDS)

    def _start(self, name: str) -> Process:
        return self._add(name, [sys.executable, "-m", f"plib_py.demo.{name}"])

    def _add(self, name: str, command: list[str]) -> Process:
        process = Process(name, command, self._environment, Path(self._folder.name), self._events)
        self._processes.append(process)
        return process

    def _end(self, process: Process, number: int = signal.SIGTERM) -> None:
        self._ending.add(process)
        process.end(number)

    def _await(self, *firsts: tuple[str, int]) -> None:
        """Wait until the first message of these (stream, life) has arrived."""
        end = time.monotonic() + _START_SECONDS
        while missing := [first for first in firsts if first not in self._firsts]:
            names = ", ".join(stream for stream, _ in missing)
            self._next_event(f"nothing arrived of {names}", end)

    def _measure(self, start: float, seconds: float) -> None:
        """Go on until so many seconds after the start."""
        while (passed := time.monotonic() - start) < seconds:
            self._tick(passed)
            self._next_event("", min(time.monotonic() + 0.2, start + seconds))

    def _next_event(self, failure: str, end: float) -> None:
        """Handle one event; when there is none by ``end``, fail with the text if there is one."""
        try:
            process, what = self._events.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            if failure:
                raise DemoError(f"{failure} within {_START_SECONDS:.0f} s") from None
            return
        if what is None and process not in self._ending:
            raise DemoError(f"{process.name} ended early: {process.errors()}")
        if what is not None and "first" in what:
            self._firsts[what["first"], what["life"]] = time.monotonic()

    def _outcome(self, nodes: dict[str, Process], killed: Process, back_after: float) -> Outcome:
        results = {}
        for name, process in nodes.items():
            if "result" not in process.told:
                raise DemoError(f"{name} told no result: {process.errors()}")
            results[name] = process.told["result"]
        remote = results["remote"]
        streams = {
            "image": _stream(
                killed.told["sent"] + results["camera"]["sent"], results["viewer"]["image"]
            ),
            "text": _stream(results["talker"]["sent"], results["viewer"]["text"]),
            "call": StreamResult(remote["sent"], len(remote["round_trips"]), remote["round_trips"]),
        }
        outcome = Outcome(streams, back_after)
        for process in self._processes:
            outcome.cpu[process.name] = outcome.cpu.get(process.name, 0.0) + process.cpu
        return outcome


def _stream(sent: int, lives: list[dict[str, Any]]) -> StreamResult:
    return StreamResult(
        sent,
        sum(life["received"] for life in lives),
        [latency for life in lives for latency in life["latencies"]],
    )

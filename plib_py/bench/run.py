"""Measuring: pairs of processes, over one middleware after the other, again and again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from plib_py import system
from plib_py.bench.machine import Watch
from plib_py.demo.shm import SharedMemoryFiles

PLIB = "rmw_plib"
FAST_DDS = "rmw_fastrtps_cpp"
NAMES = {PLIB: "plib", FAST_DDS: "Fast DDS"}
_PATIENCE = 70.0  # seconds; nodes give up before
_PROBE = """
from rclpy.utilities import get_rmw_implementation_identifier
from sensor_msgs.msg import Image
from std_msgs.msg import String
print(get_rmw_implementation_identifier())
"""
_CURES = {
    PLIB: "plib doctor tells more",
    FAST_DDS: "install the ROS package rmw_fastrtps_cpp",
}


class BenchError(Exception):
    """A measurement gave no result."""


class MissingError(BenchError):
    """What is to be measured is not installed."""


@dataclass(frozen=True)
class Item:
    """Something to measure.

    Attributes
    ----------
    name : str
        For people.
    first, second : str
        The roles of its processes; the first one begins.
    size : int
        Bytes of the messages.
    """

    name: str
    first: str
    second: str
    size: int


ITEMS = (
    Item("round trip 64 B", "ping", "pong", 64),
    Item("round trip 64 KiB", "ping", "pong", 64 << 10),
    Item("round trip 1 MiB", "ping", "pong", 1 << 20),
    Item("flood 64 B", "publisher", "subscriber", 64),
)


@dataclass(frozen=True)
class Run:
    """What came of one measurement.

    Attributes
    ----------
    item, rmw : str
        What was measured, over which middleware.
    figures : dict
        p50_us, p99_us or rate; cpu_us of both processes a message or round trip.
    others : float
        CPUs that others used meanwhile.
    programs : dict
        Those that used them, as far as they ran to its end.
    """

    item: str
    rmw: str
    figures: dict[str, float]
    others: float
    programs: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def require() -> None:
    """Check that both middlewares and the message types are there, as nodes load them.

    Raises
    ------
    MissingError
        One is not; the text tells which, and how to get it.
    """
    for rmw in NAMES:
        # On Ctrl-C it is killed.
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE],
            env={**os.environ, "RMW_IMPLEMENTATION": rmw, "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        loaded = probe.stdout.strip()
        if probe.returncode == 0 and loaded == rmw:
            continue
        reason = _last_line(probe.stderr) if probe.returncode else f"ROS loads {loaded} instead"
        missing = "No module named" in reason
        cure = "source ROS's setup.bash, or install rclpy" if missing else _CURES[rmw]
        raise MissingError(f"{rmw} cannot be measured: {reason} ({cure})")


def measure(
    seconds: float, rounds: int, say: Callable[[str], None], items: Sequence[Item] = ITEMS
) -> Iterator[Run]:
    """Measure each item over each middleware in turn, in ``rounds``.

    Parameters
    ----------
    seconds
        Of each measurement.
    rounds
        How often.
    say
        Called with what is measured next.
    items
        What to measure.

    Raises
    ------
    BenchError
        A process failed.
    """
    for number in range(rounds):
        for item in items:
            # Who comes first takes turns as well.
            for rmw in sorted(NAMES, reverse=number % 2 == 0):
                say(f"{item.name}: {NAMES[rmw]}, {number + 1} of {rounds}")
                yield _run(item, rmw, seconds)


def _run(item: Item, rmw: str, seconds: float) -> Run:
    watch = Watch()
    files = SharedMemoryFiles()
    with _Place(rmw) as place:
        second = place.start(item.second, item.size, seconds)
        first = place.start(item.first, item.size, seconds)
        results = [place.result(item.first, first), place.result(item.second, second)]
    files.remove_new()
    figures: dict[str, float] = {
        name: results[0][name] for name in ("p50_us", "p99_us") if name in results[0]
    }
    if "rate" in results[1]:
        figures["rate"] = results[1]["rate"]
        if results[0]["count"] != results[1]["count"]:
            lost = results[0]["count"] - results[1]["count"]
            raise BenchError(f"{item.name} over {NAMES[rmw]}: {lost} messages were lost")
    figures["cpu_us"] = sum(one["cpu_s"] for one in results) / results[0]["count"] * 1e6
    return Run(item.name, rmw, figures, watch.others(), watch.named())


class _Place:
    """Processes of one measurement, with a plibd and a domain of their own; none stays behind."""

    def __init__(self, rmw: str) -> None:
        self._stack = contextlib.ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="plib-")))
        self._environment = {
            **os.environ,
            "RMW_IMPLEMENTATION": rmw,
            # Neither the user's daemon nor the user's nodes are to notice.
            "PLIB_SOCKET": f"{self._folder}/plibd.sock",
            "ROS_DOMAIN_ID": str(1 + os.getpid() % 100),
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
            "ROS_LOG_DIR": str(self._folder),
            "PYTHONSAFEPATH": "1",
        }
        self._rmw = rmw

    def __enter__(self) -> _Place:
        try:
            if self._rmw == PLIB:
                self._start_daemon()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, role: str, size: int, seconds: float) -> subprocess.Popen[str]:
        """Start a node."""
        command = [sys.executable, "-m", "plib_py.bench.node", role, str(size), str(seconds)]
        return self._start(role, command)

    def result(self, role: str, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Wait for what a node found out."""
        try:
            output, _ = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{NAMES[self._rmw]}: the {role} does not end") from None
        if process.returncode == -signal.SIGALRM:
            raise BenchError(f"{NAMES[self._rmw]}: the {role} is not done within a minute")
        if process.returncode != 0:
            errors = (self._folder / f"{role}.stderr").read_text(errors="replace")
            raise BenchError(f"{NAMES[self._rmw]}: the {role} failed: {_last_line(errors)}")
        found: dict[str, Any] = json.loads(output.splitlines()[-1])
        return found

    def _start_daemon(self) -> None:
        program = system.find_program("plibd")
        if program is None:
            raise MissingError("plibd is not installed where plib is; plib doctor tells more")
        # It ends by itself, too, should this process be killed.
        options = ["--foreground", "--idle-exit", "30", "--socket"]
        daemon = self._start("plibd", [program, *options, self._environment["PLIB_SOCKET"]])
        assert daemon.stdout is not None
        if not daemon.stdout.readline():
            errors = (self._folder / "plibd.stderr").read_text(errors="replace")
            raise BenchError(f"plibd does not start: {_last_line(errors)}")

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[str]:
        with (self._folder / f"{name}.stderr").open("w") as errors, _uninterrupted():
            # A session of its own: Ctrl-C is for the one who measures, who ends the rest.
            process = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
            self._stack.callback(_end, process)
        return process


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have Ctrl-C wait: a process that is just being started would be forgotten."""
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: came.append(1)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


def _end(process: subprocess.Popen[str]) -> None:
    """End a process, if it still runs."""
    with process:
        process.terminate()
        try:
            process.wait(5.0)
        except subprocess.TimeoutExpired:
            process.kill()


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")

"""Where one run takes place: processes of its own domain, of which none stays behind."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from plibbench import paths
from plibbench.configurations import Configuration

# What the user has set for daily work is not to change what is measured.
_FOREIGN = ("ROS_", "_ROS_", "RMW_", "FASTDDS_", "FASTRTPS_", "PLIB", "CYCLONEDDS_", "ZENOH_")
# Of Fast DDS: more lead to ports that the kernel hands out to others.
_DOMAINS = 100
_PR_SET_CHILD_SUBREAPER = 36
_EXIT_CANNOT_LOAN = 3

Metrics = dict[str, float]


class RunError(Exception):
    """The run gave no result; the text says why."""


class NotSupportedError(RunError):
    """What is measured says that it cannot do this."""


class Child:
    """A process of the run. It prints words on lines of their own, then one JSON object."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def expect(self, word: str, patience: float) -> None:
        """Wait until it has printed a word."""
        while (line := self._next(patience)) != word:
            if line.startswith("{"):
                raise RunError(f"{self.name}: {json.loads(line).get('error', line)}")

    def tell(self, word: str = "go") -> None:
        """Write a word to its standard input."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(word + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RunError(f"{self.name} has ended") from None

    def end_input(self) -> None:
        """Close its standard input: it is no longer needed."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def result(self, patience: float) -> dict[str, Any]:
        """Wait for its JSON object and its end."""
        while not (line := self._next(patience)).startswith("{"):
            pass
        result: dict[str, Any] = json.loads(line)
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            raise RunError(f"{self.name} does not end") from None
        if status == _EXIT_CANNOT_LOAN or "unsupported" in result:
            raise NotSupportedError(str(result.get("unsupported", result.get("error"))))
        if status != 0 or "error" in result:
            raise RunError(f"{self.name}: {result.get('error', f'exit status {status}')}")
        return result

    def _next(self, patience: float) -> str:
        try:
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            raise RunError(f"{self.name} is silent for {patience:g} s") from None
        if line is None:
            raise RunError(f"{self.name} ended with status {self._process.wait()}")
        return line

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put(None)


class Arena:
    """One run's processes, with a domain and a plibd socket of their own.

    A context manager: at its end every process that the run has started, whoever started it, is
    ended and waited for.

    Attributes
    ----------
    configuration : Configuration
        What is measured.
    seconds, warmup : float
        How long.
    limit : float
        Seconds after which a driver gives up.
    patience : float
        Seconds after which a silent process is given up.
    """

    def __init__(self, configuration: Configuration, seconds: float, warmup: float) -> None:
        self.configuration = configuration
        self.seconds = seconds
        self.warmup = warmup
        self.limit = 40.0 + 2 * seconds
        # The drivers give up by themselves, and then say why.
        self.patience = self.limit + 10.0
        self._folder = Path(tempfile.mkdtemp(prefix="plib-bench-"))
        self._log = (self._folder / "stderr").open("w+")
        self._domain = next(_domains)
        self._started: set[int] = set()

    def driver(self, role: str, **options: object) -> Child:
        """Start the native driver in a role; see `rmw_driver` for the options."""
        arguments = [str(paths.NATIVE / "rmw_driver"), role]
        options = {
            "rmw": f"lib{self.configuration.rmw}.so",
            "seconds": self.seconds,
            "warmup": self.warmup,
            "limit": self.limit,
            **options,
        }
        for name, value in options.items():
            arguments += [f"--{name}", str(value)]
        libraries = ":".join(map(str, paths.library_folders()))
        return self.start(role, arguments, LD_LIBRARY_PATH=libraries)

    def python(self, program: Path, role: str, **options: object) -> Child:
        """Start a Python driver in a role."""
        python = self.configuration.python or Path(sys.executable)
        if not python.exists():
            raise RunError(f"{python} does not exist: `make bench` makes it")
        arguments = [str(python), str(program), role]
        for name, value in {
            "seconds": self.seconds,
            "warmup": self.warmup,
            "limit": self.limit,
            **options,
        }.items():
            arguments += [f"--{name}", str(value)]
        return self.start(role, arguments, PYTHONPATH=str(paths.BENCH))

    def start(self, name: str, arguments: Sequence[str], **environment: str) -> Child:
        """Start a process."""
        process = subprocess.Popen(
            arguments,
            env={**self.environment(), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._started.add(process.pid)
        return Child(name, process)

    def daemons(self) -> list[int]:
        """Return the processes that the run's own have started and left."""
        return [pid for pid in _children() if pid not in self._started]

    def environment(self) -> dict[str, str]:
        """Return the variables of the run's processes."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN) and name not in ("LD_LIBRARY_PATH", "LD_PRELOAD")
        }
        own = {
            "BENCH_RUN": self._folder.name,
            "ROS_DOMAIN_ID": str(self._domain),
            "PLIB_SOCKET": str(self._folder / "plibd.sock"),
        }
        if self.configuration.rmw:
            own["RMW_IMPLEMENTATION"] = self.configuration.rmw
        return {**inherited, **own, **self.configuration.environment}

    def errors(self) -> str:
        """Return the last that the processes wrote to stderr."""
        return (self._folder / "stderr").read_text(errors="replace")[-2000:].strip()

    def __enter__(self) -> Arena:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        segments = _named_segments()
        _end_descendants()
        for segment in segments:
            # Fast DDS leaves them behind when it is ended before its time.
            segment.unlink(missing_ok=True)
            segment.with_name(f"{segment.name}_el").unlink(missing_ok=True)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own has ended, plibd above all.

    So that each can be ended, and its CPU time is counted as ours.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _end_descendants(patience: float = 3.0) -> None:
    """End and reap all processes below this one; ask first, then kill."""
    deadline = time.monotonic() + patience
    asked: set[int] = set()
    while children := _children():
        late = time.monotonic() > deadline
        for pid in children:
            if late or pid not in asked:
                # It may have ended and been waited for since it was listed.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
                asked.add(pid)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _children() -> list[int]:
    """Return the processes whose parent we are."""
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        # A thread that has ended meanwhile leaves its children to another.
        with contextlib.suppress(FileNotFoundError):
            pids += map(int, (task / "children").read_text().split())
    return pids


def _named_segments() -> set[Path]:
    """Return the files of shared memory that our children have mapped."""
    found = set()
    for pid in _children():
        # A process that has ended has no memory.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                if path := line.partition(" /dev/shm/")[2]:
                    found.add(Path("/dev/shm", path))
    return found


def _domain_ids() -> Iterator[int]:
    """Never the same twice in a row; another benchmark beside this one starts elsewhere."""
    domain = random.randrange(_DOMAINS)
    while True:
        yield domain + 1
        domain = (domain + 1) % _DOMAINS


_domains = _domain_ids()

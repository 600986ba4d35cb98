"""What all Python tests share: a plibd of their own, and programs in processes of their own."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Generous: machines that run tests are often busy with others.
SECONDS = 30.0

# Shells start what they put into the background with SIGINT ignored, and programs inherit that:
# none of those that a test interrupts would hear of it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Program:
    """A process whose lines on stdout tell how far it is."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self._pending = b""

    @property
    def pid(self) -> int:
        return self.process.pid

    def line(self, timeout: float = SECONDS) -> str:
        """Return its next line; fail when none comes."""
        end = time.monotonic() + timeout
        while b"\n" not in self._pending:
            left = max(0.0, end - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                pytest.fail(f"no line within {timeout} s; stderr: {self.errors()}")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                pytest.fail(f"it ended ({self.wait()}) without a line; stderr: {self.errors()}")
            self._pending += part
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode()

    def send(self, line: str = "") -> None:
        """Write a line to its stdin."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, timeout: float = SECONDS) -> int:
        """Return its exit status."""
        return self.process.wait(timeout)

    def errors(self) -> str:
        """Return what it wrote to stderr so far."""
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode(errors="replace")

    def logged(self, *texts: str) -> str:
        """Return the first line of stderr that has all of these texts; wait for it."""
        end = time.monotonic() + SECONDS
        while True:
            for line in self.errors().splitlines():
                if all(text in line for text in texts):
                    return line
            assert time.monotonic() < end, f"no line has {texts}: {self.errors()}"
            time.sleep(0.005)

    def end(self) -> None:
        """Kill it if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


class Plibd:
    """A real plibd on a private socket."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        self._program: Program | None = None

    @property
    def pid(self) -> int:
        return self._program.pid

    def start(self, *options: str) -> None:
        """Start it and wait until it listens."""
        self._program = Program(
            [f"{sys.prefix}/bin/plibd", "--foreground", "--socket", self.socket, *options],
            dict(os.environ),
        )
        assert self._program.line() == f"listening on {self.socket}"

    def errors(self) -> str:
        """Return what it logged so far."""
        return self._program.errors()

    def logged(self, *texts: str) -> str:
        """Return the first line of its log that has all of these texts; wait for it."""
        return self._program.logged(*texts)

    def kill(self) -> None:
        """Kill it at once."""
        self._program.end()
        self._program = None

    def stop(self) -> None:
        """End it as a service manager does, and check that it ends well."""
        if self._program is None:
            return
        program, self._program = self._program, None
        program.process.send_signal(signal.SIGTERM)
        try:
            assert program.wait() == 0, program.errors()
        finally:
            program.end()


@pytest.fixture
def no_plibd(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the path of a socket that nobody listens at, set for this process and its children."""
    # Short, since the path of a socket has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="plib-") as folder:
        socket = f"{folder}/plibd.sock"
        monkeypatch.setenv("PLIB_SOCKET", socket)
        monkeypatch.setenv("PLIBD", f"{sys.prefix}/bin/plibd")
        yield socket


@pytest.fixture
def plibd_with(no_plibd: str) -> Iterator[Callable[..., Plibd]]:
    """Return a function that starts plibd with options on that socket."""
    daemon = Plibd(no_plibd)

    def start(*options: str) -> Plibd:
        daemon.start(*options)
        return daemon

    try:
        yield start
    finally:
        daemon.stop()
        left = [path.name for path in Path(no_plibd).parent.iterdir()]
    assert left == []


@pytest.fixture
def plibd(plibd_with: Callable[..., Plibd]) -> Plibd:
    """Return a running plibd on a private socket, which this process and its children use."""
    return plibd_with()


@pytest.fixture
def start_program() -> Iterator[Callable[..., Program]]:
    """Return a function that starts any command: start_program(command, variables)."""
    programs: list[Program] = []

    def start(command: list[str], variables: dict[str, str]) -> Program:
        environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        programs.append(Program(command, {**environment, **variables}))
        return programs[-1]

    yield start
    for each in reversed(programs):
        each.end()


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Return a function that starts a compiled program: program(name, *arguments)."""
    programs: list[Program] = []
    folder = Path(__file__).parent.parent / "build" / "test" / "test"

    def start(name: str, *arguments: str, **variables: str) -> Program:
        assert (folder / name).exists(), f"{name} is not built: run `make build`"
        programs.append(Program([str(folder / name), *arguments], {**os.environ, **variables}))
        return programs[-1]

    yield start
    for each in programs:
        each.end()


@pytest.fixture
def python() -> Iterator[Callable[..., Program]]:
    """Return a function that starts a Python program: python(code, *arguments, **variables)."""
    programs: list[Program] = []

    def start(code: str, *arguments: str, **variables: str) -> Program:
        environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", **variables}
        program = Program([sys.executable, "-c", code, *arguments], environment)
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.end()

"""Fixtures for tests with ROS nodes: a plibd on a private socket, and a farm of nodes on it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from farm import Farm
from system import PATIENCE

PLIBD = f"{sys.prefix}/bin/plibd"


class SocketPlibd:
    """Whatever plibd serves a socket: the one started here, or one that participants started.

    Parameters
    ----------
    path
        The socket, in a directory of its own.
    options
        Of the plibd that is started here.
    """

    def __init__(self, path: str, *options: str) -> None:
        self.path = path
        self.start(*options)

    def start(self, *options: str, program: str = PLIBD) -> None:
        """Start one here, of this installation or another."""
        self._process = subprocess.Popen(
            [program, "--foreground", "--socket", self.path, *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._process.stdout.close()
        assert line == f"listening on {self.path}\n", line

    def is_listening(self) -> bool:
        """Return whether some plibd serves the socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
            return probe.connect_ex(self.path) == 0

    @property
    def pid(self) -> int:
        """The process that listens."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
            probe.connect(self.path)
            credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return int(struct.unpack("iii", credentials)[0])

    def _end(self, number: int) -> None:
        pid = self.pid
        process = os.pidfd_open(pid)
        try:
            os.kill(pid, number)
            assert select.select([process], [], [], PATIENCE)[0], "plibd does not end"
        finally:
            os.close(process)
        if pid == self._process.pid:
            self._process.wait()

    def kill(self) -> None:
        """SIGKILL it."""
        self._end(signal.SIGKILL)

    def terminate(self) -> None:
        """End it as an operator does."""
        self._end(signal.SIGTERM)

    def replace(self, program: str) -> None:
        """Have another plibd take its place, which ends it."""
        before = self._process
        self.start("--replace", program=program)
        assert before.wait(PATIENCE) == 0

    def forbid_restart(self) -> None:
        """Make participants unwilling to start another: the directory is open to others."""
        Path(self.path).parent.chmod(0o777)

    def allow_restart(self) -> None:
        """Make them willing again."""
        Path(self.path).parent.chmod(0o700)

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a node that uses this plibd."""
        return {
            **os.environ,
            "RMW_IMPLEMENTATION": "rmw_plib",
            "PLIB_SOCKET": self.path,
            **variables,
        }

    def close(self) -> None:
        """End it; it must leave nothing behind."""
        self.allow_restart()
        if self.is_listening():
            self._end(signal.SIGTERM)
            self._process.wait()
            log = Path(self.path).parent / "plibd.log"
            text = log.read_text() if log.exists() else ""
            assert text == "", text
            left = [entry.name for entry in Path(self.path).parent.iterdir()]
            assert left == [], left
        else:  # it was killed, and nobody has started another
            self._process.wait()


@contextlib.contextmanager
def plibd_starter() -> Iterator[Callable[..., SocketPlibd]]:
    """Give a function that starts plibds on sockets of their own, and end them."""
    with contextlib.ExitStack() as stack:

        def start(*options: str) -> SocketPlibd:
            # Short, since the path of a socket has 107 characters at most.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="plib-"))
            daemon = SocketPlibd(f"{folder}/plibd.sock", *options)
            stack.callback(daemon.close)
            return daemon

        yield start


@contextlib.contextmanager
def farm_starter() -> Iterator[Callable[[SocketPlibd], Farm]]:
    """Give a function that makes farms, and end their nodes."""
    with contextlib.ExitStack() as stack:

        def start(daemon: SocketPlibd) -> Farm:
            farm = Farm(daemon.path)
            stack.callback(farm.close)
            return farm

        yield start


@pytest.fixture
def start_plibd() -> Iterator[Callable[..., SocketPlibd]]:
    """Return a function that starts a plibd with options."""
    with plibd_starter() as start:
        yield start


@pytest.fixture
def start_farm(start_plibd: object) -> Iterator[Callable[[SocketPlibd], Farm]]:
    """Return a function that makes a farm on a plibd; its nodes end before the plibd does."""
    del start_plibd
    with farm_starter() as start:
        yield start


@pytest.fixture
def ros_plibd(start_plibd: Callable[..., SocketPlibd]) -> SocketPlibd:
    """Return a running plibd."""
    return start_plibd()


@pytest.fixture
def farm(ros_plibd: SocketPlibd, start_farm: Callable[[SocketPlibd], Farm]) -> Farm:
    """Return a farm on `ros_plibd`."""
    return start_farm(ros_plibd)


@pytest.fixture(scope="module")
def module_plibd() -> Iterator[SocketPlibd]:
    """Return a plibd that a module's tests share."""
    with plibd_starter() as start:
        yield start()


@pytest.fixture(scope="module")
def module_farm(module_plibd: SocketPlibd) -> Iterator[Farm]:
    """Return a farm that a module's tests share."""
    with farm_starter() as start:
        yield start(module_plibd)

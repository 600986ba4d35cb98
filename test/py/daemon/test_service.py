"""plibd under a service manager: its socket, its readiness, its hardening."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from system import listens, wait_until
from users import ALICE, as_user, needs_users

import plib_py

PLIBD = f"{sys.prefix}/bin/plibd"
EXPOSURE = 2.0  # of 10, as systemd-analyze judges; "OK" is what is below 5


def test_it_takes_the_managers_socket_and_leaves_it(no_plibd: str) -> None:
    """systemd listens before plibd runs, and goes on when it ends: no participant is refused."""
    with subprocess.Popen(
        [
            "systemd-socket-activate",
            "--seqpacket",
            f"--listen={no_plibd}",
            PLIBD,
            "--foreground",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as manager:
        wait_until(lambda: listens(no_plibd), "nobody listens")
        with plib_py.Participant("first"):
            assert manager.stdout is not None
            assert manager.stdout.readline() == f"listening on {no_plibd}\n"
        inode = Path(no_plibd).stat().st_ino
        # It has become plibd, by exec.
        manager.terminate()
        assert manager.wait(30) == 0
        assert Path(no_plibd).stat().st_ino == inode
    Path(no_plibd).unlink()


def test_it_refuses_a_socket_of_another_kind(no_plibd: str) -> None:
    with subprocess.Popen(
        ["systemd-socket-activate", f"--listen={no_plibd}", PLIBD, "--foreground"],
        stderr=subprocess.PIPE,
        text=True,
    ) as manager:
        wait_until(lambda: listens(no_plibd), "nobody listens")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(no_plibd)
            assert manager.wait(30) == 2
        assert manager.stderr is not None
        assert "plibd: the service manager's socket is no" in manager.stderr.read()
    Path(no_plibd).unlink()


def test_it_says_when_it_is_ready_and_when_it_stops(no_plibd: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(30)
        manager.bind(str(tmp_path / "notify"))
        with subprocess.Popen(
            [PLIBD, "--foreground", "--socket", no_plibd],
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
            stdout=subprocess.DEVNULL,
        ) as plibd:
            assert manager.recv(100) == b"READY=1"
            plib_py.Participant("early").close()
            plibd.send_signal(signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"
            assert plibd.wait(30) == 0


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Return a folder with the units as they are installed."""
    for name in ("plibd.service", "plibd.socket"):
        text = resources.files("plib_py.daemon").joinpath("systemd", name).read_text()
        (tmp_path / name).write_text(text.replace("@plibd@", PLIBD))
    return tmp_path


def test_the_units_are_right(units: Path) -> None:
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(units / "plibd.service")],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"},
        timeout=60,
        check=False,
    )
    complaints = [line for line in verified.stderr.splitlines() if "plibd" in line]
    assert complaints == []
    assert verified.returncode == 0, verified.stderr


def test_the_service_is_hardened(units: Path) -> None:
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", str(units / "plibd.service")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    exposure = re.search(r"Overall exposure level for plibd.service: ([0-9.]+)", judged.stdout)
    assert exposure is not None, judged.stdout
    assert float(exposure[1]) <= EXPOSURE, judged.stdout


def test_the_settings_that_come_along_are_right(tmp_path: Path) -> None:
    text = resources.files("plib_py.daemon").joinpath("systemd", "plibd.yaml").read_text()
    (tmp_path / "plibd.yaml").write_text(text)
    subprocess.run(
        [PLIBD, "--config", str(tmp_path / "plibd.yaml"), "--check"], timeout=60, check=True
    )


def test_nobody_keeps_it_from_starting(plibd_with: Callable[..., Any], no_plibd: str) -> None:
    """Who may read the directory of a host's plibd may lock it, for ever."""
    directory = os.open(Path(no_plibd).parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        plibd_with()
    finally:
        os.close(directory)


@needs_users
def test_it_takes_nobody_elses_place(plibd: Any) -> None:
    socket = Path(plibd.socket)
    socket.parent.chmod(0o777)
    socket.chmod(0o666)
    before = socket.stat().st_ino
    done = subprocess.run(
        as_user(ALICE, PLIBD, "--replace", "--foreground", "--socket", plibd.socket),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    told = f"plibd: the plibd at {plibd.socket} is somebody else's: its user or root replaces it\n"
    assert done.stderr == told
    assert socket.stat().st_ino == before
    socket.parent.chmod(0o700)

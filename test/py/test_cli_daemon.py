"""`plib daemon`: what it starts, stops and prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from users import ALICE, as_user, needs_users

import plib_py
from plib_py import system

PLIB = f"{sys.prefix}/bin/plib"


def plib(*arguments: str, status: int = 0) -> str:
    """Run it; return what it printed, on stderr when it fails."""
    done = subprocess.run(
        [PLIB, "daemon", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


def test_start_use_and_stop(no_plibd: str) -> None:
    assert plib("stop") == f"no plibd runs at {no_plibd}\n"
    started = plib("start")
    found = system.find_daemon()
    assert found is not None
    assert started == f"plibd runs as process {found.pid}, at {no_plibd}\n"
    assert "runs already" in plib("start")
    plib_py.Participant("one").close()
    assert plib("stop") == f"plibd, process {found.pid}, has ended\n"
    assert system.find_daemon() is None
    assert "INFO: stopping" in plib("logs")
    Path(no_plibd).with_name("plibd.log").unlink()


def test_it_is_json_too(no_plibd: str) -> None:
    assert json.loads(plib("stop", "--json")) == {"pid": None, "socket": no_plibd}
    started = json.loads(plib("start", "--json"))
    found = system.find_daemon()
    assert found is not None
    assert started == {"pid": found.pid, "socket": no_plibd, "started": True}
    assert json.loads(plib("start", "--json")) == {**started, "started": False}
    assert json.loads(plib("stop", "--json")) == {"pid": found.pid, "socket": no_plibd}
    logged = [json.loads(line) for line in plib("logs", "--json").splitlines()]
    assert {"pid": found.pid, "level": "info", "message": "stopping"} in logged
    Path(no_plibd).with_name("plibd.log").unlink()


def test_what_prevents_the_start_is_told_in_one_line(
    no_plibd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLIBD", "/bin/false")
    told = plib("start", status=2)
    assert told.count("\n") == 1
    assert "plibd.log says why" in told
    Path(no_plibd).with_name("plibd.log").unlink()


@needs_users
def test_somebody_elses_is_left_alone(plibd: object) -> None:
    del plibd
    socket = Path(os.environ["PLIB_SOCKET"])
    socket.parent.chmod(0o755)
    socket.chmod(0o666)
    done = subprocess.run(
        as_user(ALICE, PLIB, "daemon", "stop"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "runs as user 0: that user or root ends it" in done.stderr


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("plibd.service", f"ExecStart={sys.prefix}/bin/plibd --foreground"),
        ("plibd.socket", "ListenSequentialPacket=/run/plib/plibd.sock"),
        ("plibd.yaml", "default: same-user"),
    ],
)
def test_units_have_this_installations_path(
    name: str, has: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLIBD", raising=False)
    assert has in plib("unit", name)

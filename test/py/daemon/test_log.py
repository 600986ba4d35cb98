"""plibd's log: for journald, for programs, and not to be filled by anybody."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import plib_py
from plib_py.daemon import log

BLOB = plib_py.RawType("test_msgs/msg/Blob")
DENY = "access: {rules: [{name: nobody steers, deny: {publish: /cmd_vel}}]}\n"


def test_json_has_what_programs_look_for(plibd_with: Callable[..., Any], tmp_path: Path) -> None:
    config = tmp_path / "plibd.yaml"
    config.write_text(f"log: {{format: json}}\n{DENY}")
    plibd = plibd_with("--config", str(config))
    with plib_py.Participant("driver") as participant, pytest.raises(plib_py.PermissionDenied):
        participant.create_publisher("/cmd_vel", BLOB)
    line = json.loads(plibd.logged("denial"))
    assert line["event"] == "denial"
    assert line["level"] == "warning"
    assert (line["pid"], line["uid"]) == (os.getpid(), os.geteuid())
    assert (line["rule"], line["action"], line["name"]) == ("nobody steers", "publish", "/cmd_vel")


def test_journald_gets_priorities(no_plibd: str, tmp_path: Path) -> None:
    """It reads them at the start of each line, and marks the stream that is its own."""
    config = tmp_path / "plibd.yaml"
    config.write_text("")
    journal = tmp_path / "journal"
    with journal.open("w") as stream:
        status = os.fstat(stream.fileno())
        plibd = subprocess.Popen(
            [f"{sys.prefix}/bin/plibd", "--foreground", "--socket", no_plibd],
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env={**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"},
        )
    assert plibd.stdout is not None
    assert plibd.stdout.readline() == f"listening on {no_plibd}\n"
    plibd.terminate()
    assert plibd.wait(30) == 0
    plibd.stdout.close()
    assert journal.read_text() == "<6>stopping\n"


def record(text: str, uid: int | None) -> logging.LogRecord:
    one = logging.LogRecord("plibd", logging.WARNING, "", 0, text, (), None)
    vars(one).update(log.fields("drop", uid))
    return one


def test_no_user_fills_it() -> None:
    throttle = log.Throttle()
    assert sum(throttle.filter(record("dropping", 1)) for _ in range(1000)) == log.BURST
    assert throttle.filter(record("dropping", 2))
    assert throttle.filter(record("another kind", 1))
    assert all(throttle.filter(record("plibd's own", None)) for _ in range(1000))


def test_it_says_how_many_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    throttle = log.Throttle()
    for _ in range(log.BURST + 7):
        throttle.filter(record("dropping", 1))
    monkeypatch.setattr(log, "PERIOD", -1.0)
    last = record("dropping", 1)
    assert throttle.filter(last)
    assert last.getMessage() == "dropping (and 7 more such lines left out before)"

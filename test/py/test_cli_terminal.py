"""What `plib` does on terminals: plain ones, and Ctrl-C at any moment."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from plib_command import MEETING, PLIB

import plib_py

# Stands for the user's Ctrl-C while something is imported.
INTERRUPTING = """
import os, signal, time
os.kill(os.getpid(), signal.SIGINT)
time.sleep(0.01)
from importlib import util
"""


@pytest.fixture
def publisher(plibd: object) -> Iterator[None]:
    """Have a topic."""
    del plibd
    with plib_py.Participant("node", domain_id=0) as node:
        node.create_publisher("/blobs", plib_py.RawType("test_msgs/msg/Blob"))
        yield


def shown(kind: str, *command: str) -> str:
    """Return what a command prints on a terminal of a kind."""
    main, terminal = pty.openpty()
    subprocess.run(
        [PLIB, *command],
        env={**os.environ, **MEETING, "TERM": kind, "COLUMNS": "200"},
        stdout=terminal,
        timeout=60,
        check=True,
    )
    text = b""
    while select.select([main], [], [], 0)[0]:
        text += os.read(main, 65536)
    os.close(terminal)
    os.close(main)
    return text.decode()


@pytest.mark.usefixtures("publisher")
def test_top_prints_lines_where_nothing_can_be_written_over() -> None:
    text = shown("dumb", "top", "-n", "2", "--period", "0.1")
    assert text.count("/blobs") == 2
    assert "\x1b" not in text
    assert "\x1b" in shown("xterm", "top", "-n", "2", "--period", "0.1")


@pytest.mark.parametrize("imported", ["_cffi_backend", "click", "rich"])
def test_ctrl_c_while_it_starts_says_nothing(imported: str, tmp_path: Path) -> None:
    (tmp_path / f"{imported}.py").write_text(INTERRUPTING)
    done = subprocess.run(
        [PLIB, "doctor"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr.strip() == ""  # click ends the line that has ^C
    assert done.returncode in (130, -signal.SIGINT)


def test_ctrl_c_is_ignored_in_the_background() -> None:
    """As a shell starts what is to run beside it."""
    done = subprocess.run(
        ["sh", "-c", f"trap '' INT; {PLIB} --version & plib=$!; kill -INT $plib; wait $plib"],
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("plib, version")

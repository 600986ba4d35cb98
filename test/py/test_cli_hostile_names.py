"""Names that reach the shell or terminal of others, with a plibd that lets them in.

plibd refuses them (daemon/test_names.py); the command does not rely on it.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plib_command import MEETING, PLIB, output_json, run

import plib_py
from plib_py import names

WEAKENED = Path(__file__).parents[1] / "attack" / "weakened_plibd.py"
TRAP = "/a$(touch${IFS}trapped)"
COMMAND = "/b\x1b]0;title\x07"


@pytest.fixture
def hostile(
    no_plibd: str, start_program: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Have topics whose names no honest program can have."""
    plibd = start_program(
        [sys.executable, str(WEAKENED), "names", "--foreground", "--socket", no_plibd], {}
    )
    assert plibd.line() == f"listening on {no_plibd}"
    monkeypatch.setattr(names, "full_topic", lambda topic, *_: topic)
    with plib_py.Participant("attacker", domain_id=0) as attacker:
        for name in (TRAP, COMMAND, "/honest"):
            attacker.create_publisher(name, plib_py.RawType("std_msgs/msg/String"))
        assert {topic["name"] for topic in output_json("topic", "list")} == {
            TRAP, COMMAND, "/honest"}  # fmt: skip
        yield
    plibd.process.terminate()
    assert plibd.wait() == 0, plibd.errors()


@pytest.mark.usefixtures("hostile")
def test_a_shell_is_offered_honest_names_only() -> None:
    done = run(_PLIB_COMPLETE="bash_complete", COMP_WORDS="plib topic echo /", COMP_CWORD="3")
    assert done.stdout == "plain,/honest\n"


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("command", [["topic", "list"], ["node", "info", "/attacker"],
                                     ["top", "-n", "1", "--period", "0.1"]])  # fmt: skip
def test_a_terminal_is_not_commanded(command: list[str]) -> None:
    main, terminal = pty.openpty()
    subprocess.run(
        [PLIB, *command],
        env={**os.environ, **MEETING, "TERM": "xterm", "COLUMNS": "200"},
        stdout=terminal,
        timeout=60,
        check=True,
    )
    shown = b""
    while select.select([main], [], [], 0)[0]:
        shown += os.read(main, 65536)
    os.close(terminal)
    os.close(main)
    assert rb"/b\x1b]0;title\x07" in shown
    assert b"\x1b]0;" not in shown

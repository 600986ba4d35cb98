"""Names that somebody entered past plib's own checks, to reach the shell or terminal of others."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Iterator

import pytest
from plib_command import MEETING, PLIB, output_json, run

import plib_py
from plib_py import names

TRAP = "/a$(touch${IFS}trapped)"
COMMAND = "/b\x1b]0;title\x07"


@pytest.fixture
def hostile(plibd: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have topics whose names no honest program can have."""
    del plibd
    monkeypatch.setattr(names, "full_topic", lambda topic, *_: topic)
    with plib_py.Participant("attacker", domain_id=0) as attacker:
        for name in (TRAP, COMMAND, "/honest"):
            attacker.create_publisher(name, plib_py.RawType("std_msgs/msg/String"))
        assert {topic["name"] for topic in output_json("topic", "list")} == {
            TRAP, COMMAND, "/honest"}  # fmt: skip
        yield


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

"""The table of kills, and the two ends of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ends import Ends
from kill_points import row

import plib_py

_rows: list[str] = []


@pytest.fixture
def kill_table() -> Callable[..., None]:
    """Return a function that notes kills: kill_table(operation, domain, kills, phase)."""

    def note(operation: str, domain: str, kills: Any, phase: int) -> None:
        _rows.append(
            row(operation, domain, kills.instructions, kills.kills, kills.wrong, f"phase {phase}")
        )

    return note


@pytest.fixture
def ends(ros_plibd: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    """Return a matched publisher and subscription, both lossless."""
    monkeypatch.setenv("PLIB_SOCKET", ros_plibd.path)
    monkeypatch.setenv("PLIB_MAX_BLOCKING_TIME_MS", "20000")
    with plib_py.Participant("publisher") as one, plib_py.Participant("subscriber") as other:
        yield Ends.matched(ros_plibd, [one, other])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many instructions each operation has, and how often it was killed in it."""
    if not _rows:
        return
    terminalreporter.section("kill points")
    terminalreporter.write_line(row("operation", "domain", "instructions", "kills", "wrong"))
    for line in _rows:
        terminalreporter.write_line(line)

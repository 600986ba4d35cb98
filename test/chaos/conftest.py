"""The table of kills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kill_points import row

_rows: list[str] = []


@pytest.fixture
def kill_table() -> Callable[..., None]:
    """Return a function that notes kills: kill_table(operation, domain, kills, phase)."""

    def note(operation: str, domain: str, kills: Any, phase: int) -> None:
        _rows.append(
            row(operation, domain, kills.instructions, kills.kills, kills.wrong, f"phase {phase}")
        )

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many instructions each operation has, and how often it was killed in it."""
    if not _rows:
        return
    terminalreporter.section("kill points")
    terminalreporter.write_line(row("operation", "domain", "instructions", "kills", "wrong"))
    for line in _rows:
        terminalreporter.write_line(line)

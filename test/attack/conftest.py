"""A host's plibd, users on it, and the table of attacks."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from users import EVERYONE, as_user

HERE = Path(__file__).parent
VARIANTS = HERE.parent.parent / "build" / "test" / "test" / "attack"
_rows: list[tuple[str, str, str, str, str]] = []


class Host:
    """A plibd that every user may connect to, with all its defences or without one."""

    def __init__(self, folder: Path, make: Callable[..., Any]) -> None:
        self.folder = folder
        self.socket = f"{folder}/plibd.sock"
        self.daemon: Any = None
        self._make = make

    def start(self, without: str | None = None, *options: str, access: str = EVERYONE) -> None:
        """Start plibd as root, with an access policy."""
        plibd = [f"{sys.prefix}/bin/plibd"]
        if without is not None:
            plibd = [sys.executable, str(HERE / "weakened_plibd.py"), without]
        config = self.folder / "plibd.yaml"
        config.write_text(access)
        where = ["--foreground", "--socket", self.socket, "--mode", "0666"]
        self.daemon = self._make([*plibd, *where, "--config", str(config), *options], {})
        assert self.daemon.line() == f"listening on {self.socket}"

    def fate(self) -> str:
        """Return "dies" when plibd ends within the time that a test takes at most, else "lives"."""
        try:
            self.daemon.wait()
        except subprocess.TimeoutExpired:
            return "lives"
        self.daemon = None
        return "dies"

    def run(
        self,
        uid: int,
        script: str,
        *arguments: str,
        without: str | None = None,
        **variables: str,
    ) -> Any:
        """Start a script of programs/ as a user, if asked for with a weakened library."""
        if without is not None:
            library = VARIANTS / f"libplib_core_without_{without}.so"
            assert library.exists(), f"{library} is not built: run `make build`"
            variables["LD_PRELOAD"] = str(library)
        programs = HERE / "programs"
        command = as_user(uid, sys.executable, "-u", str(programs / script), *arguments)
        ours = {"PLIB_SOCKET": self.socket, "PYTHONPATH": str(programs)}
        return self._make(command, {**ours, **variables})


@pytest.fixture
def host(start_program: Callable[..., Any]) -> Iterator[Host]:
    """Return a host whose plibd is to be started."""
    with tempfile.TemporaryDirectory(prefix="plib-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        host = Host(folder, start_program)
        yield host
        if host.daemon is not None:
            assert host.daemon.process.poll() is None, f"plibd died: {host.daemon.errors()}"


@pytest.fixture
def verdict() -> Callable[..., None]:
    """Return a function that notes what an attack did: verdict(attack, defence, expected, seen).

    It fails the test when what was seen is not what was expected.
    """

    def note(attack: str, defence: str, expected: str, seen: object) -> None:
        seen = str(seen)
        _rows.append((attack, defence, expected, seen, "ok" if seen == expected else "BROKEN"))
        assert seen == expected, f"{attack}, {defence}"

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of attacks, and keep it in build/attack.md."""
    if not _rows:
        return
    header = ("attack", "defence", "expected", "seen", "")
    lines = ["| " + " | ".join(row) + " |" for row in (header, ("---",) * 5, *_rows)]
    terminalreporter.section("attacks")
    for line in lines:
        terminalreporter.write_line(line)
    build = HERE.parent.parent / "build"
    if build.is_dir() and os.access(build, os.W_OK):
        (build / "attack.md").write_text("\n".join(lines) + "\n")

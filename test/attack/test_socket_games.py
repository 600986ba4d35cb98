"""Who plays with plibd's socket, its directory or its environment gets nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from system import wait_until
from users import ALICE, BOB, needs_users

pytestmark = needs_users

Verdict = Callable[..., None]


@pytest.fixture
def directory() -> Iterator[Path]:
    """Return where ALICE's own plibd would listen; it is not there yet."""
    path = Path(f"/tmp/plib-{ALICE}")
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)
    yield path
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and f"{path}/plibd.sock".encode() in _command(entry):
            os.kill(int(entry.name), signal.SIGKILL)
    if path.is_symlink():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)


def _command(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def own_plibd(host: Any, without: str | None = None, **variables: str) -> Any:
    """Start a participant of ALICE's that looks for her own plibd."""
    unset = {"PLIB_SOCKET": "", "XDG_RUNTIME_DIR": ""}
    guest = host.run(ALICE, "join.py", without=without, **unset, **variables)
    assert guest.line() == "ready"
    guest.send("join")
    return guest


def test_a_directory_of_somebody_elses_is_refused(
    host: Any, verdict: Verdict, directory: Path
) -> None:
    directory.mkdir(mode=0o777)
    os.chown(directory, BOB, BOB)
    seen = own_plibd(host).line()
    verdict(
        "making /tmp/plib-UID of another user first",
        "its owner and mode are checked",
        "refused",
        "refused" if "is not writable by user" in seen or "does not trust" in seen else seen,
    )


def test_a_symbolic_link_is_refused(
    host: Any, verdict: Verdict, directory: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    os.chown(tmp_path, BOB, BOB)
    directory.symlink_to(tmp_path)
    os.chown(directory, BOB, BOB, follow_symlinks=False)
    seen = own_plibd(host).line()
    verdict(
        "a symbolic link in place of /tmp/plib-UID",
        "it is not followed",
        "refused",
        "refused" if seen.split(":")[0] in ("DaemonUnavailable", "PermissionDenied") else seen,
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("without", [None, "trust"])
def test_an_impostor_is_told_nothing(
    host: Any, verdict: Verdict, directory: Path, without: str | None
) -> None:
    """Somebody else's process listens at the place of plibd, and would hand out the memory."""
    directory.mkdir(mode=0o777)
    os.chown(directory, BOB, BOB)
    impostor = host.run(BOB, "impostor.py", f"{directory}/plibd.sock")
    assert impostor.line() == "listening"
    guest = host.run(ALICE, "join.py", without=without, PLIB_SOCKET=f"{directory}/plibd.sock")
    assert guest.line() == "ready"
    guest.send("join")
    if without is None:
        assert "whom user 61001 does not trust" in guest.line()
    seen = "nothing" if impostor.line() == "nothing" else "the secret"
    verdict(
        "listening in place of plibd",
        "its user is checked" if without is None else "off",
        "nothing" if without is None else "the secret",
        seen,
    )


@pytest.mark.parametrize("without", [None, "lock"])
def test_nobody_else_holds_the_lock_under_which_plibd_starts(
    host: Any, verdict: Verdict, directory: Path, without: str | None
) -> None:
    directory.mkdir(mode=0o755)
    os.chown(directory, ALICE, ALICE)
    lock = directory / "plibd.lock"
    lock.touch(mode=0o600)
    os.chown(lock, ALICE, ALICE)
    attacker = host.run(BOB, "lock.py", str(directory))
    assert attacker.line() == "locked"
    guest = own_plibd(host, without, PLIBD=f"{sys.prefix}/bin/plibd")
    seen = "starts" if guest.line(60).replace(".", "").isdigit() else "never starts"
    verdict(
        "locking the directory in which plibd starts",
        "the lock is a file that its user alone may open" if without is None else "off",
        "starts" if without is None else "never starts",
        seen,
    )
    if without is None:
        daemon = _daemon_of(directory)
        os.kill(daemon, signal.SIGTERM)
        wait_until(lambda: not Path(f"/proc/{daemon}").exists(), "plibd stays")


@pytest.mark.parametrize("without", [None, "environment"])
def test_a_started_daemon_loads_nothing_of_its_starters(
    host: Any, verdict: Verdict, directory: Path, tmp_path: Path, without: str | None
) -> None:
    tmp_path.chmod(0o777)
    evil = tmp_path / "modules"
    evil.mkdir()
    (evil / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'plibd' in sys.argv[0]: os.symlink('loaded', os.environ['EVIL_MARK'] + '-python')\n"
    )
    library = Path(__file__).parent.parent.parent / "build/test/test/attack/libevil.so"
    mark = tmp_path / "mark"
    programs = Path(__file__).parent / "programs"
    guest = own_plibd_with(host, library, f"{evil}:{programs}", mark, without)
    assert guest.line(60).replace(".", "").isdigit()
    # The participant itself loaded it: what counts is the daemon that it started.
    daemon = _daemon_of(directory)
    maps = Path(f"/proc/{daemon}/maps").read_text()
    seen = "loaded" if "libevil" in maps or Path(f"{mark}-python").is_symlink() else "not loaded"
    verdict(
        "LD_PRELOAD and PYTHONPATH for the plibd that a participant starts",
        "it gets an environment of its own" if without is None else "off",
        "not loaded" if without is None else "loaded",
        seen,
    )
    os.kill(daemon, signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{daemon}").exists(), "plibd stays")


def own_plibd_with(host: Any, library: Path, path: str, mark: Path, without: str | None) -> Any:
    """Start a participant with an environment that is to reach its plibd."""
    variables = {"PLIB_SOCKET": "", "XDG_RUNTIME_DIR": "", "PYTHONPATH": path}
    variables |= {"LD_PRELOAD": str(library), "EVIL_MARK": str(mark)}
    variables["PLIBD"] = f"{sys.prefix}/bin/plibd"
    if without is not None:
        weakened = library.parent / f"libplib_core_without_{without}.so"
        variables["LD_PRELOAD"] += f":{weakened}"
    guest = host.run(ALICE, "join.py", **variables)
    assert guest.line() == "ready"
    guest.send("join")
    return guest


def _daemon_of(directory: Path) -> int:
    socket = f"{directory}/plibd.sock".encode()
    (found,) = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and socket in _command(entry).split(b"\0")
    ]
    return found

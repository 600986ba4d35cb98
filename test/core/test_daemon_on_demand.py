"""plibd is started by who needs it, exists once, and goes when nobody does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from system import wait_until

START = """
import plib_py, sys
with plib_py.Participant("starter"):
    print("joined", flush=True)
    sys.stdin.read()
"""
PLIBD = f"{sys.prefix}/bin/plibd"


def daemons(path: str) -> list[int]:
    """Return the plibds of a socket."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if path.encode() in words and b"plibd" in b" ".join(words):
                found.append(int(entry.name))
    return found


def participant(path: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START],
        env={**os.environ, "PLIB_SOCKET": path, "PYTHONSAFEPATH": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_many_starting_at_once_end_with_one_daemon(tmp_path: Path) -> None:
    path = str(tmp_path / "plibd.sock")
    tmp_path.chmod(0o700)
    processes = [participant(path) for _ in range(8)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "joined\n"
    assert len(daemons(path)) == 1
    for process in processes:
        process.communicate("")
        assert process.returncode == 0
    # Ten seconds without participants, and it has gone and left nothing.
    wait_until(lambda: daemons(path) == [], "plibd stays although nobody needs it")
    assert list(tmp_path.iterdir()) == []


def test_second_daemon_on_a_socket_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "plibd.sock")
    with subprocess.Popen(
        [PLIBD, "--foreground", "--socket", path], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == f"listening on {path}\n"
        second = subprocess.run(
            [PLIBD, "--foreground", "--socket", path], capture_output=True, text=True, check=False
        )
        assert second.returncode == 2
        assert second.stderr == f"plibd: another plibd listens at {path}\n"
        first.terminate()
        assert first.wait() == 0


def test_socket_left_by_a_killed_daemon_is_replaced(tmp_path: Path) -> None:
    path = str(tmp_path / "plibd.sock")
    tmp_path.chmod(0o700)
    with subprocess.Popen(
        [PLIBD, "--foreground", "--socket", path], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.kill()
    assert Path(path).exists()
    process = participant(path)
    assert process.stdout is not None
    assert process.stdout.readline() == "joined\n"
    process.communicate("")
    wait_until(lambda: daemons(path) == [], "plibd stays although nobody needs it")


def test_participant_that_meets_an_ending_daemon_starts_another(tmp_path: Path) -> None:
    """A plibd that ends may close a connection unanswered: that must not fail who connected."""
    path = str(tmp_path / "plibd.sock")
    tmp_path.chmod(0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as ending:
        ending.bind(path)
        ending.listen()
        process = participant(path)
        connection, _ = ending.accept()
        Path(path).unlink()
        connection.close()
    assert process.stdout is not None
    assert process.stdout.readline() == "joined\n"
    process.communicate("")
    assert process.returncode == 0
    wait_until(lambda: daemons(path) == [], "plibd stays although nobody needs it")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--memory-limit", "much"], "'much' is not a size; write 512M or 2G"),
        (["--mode", "9"], "'9' is not a file mode; write 0600 or 0666"),
        (["--group", "no-such-group"], "there is no group 'no-such-group'"),
    ],
)
def test_bad_options_get_a_clear_error(arguments: list[str], complaint: str) -> None:
    done = subprocess.run([PLIBD, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].endswith(complaint)

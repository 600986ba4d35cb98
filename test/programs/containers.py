"""Commands in containers: mounts, processes, IPC and users of their own, as run-times make them."""

from __future__ import annotations

import enum
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent
# What stands for the container's image: Python, with plib and ROS, and the tests' programs.
IMAGE = list(dict.fromkeys([sys.prefix, sys.base_prefix, str(PROGRAMS.parent)]))
SPACES = ["--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"]


class Users(enum.Enum):
    """Which users a container has."""

    HOST = "the host's own, as with Docker"
    ROOTLESS = "who starts it is its root, as with rootless Podman"
    SAME = "who starts it, by the same number: --userns=keep-id"

    def options(self, uid: int) -> list[str]:
        """Return what unshare(1) makes them by, when a user starts it."""
        if self is Users.HOST:
            return []
        if self is Users.ROOTLESS:
            return ["--user", "--map-root-user"]
        return ["--user", f"--map-user={uid}", f"--map-group={uid}"]


def _can_make() -> bool:
    if any(shutil.which(tool) is None for tool in ("unshare", "mount", "umount")):
        return False
    probe = [
        "unshare",
        "--user",
        "--map-root-user",
        *SPACES,
        "mount",
        "-t",
        "tmpfs",
        "none",
        "/mnt",
    ]
    return subprocess.run(probe, capture_output=True, check=False, timeout=60).returncode == 0


needs_containers = pytest.mark.skipif(
    not _can_make(), reason="needs unshare(1) and user namespaces for everybody"
)


def in_container(
    folder: Path,
    *command: str,
    users: Users,
    uid: int | None = None,
    number: int | None = None,
    mode: str = "ro",
) -> list[str]:
    """Return a command in a container that has nothing of the host's but a folder, at /run/plib.

    Parameters
    ----------
    folder
        That of plibd's socket.
    command
        What to run in it.
    users
        Which users it has.
    uid
        Who starts it; None: who runs this. Others only for root.
    number
        What the command's user is called in it; None: as ``users`` says.
    mode
        How the folder is mounted; "rw" for plibd itself.
    """
    files = [str(PROGRAMS / "container_files.sh"), mode, str(folder), *IMAGE, "--"]
    if os.geteuid() == 0:
        prepared = ["unshare", "--mount", *files]
    else:
        prepared = ["unshare", "--user", "--map-root-user", "--mount", *files]
    starter: list[str] = []
    if uid is not None:
        starter = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    renamed: list[str] = []
    if number is not None:
        renamed = ["unshare", "--user", f"--map-user={number}", f"--map-group={number}"]
    options = users.options(os.geteuid() if uid is None else uid)
    return [*prepared, *starter, "unshare", *options, *SPACES, *renamed, *command]

"""Commands as other users, which root may run."""

from __future__ import annotations

import os
import shutil

import pytest

ALICE, BOB = 61001, 61002
EVERYONE = "access: {default: everyone}\n"  # what plibd.yaml says where users are to meet

_cannot = os.geteuid() != 0 or shutil.which("setpriv") is None
needs_users = pytest.mark.skipif(_cannot, reason="only root with setpriv may become other users")


def as_user(uid: int, *command: str) -> list[str]:
    """Return a command as another user's process.

    It may read and enter everything, since the Python under test may lie in root's home; what it
    may write and connect to is the user's own.
    """
    capability = "+dac_read_search"
    user = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    return ["setpriv", *user, f"--inh-caps={capability}", f"--ambient-caps={capability}", *command]

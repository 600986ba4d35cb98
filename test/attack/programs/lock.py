"""Locks whatever of a directory its user may open, until the test has seen enough."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from attacker import hear, say

# Without what lets a test's users read everything.
PLAIN_USER = ("setpriv", "--inh-caps=-all", "--ambient-caps=-all")


def main() -> None:
    """Do it."""
    directory = Path(sys.argv[1])
    with contextlib.ExitStack() as stack:
        for path in (directory, *directory.iterdir()):
            holder = stack.enter_context(
                subprocess.Popen(
                    [*PLAIN_USER, "flock", "-n", str(path), "sh", "-c", "echo locked; exec cat"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
            assert holder.stdout is not None
            holder.stdout.readline()  # or it may not
        say("locked")
        hear()


if __name__ == "__main__":
    main()

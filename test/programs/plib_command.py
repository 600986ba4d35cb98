"""The installed command `plib`, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

PLIB = f"{sys.prefix}/bin/plib"
# Of nodes and commands that are to meet.
MEETING = {"RMW_IMPLEMENTATION": "rmw_plib", "ROS_DOMAIN_ID": "0"}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [PLIB, *arguments],
        env={**os.environ, "PYTHONSAFEPATH": "1", **MEETING, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def output(*arguments: str) -> str:
    """Return what it prints; it has to end well and say nothing else."""
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def output_json(*arguments: str) -> Any:
    """Return the JSON that it prints."""
    return json.loads(output(*arguments, "--json"))


def failure(*arguments: str, status: int = 2) -> str:
    """Return the one line that it says when it fails."""
    done = run(*arguments)
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith("plib: ")
    assert done.stderr.count("\n") == 1
    return done.stderr

"""Starts nodes of rcl_flood.c: publishers and subscribers in C on rcl."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUN_RCL = Path(__file__).parent / "run_rcl.py"
MODULE = Path(__file__).parent.parent.parent / "build" / "test" / "test" / "librcl_flood.so"


def start_rcl_flood(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Run rcl_flood.c's main() with `arguments`; its output is to be read from the pipe."""
    assert MODULE.exists(), f"{MODULE} is not there: run `make build`"
    return subprocess.Popen(
        [sys.executable, str(RUN_RCL), str(MODULE), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

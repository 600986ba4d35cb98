"""Kill a process after every single instruction of each operation: make kill-points.

kill_points.py [OPERATION...]        prints a table; two operations or more at a time, as CPUs allow
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from plib_py._native import lib

HERE = Path(__file__).parent
PROGRAM = HERE.parent.parent / "build" / "test" / "test" / "kill_points"
CANNOT_BE_TRIED = 77
OPERATIONS = (
    "publish",
    "publish-reusing",
    "publish-overwriting",
    "publish-filtered",
    "publish-retained",
    "loan",
    "commit",
    "grow",
    "wait-space",
    "take",
    "take-and-release",
    "take-awaited",
    "take-filtered",
    "release",
    "set-filter",
    "wait",
    "sleep",
    "sleep-filtered",
    "sleep-on-graph",
    "trigger",
    "attach-writer",
    "attach-reader",
    "attach-filtered",
    "attach-late",
    "detach-writer",
    "detach-reader",
    "join",
    "make-node",
    "leave",
    "foreign-publish",
    "foreign-take",
    "foreign-take-filtered",
    "foreign-sleep",
    "foreign-attach-writer",
    "foreign-attach-reader",
    "foreign-detach-writer",
    "foreign-detach-reader",
)


def plibd_options(folder: Path) -> list[str]:
    """Return the options of a plibd that serves several users; write its file into the folder."""
    config = folder / "plibd.yaml"
    config.write_text("access: {default: everyone}\n")
    return ["--mode", "0666", "--config", str(config)]


def domains() -> list[str]:
    """Return the values of PLIB_DOMAIN that differ here: keys need a CPU that has them."""
    keys = lib.plib_system_features() & lib.PLIB_FEATURE_PKU
    return ["mmu", "pku"] if keys else ["mmu"]


@dataclass(frozen=True)
class Kills:
    """What came of an operation's kills."""

    instructions: int
    kills: int
    wrong: int


def kills_of(line: str) -> Kills:
    """Return what kill_points printed."""
    return Kills(**json.loads(line))


def row(*cells: object) -> str:
    """Return a line of a table."""
    widths = (22, 6, 12, 6, 5, 9)
    return "".join(f"{cell!s:<{width}} " for cell, width in zip(cells, widths, strict=False))


def try_all(operation: str, domain: str) -> bool:
    """Kill after every instruction; print what came of it, and return whether all was well."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="plib-") as folder:
        plibd = [str(HERE / "with_plibd.py"), *plibd_options(Path(folder)), "--"]
        result = subprocess.run(
            [sys.executable, *plibd, str(PROGRAM), operation],
            env={**os.environ, "PLIB_DOMAIN": domain},
            capture_output=True,
            text=True,
            check=False,
        )
    seconds = f"{time.monotonic() - begin:.0f} s"
    if result.returncode == CANNOT_BE_TRIED:
        print(row(operation, domain), f"not tried: {result.stderr.strip()}", flush=True)
        return True
    if not result.stdout:
        print(f"{operation} ended with {result.returncode}: {result.stderr}", flush=True)
        return False
    kills = kills_of(result.stdout)
    cells = (operation, domain, kills.instructions, kills.kills, kills.wrong, seconds)
    print(row(*cells), flush=True)
    if result.returncode != 0:
        print(result.stderr, flush=True)
    return result.returncode == 0


def main() -> int:
    """Try all operations; return 0 when nothing was wrong."""
    print(row("operation", "domain", "instructions", "kills", "wrong", "time"), flush=True)
    jobs = [(each, domain) for domain in domains() for each in sys.argv[1:] or OPERATIONS]
    # The operations beside each other do not disturb: each has a plibd of its own.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return 0 if all(list(pool.map(lambda job: try_all(*job), jobs))) else 1


if __name__ == "__main__":
    sys.exit(main())

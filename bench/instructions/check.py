"""Count the instructions of a publish and take and compare them with the stored figures.

check.py PROGRAM [--store]; PROGRAM is the built publish_take, PLIB_SOCKET names a running plibd.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

STORED = Path(__file__).with_name("instructions.json")
SIZES = (64, 1024)  # bytes
COUNT = 2000
TOLERANCE = 0.05
STORE = "`make bench-check STORE=1` stores a new figure"


def compiler(program: str) -> str:
    """Return the compiler that built the program."""
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout.strip()


def count(program: str, size: int) -> float:
    """Return the instructions of one publish and take of ``size`` bytes."""
    with tempfile.TemporaryDirectory(prefix="plib-") as folder:
        out = Path(folder) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", "--toggle-collect=exchange"]
        command += [f"--callgrind-out-file={out}", program, str(size), str(COUNT)]
        done = subprocess.run(
            command,
            # valgrind knows no protection keys.
            env={**os.environ, "PLIB_DOMAIN": "mmu"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"bench-check: publish_take failed under callgrind\n{done.stderr}")
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
    if total is None or int(total[1]) == 0:
        raise SystemExit("bench-check: callgrind counted nothing")
    return int(total[1]) / COUNT


def compare(size: int, now: float, stored: float) -> str | None:
    """Return what is wrong with a figure, if anything."""
    change = now / stored - 1
    if abs(change) <= TOLERANCE:
        return None
    more = "more" if change > 0 else "fewer"
    return (
        f"bench-check: publish and take of {size} B needs {abs(change):.1%} {more} instructions: "
        f"{now:.0f}, stored {stored:.0f}; if that is meant, {STORE}"
    )


def main() -> int:
    """Return 0 when the figures hold, 1 when they do not."""
    program = sys.argv[1]
    built_by = compiler(program)
    now = {size: count(program, size) for size in SIZES}
    for size, figure in now.items():
        print(f"publish and take of {size} B: {figure:.1f} instructions")
    if "--store" in sys.argv[2:]:
        figures = {str(size): round(figure, 1) for size, figure in now.items()}
        text = json.dumps({"compiler": built_by, "instructions": figures}, indent=2)
        STORED.write_text(text + "\n")
        return 0
    stored = json.loads(STORED.read_text())
    if stored["compiler"] != built_by:
        print(
            f"bench-check: the stored figures are of {stored['compiler']}, this is {built_by}: "
            f"not compared; {STORE}"
        )
        return 0
    wrong = [compare(size, now[size], stored["instructions"][str(size)]) for size in SIZES]
    for line in filter(None, wrong):
        print(line)
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())

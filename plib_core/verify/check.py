"""Check the models with Spin: no error in any state, and one as soon as a defence is off."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
# Enough for the largest; Spin says so when it is not.
LIMITS = ["-m1000000"]
COMPILE = ["-O2", "-w", "-DCOLLAPSE", "-DMEMLIM=8192", "-DSAFETY"]


@dataclass(frozen=True)
class Check:
    """A model with its parameters, and whether it is to fail."""

    model: str
    defines: dict[str, int] = field(default_factory=dict)
    fails: bool = False

    def __str__(self) -> str:
        defines = " ".join(f"{name}={value}" for name, value in self.defines.items())
        return f"{self.model} {defines}".strip()


def checks() -> list[Check]:
    """Return all checks."""
    sizes = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3)]
    wake_up = [Check("wake_up", {"WRITERS": w, "READERS": r}) for w, r in sizes]
    wake_up.append(Check("wake_up", {"WRITERS": 1, "READERS": 1, "SAMPLES": 3}))
    hold = [Check("hold", {"READERS": readers}) for readers in (1, 2)]
    broken = [
        Check("wake_up", {"FENCE_WRITER": 0, "WRITERS": 1, "READERS": 1}, fails=True),
        Check("wake_up", {"FENCE_READER": 0, "WRITERS": 1, "READERS": 1}, fails=True),
        Check("wake_up", {"EPOCH_FIRST": 0, "WRITERS": 1, "READERS": 1}, fails=True),
        Check("hold", {"FENCE_WRITER": 0, "READERS": 1}, fails=True),
        Check("hold", {"FENCE_READER": 0, "READERS": 1}, fails=True),
        Check("hold", {"SECOND_LOOK": 0, "READERS": 1}, fails=True),
        Check("hold", {"NEWS_CHECKED": 0, "READERS": 1}, fails=True),
        Check("death", {"NEWS_WAKE": 0}, fails=True),
        Check("death", {"DRAINED_FIRST": 0}, fails=True),
    ]
    return [*wake_up, *hold, Check("death"), *broken]


def run(check: Check, folder: Path) -> tuple[int, bool, str]:
    """Return the errors found, whether all states were searched, and what Spin said."""
    defines = [f"-D{name}={value}" for name, value in check.defines.items()]
    commands = [
        ["spin", "-a", *defines, str(HERE / f"{check.model}.pml")],
        ["cc", *COMPILE, "-o", "pan", "pan.c"],
        ["./pan", *LIMITS, *(["-E"] if check.model == "death" else [])],
    ]
    output = ""
    for command in commands:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
        )
        output = done.stdout + done.stderr
        if done.returncode != 0 and command[0] != "./pan":
            raise SystemExit(f"verify: {' '.join(command)} failed\n{output}")
    errors = re.search(r"errors: (\d+)", output)
    if errors is None:
        raise SystemExit(f"verify: {check}: Spin reached no verdict\n{output}")
    whole = "max search depth too small" not in output and "out of memory" not in output
    return int(errors[1]), whole, output


def main() -> int:
    """Return 0 when every check came out as it should."""
    wrong = 0
    for check in checks():
        with tempfile.TemporaryDirectory(prefix="plib-verify-") as folder:
            errors, whole, output = run(check, Path(folder))
        states = re.search(r"(\d+) states, stored", output)
        if check.fails:
            verdict = "found, as it should" if errors else "NOT FOUND"
            good = errors > 0
        else:
            verdict = "no error" if not errors else "ERROR"
            good = errors == 0 and whole
            if not whole:
                verdict = "not searched to the end"
        print(f"{check}: {verdict} ({states[1] if states else '?'} states)")
        wrong += not good
    print(f"{len(checks()) - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

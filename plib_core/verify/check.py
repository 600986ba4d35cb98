"""Check the models with Spin: no error in any state, and one with each patch of seeded/ applied."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
# Enough for the largest; Spin says so when it is not.
LIMITS = ["-m1000000"]
COMPILE = ["-O2", "-w", "-DCOLLAPSE", "-DMEMLIM=4096", "-DSAFETY"]


@dataclass(frozen=True)
class Check:
    """A model with its parameters, and the seeded error that is to be found in it."""

    model: str
    defines: dict[str, int] = field(default_factory=dict)
    seeded: Path | None = None

    def __str__(self) -> str:
        """Return what is checked."""
        defines = "".join(f" {name}={value}" for name, value in self.defines.items())
        return self.model + defines + (f" with {self.seeded.stem}" if self.seeded else "")


def checks() -> list[Check]:
    """Return all checks."""
    sizes = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3)]
    wake_up = [{"WRITERS": w, "READERS": r} for w, r in sizes]
    wake_up.append({"WRITERS": 1, "READERS": 1, "SAMPLES": 3})
    wake_up.append({"WRITERS": 1, "READERS": 1, "SAMPLES": 4, "OTHERS": 1})
    hold = [{"READERS": readers} for readers in (1, 2, 3)]
    hold += [{"READERS": readers, "OTHERS": 1} for readers in (1, 2)]
    right = {"wake_up": wake_up, "hold": hold, "death": [{}]}
    small: dict[str, list[dict[str, int]]] = {
        "wake_up": [{"WRITERS": 1, "READERS": 1, "OTHERS": others} for others in (0, 1)],
        "hold": [{"READERS": 1, "OTHERS": others} for others in (0, 1)],
        "death": [{}],
    }
    found = []
    for model, parameters in small.items():
        patches = sorted((HERE / "seeded").glob(f"{model}_*.patch"))
        assert patches, f"no seeded error for {model}"
        found += [Check(model, defines, patch) for patch in patches for defines in parameters]
    return [Check(model, each) for model, all_ in right.items() for each in all_] + found


def run(check: Check, folder: Path) -> tuple[int, bool, str]:
    """Return the errors found, whether all states were searched, and what Spin said."""
    model = f"{check.model}.pml"
    shutil.copy(HERE / model, folder)
    defines = [f"-D{name}={value}" for name, value in check.defines.items()]
    commands = [
        *([["patch", "-s", "-p0", "-i", str(check.seeded)]] if check.seeded else []),
        ["spin", "-a", *defines, model],
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
        if check.seeded:
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

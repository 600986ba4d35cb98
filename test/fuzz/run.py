"""Run every fuzzer for some seconds, two at a time: run.py SECONDS [NAME...]

Each begins with the inputs in ``test/fuzz/corpus/NAME`` and those that earlier runs left in
``build/fuzz/corpus/NAME``. What one finds stays in ``build/fuzz/findings``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
BUILD = SOURCE.parents[1] / "build" / "fuzz"
AT_ONCE = 2
# bytes of the longest input that is tried
FUZZERS = {
    "daemon": 2048,
    "hostile_ring": 1024,
    "hostile_link": 1024,
    "filter": 1024,
    "message": 2048,
}
ENVIRONMENT = {
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "ASAN_OPTIONS": "quarantine_size_mb=16",  # else what was freed is all the memory it takes
}
# atheris sees plib_py as it is installed here, but not the tools and ROS around it.
PYTHON_ENVIRONMENT = {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONSAFEPATH": ""}


def program(name: str) -> list[str]:
    """Return what starts a fuzzer."""
    if name == "daemon":
        return [f"{BUILD}/venv/bin/python", f"{SOURCE}/daemon/fuzz_daemon.py"]
    return [f"{BUILD}/native/fuzz_{name}"]


def options(name: str, seconds: int) -> list[str]:
    """Return libFuzzer's options."""
    dictionary = SOURCE / "rmw" / f"{name}.dict"
    return [
        f"-max_total_time={seconds}",
        f"-max_len={FUZZERS[name]}",
        "-len_control=0",
        "-timeout=20",
        f"-artifact_prefix={BUILD}/findings/{name}-",
        *([f"-dict={dictionary}"] if dictionary.exists() else []),
        f"{BUILD}/corpus/{name}",
        f"{SOURCE}/corpus/{name}",
    ]


def fuzz(name: str, seconds: int) -> bool:
    """Run one; say what came of it, and return whether it found nothing."""
    (BUILD / "corpus" / name).mkdir(parents=True, exist_ok=True)
    (BUILD / "findings").mkdir(exist_ok=True)
    log = BUILD / f"{name}.log"
    python = PYTHON_ENVIRONMENT if name == "daemon" else {}
    with log.open("w") as output:
        status = subprocess.run(
            [*program(name), *options(name, seconds)],
            env={**os.environ, **ENVIRONMENT, **python},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    lines = log.read_text(errors="replace").splitlines()
    done = next((line for line in reversed(lines) if line.startswith("Done ")), "")
    if status == 0 and done:
        print(f"{name}: nothing found; {done.removeprefix('Done ')}", flush=True)
        return True
    told = [line for line in lines if not line.startswith(("#", "sequence size"))]
    print(f"{name}: FOUND SOMETHING, or failed ({status}):", *told[-60:], sep="\n")
    print(f"the whole of it: {log}; again: {' '.join(program(name))} INPUT", flush=True)
    return False


def main() -> int:
    """Run them; return 1 when one found something."""
    seconds, names = int(sys.argv[1]), sys.argv[2:] or list(FUZZERS)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda name: fuzz(name, seconds), names))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Show how long each bounded function takes, and at worst: `run.py PROGRAM`.

PLIB_SOCKET names a running plibd. Each function is shown alone and with 16 peers, on idle CPUs and
with twice as many busy processes as there are CPUs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess

PEERS = (0, 16)
COLUMNS = ("p50_ns", "p99_ns", "p9999_ns", "max_cpu_ns", "max_ns")


def measure(program: str, peers: int, burners: int, count: int) -> dict[str, dict[str, float]]:
    """Return the times of each function."""
    command = [program, str(peers), str(burners), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    times: dict[str, dict[str, float]] = json.loads(done.stdout)
    return times


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=200_000, help="calls of each function")
    options = parser.parse_args()
    busy = 2 * (os.cpu_count() or 1)
    for burners in (0, busy):
        for peers in PEERS:
            times = measure(options.program, peers, burners, options.count)
            print(f"\n{peers} other processes on the topic, {burners} busy ones; ns\n")
            print("| function | p50 | p99 | p99.99 | max, CPU time | max |")
            print("| --- | --- | --- | --- | --- | --- |")
            for name, one in times.items():
                print(f"| `{name}` | " + " | ".join(f"{one[key]:.0f}" for key in COLUMNS) + " |")


if __name__ == "__main__":
    main()

"""The command line."""

from __future__ import annotations

import argparse
import fnmatch
import signal
import sys
from pathlib import Path

from plibbench import machine, paths
from plibbench.arena import adopt_orphans
from plibbench.growth import growths, run_growth
from plibbench.results import Results
from plibbench.runner import Plan, run_item
from plibbench.suite import suite


def main() -> int:
    """Measure, and write down the result."""
    options = _parse()
    items = [
        item
        for item in suite().items
        if _chosen(item.name, options.only) and (item.quick or not options.quick or options.only)
    ]
    chosen_growths = [growth for growth in growths() if _chosen(growth.name, options.only)]
    names = [item.name for item in items] + [growth.name for growth in chosen_growths]
    if options.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads on may stop when it likes
        print("\n".join(names))
        return 0
    if not names:
        print(f"nothing matches {options.only}", file=sys.stderr)
        return 2
    # The processes of the run that it ends are ended with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    machine.use_cpus(options.cpus)
    adopt_orphans()
    results = Results(_plan(options), options.quick, options.output)
    for item in items:
        _announce(item.name, names)
        results.outcomes.append(run_item(item, results.plan))
        # After each, so that one that is interrupted leaves what it has.
        results.write()
    for growth in chosen_growths:
        _announce(growth.name, names)
        results.curves.append(run_growth(growth, results.plan, options.quick))
        results.write()
    results.draw()
    print((options.output / "results.md").read_text())
    reached = all(verdict.reached for verdict in results.verdicts())
    return 1 if options.check and not reached else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run.py",
        description="Measure plib and Fast DDS; results go to build/bench/.",
    )
    parser.add_argument("--rounds", type=int, help="good runs of each configuration (5)")
    parser.add_argument("--seconds", type=float, help="measured time of a run (2)")
    parser.add_argument(
        "--only", action="append", metavar="PATTERN", help="items, as --list has them; * and ?"
    )
    parser.add_argument("--quick", action="store_true", help="one short run each: does it work?")
    parser.add_argument(
        "--keep-disturbed", action="store_true", help="count runs beside which others worked"
    )
    parser.add_argument("--cpus", type=int, default=2, help="CPUs for all processes (2)")
    parser.add_argument(
        "--output", type=Path, default=paths.BUILD, metavar="FOLDER", help="(build/bench)"
    )
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 unless every target is reached"
    )
    parser.add_argument("--list", action="store_true", help="say what there is to measure")
    return parser.parse_args()


def _chosen(name: str, patterns: list[str] | None) -> bool:
    return not patterns or any(
        fnmatch.fnmatch(name.lower(), f"*{pattern.lower()}*") for pattern in patterns
    )


def _announce(name: str, names: list[str]) -> None:
    print(f"{names.index(name) + 1}/{len(names)} {name}", file=sys.stderr, flush=True)


def _plan(options: argparse.Namespace) -> Plan:
    quick: bool = options.quick
    return Plan(
        rounds=options.rounds or (1 if quick else 5),
        seconds=options.seconds or (0.3 if quick else 2.0),
        warmup=0.1 if quick else 0.5,
        attempts=1 if quick else 3,
        keep_disturbed=options.keep_disturbed or quick,
    )

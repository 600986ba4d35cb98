"""What the measurements say: medians, ratios, a table."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plib_py.bench.run import FAST_DDS, NAMES, PLIB, Run

if TYPE_CHECKING:
    from rich.table import Table

# Key, what people call it, and whether more is better.
METRICS = (
    ("p50_us", "median", False),
    ("p99_us", "99th percentile", False),
    ("rate", "received, none lost", True),
    ("cpu_us", "CPU time each", False),
)


_NAMED = 5
_WORTH_NAMING = 0.02  # CPUs


def summary(runs: Sequence[Run]) -> dict[str, dict[str, dict[str, float]]]:
    """Return for each item and metric the medians, by middleware, and how much better plib is.

    The key of the latter is "times_better": of times Fast DDS's divided by plib's, of rates
    plib's divided by Fast DDS's.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for item in dict.fromkeys(run.item for run in runs):
        found[item] = {}
        for key, _, more_is_better in METRICS:
            medians = {
                rmw: statistics.median(figures)
                for rmw in NAMES
                if (figures := [run.figures[key] for run in _of(runs, item, rmw, key)])
            }
            if len(medians) == len(NAMES):
                plib, other = medians[PLIB], medians[FAST_DDS]
                better = plib / other if more_is_better else other / plib
                found[item][key] = {**medians, "times_better": better}
    return found


def _of(runs: Sequence[Run], item: str, rmw: str, key: str) -> list[Run]:
    return [run for run in runs if run.item == item and run.rmw == rmw and key in run.figures]


def table(found: dict[str, dict[str, dict[str, float]]]) -> Table:
    """Return the summary for people."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for heading in ("measured", ""):
        shown.add_column(heading)
    for heading in (*NAMES.values(), "plib is better"):
        shown.add_column(heading, justify="right")
    for item, metrics in found.items():
        label = item
        for key, name, _ in METRICS:
            if key not in metrics:
                continue
            figures = metrics[key]
            better = figures["times_better"]
            shown.add_row(
                label,
                name,
                *(_text(key, figures[rmw]) for rmw in NAMES),
                f"{better:.1f} times" if better >= 1 else f"no: {1 / better:.1f} times worse",
                style=None if better >= 1 else "yellow",
            )
            label = ""
    return shown


def _text(key: str, figure: float) -> str:
    if key == "rate":
        return f"{figure:,.0f}/s"
    return f"{figure / 1000:,.2f} ms" if figure >= 1000 else f"{figure:,.0f} µs"


def others(runs: Sequence[Run]) -> tuple[float, dict[str, float]]:
    """Return how many CPUs others used on average, and the programs that used most of them."""
    programs: defaultdict[str, float] = defaultdict(float)
    for run in runs:
        for name, used in run.programs.items():
            programs[name] += used / len(runs)
    most = sorted(programs.items(), key=lambda program: -program[1])[:_NAMED]
    named = {name: used for name, used in most if used >= _WORTH_NAMING}
    return statistics.mean(run.others for run in runs), named


def as_json(runs: Sequence[Run], machine: dict[str, Any]) -> dict[str, Any]:
    """Return everything, as results.json has it."""
    cpus, programs = others(runs)
    return {
        "machine": machine,
        "others": {"cpus": cpus, "programs": programs},
        "summary": summary(runs),
        "runs": [run.as_json() for run in runs],
    }

"""Draw what was measured: ``python -m plibbench.plots FOLDER``, where results.json is.

In a process of its own, as the drawing library lives in another environment than ROS.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

Summaries = dict[str, dict[str, dict[str, Any]]]


def main() -> int:
    """Draw everything that was measured."""
    folder = Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    summaries: Summaries = results["summaries"]
    for prefix, name in (
        ("round trip Image ", "round_trip"),
        ("round trip loaned ", "round_trip_loaned"),
    ):
        _latencies(summaries, prefix, folder / f"{name}.svg")
    _rates(summaries, "flood ", folder / "flood.svg")
    for name, curve in results["growth"].items():
        _growth(name, curve, folder / f"{name.replace(' ', '_')}.svg")
    return 0


def _chosen(summaries: Summaries, prefix: str) -> Summaries:
    return {
        item.removeprefix(prefix): configurations
        for item, configurations in summaries.items()
        if item.startswith(prefix)
    }


def _configurations(chosen: Summaries) -> list[str]:
    return list(
        dict.fromkeys(name for configurations in chosen.values() for name in configurations)
    )


def _figure(chosen: Summaries, size: str, name: str, metric: str) -> float | None:
    summary = chosen[size].get(name)
    figure = summary["figures"].get(metric) if summary else None
    return float(figure["median"]) if figure else None


def _latencies(summaries: Summaries, prefix: str, path: Path) -> None:
    chosen = _chosen(summaries, prefix)
    if not chosen:
        return
    figure, axes = plt.subplots(figsize=(8, 5))
    for number, name in enumerate(_configurations(chosen)):
        for metric, style in (("p50_us", "-o"), ("p99_us", ":")):
            points = [
                (size, value)
                for size in chosen
                if (value := _figure(chosen, size, name, metric)) is not None
            ]
            if points:
                axes.plot(
                    *zip(*points, strict=True),
                    style,
                    color=f"C{number}",
                    label=name if style == "-o" else None,
                )
    axes.set_yscale("log")
    axes.set_ylabel("round trip, µs (dotted: p99)")
    axes.set_title(prefix.strip())
    _save(figure, axes, path)


def _rates(summaries: Summaries, prefix: str, path: Path) -> None:
    chosen = _chosen(summaries, prefix)
    if not chosen:
        return
    names = _configurations(chosen)
    figure, axes = plt.subplots(figsize=(9, 1 + 0.9 * len(chosen)))
    height = 0.8 / len(names)
    for number, name in enumerate(names):
        values = [_figure(chosen, size, name, "received_per_s") or 0.0 for size in chosen]
        places = [place - 0.4 + number * height for place in range(len(chosen))]
        axes.barh(places, values, height, label=name)
    axes.set_yticks(range(len(chosen)), list(chosen))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("messages received per second")
    axes.set_title(prefix.strip())
    _save(figure, axes, path)


def _growth(name: str, curve: dict[str, Any], path: Path) -> None:
    points = [point for point in curve["points"] if point["metrics"]]
    figure, axes = plt.subplots(figsize=(8, 5))
    for number, (metric, line) in enumerate(curve["lines"].items()):
        counts = [point["count"] for point in points]
        values = [point["metrics"][metric] for point in points]
        label = metric if line is None else f"{metric}: {line[0]:.3g} ns for each one more"
        axes.plot(counts, values, "o", color=f"C{number}", label=label)
        if line is not None:
            axes.plot(counts, [line[1] + line[0] * count for count in counts], color=f"C{number}")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(curve["unit"])
    axes.set_ylabel("ns")
    axes.set_title(name)
    _save(figure, axes, path)


def _save(figure: Any, axes: Any, path: Path) -> None:
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())

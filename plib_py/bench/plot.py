"""The plot of what was measured; needs matplotlib (``pip install rmw-plib[bench]``)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from plib_py.bench.run import FAST_DDS, NAMES, PLIB

COLORS = {PLIB: "#1f77b4", FAST_DDS: "#ff7f0e"}


def is_possible() -> bool:
    """Return whether there is what draws."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw the summary as an SVG: latency by size, CPU time, rate."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    summary = results["summary"]
    trips = {item: metrics for item, metrics in summary.items() if "p50_us" in metrics}
    floods = {item: metrics for item, metrics in summary.items() if "rate" in metrics}
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasSVG(figure)
    latency, cpu, rate = figure.subplots(1, 3, width_ratios=[3, 4, 1.5])
    _bars(latency, trips, "p50_us", "round trip, µs (line: to the 99th percentile)")
    _whiskers(latency, trips)
    _bars(cpu, summary, "cpu_us", "CPU time of both, µs a round trip or message")
    _bars(rate, floods, "rate", "received a second")
    for axes in (latency, cpu):
        axes.set_yscale("log")
        axes.set_ylim(bottom=1)
    latency.legend()
    machine = results["machine"]
    figure.suptitle(
        f"plib {machine['plib']} beside Fast DDS, two rclpy nodes ({machine['cpu']}, "
        f"{machine['cpus']} CPUs)"
    )
    figure.savefig(path)


def _places(count: int, number: int) -> list[float]:
    return [place + (number - 0.5) * 0.4 for place in range(count)]


def _bars(axes: Any, summary: dict[str, Any], metric: str, label: str) -> None:
    for number, (rmw, name) in enumerate(NAMES.items()):
        values = [metrics[metric][rmw] for metrics in summary.values()]
        bars = axes.bar(_places(len(values), number), values, 0.38, label=name, color=COLORS[rmw])
        axes.bar_label(
            bars, [_short(value) for value in values], fontsize=8, padding=-11, color="w"
        )
    names = [item.replace("round trip ", "").replace("flood ", "flood\n") for item in summary]
    axes.set_xticks(range(len(names)), names)
    axes.set_title(label, fontsize=9)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)


def _whiskers(axes: Any, trips: dict[str, Any]) -> None:
    for number, rmw in enumerate(NAMES):
        low = [metrics["p50_us"][rmw] for metrics in trips.values()]
        high = [metrics["p99_us"][rmw] for metrics in trips.values()]
        axes.vlines(_places(len(low), number), low, high, color="0.25", linewidth=1.2)


def _short(value: float) -> str:
    if value >= 10000:
        return f"{value / 1000:,.0f}k"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"

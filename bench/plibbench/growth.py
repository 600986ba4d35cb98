"""How plib's costs grow with what is around: readers, endpoints, nodes."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from plibbench.arena import Arena, Metrics
from plibbench.configurations import PLIB
from plibbench.machine import Watch, is_disturbed
from plibbench.runner import Plan


@dataclass(frozen=True)
class Growth:
    """A cost, measured with more and more of something.

    Attributes
    ----------
    name : str
        For `--only`.
    unit : str
        Of what there is more and more.
    counts : tuple
        How many.
    measure : callable
        One run with so many.
    metrics : tuple
        Of those that it returns, in ns.
    """

    name: str
    unit: str
    counts: tuple[int, ...]
    measure: Callable[[Arena, int], Metrics]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """Medians with so many of them."""

    count: int
    metrics: Metrics
    runs: int
    disturbed: int
    error: str


@dataclass(frozen=True)
class Curve:
    """A growth, measured."""

    growth: Growth
    points: tuple[Point, ...]

    def slope(self, metric: str) -> tuple[float, float] | None:
        """Return the straight line that fits best: ns for each one more, and ns for none."""
        pairs = [(point.count, point.metrics[metric]) for point in self.points if point.metrics]
        if len(pairs) < 2:
            return None
        line = statistics.linear_regression(*zip(*pairs, strict=True))
        return line.slope, line.intercept

    def as_json(self) -> dict[str, Any]:
        """Return points and slopes."""
        return {
            "unit": self.growth.unit,
            "points": [asdict(point) for point in self.points],
            "lines": {metric: self.slope(metric) for metric in self.growth.metrics},
        }


def growths() -> tuple[Growth, ...]:
    """Return all."""
    up_to_200 = (1, 2, 5, 10, 20, 50, 100, 200)
    return (
        Growth(
            "growth of publishing with reader processes",
            "reader processes",
            (1, 2, 4, 8, 16, 32, 64),
            _publish,
            ("publish_ns", "publish_cpu_ns"),
        ),
        Growth(
            "growth of waiting with subscriptions",
            "subscriptions in the wait set",
            up_to_200,
            _wait,
            ("poll_ns", "ready_ns", "sleep_cpu_ns"),
        ),
        Growth(
            "growth of a look at the graph with nodes",
            "nodes with a topic each",
            up_to_200,
            _graph,
            ("graph_ns",),
        ),
    )


def run_growth(growth: Growth, plan: Plan, quick: bool) -> Curve:
    """Measure a growth; the counts take turns as configurations do."""
    counts = growth.counts[:4:3] if quick else growth.counts
    rounds = min(plan.rounds, 3)
    runs: dict[int, list[Metrics]] = {count: [] for count in counts}
    disturbed = dict.fromkeys(counts, 0)
    errors = dict.fromkeys(counts, "")
    for _ in range(rounds):
        for count in counts:
            for _ in range(plan.attempts):
                watch = Watch()
                try:
                    with Arena(PLIB, plan.seconds / 2, plan.warmup) as arena:
                        metrics = growth.measure(arena, count)
                except Exception as error:  # whatever it is, the other runs are to go on
                    errors[count] = f"{type(error).__name__}: {error}"
                    print(f"  {count:4} {error}", file=sys.stderr, flush=True)
                    break
                time.sleep(0.05)
                if is_disturbed(watch.others()):
                    disturbed[count] += 1
                    if not plan.keep_disturbed:
                        continue
                runs[count].append(metrics)
                shown = "  ".join(f"{name} {metrics[name]:.4g}" for name in growth.metrics)
                print(f"  {count:4} {shown}", file=sys.stderr, flush=True)
                break
    return Curve(
        growth,
        tuple(
            Point(count, _medians(runs[count]), len(runs[count]), disturbed[count], errors[count])
            for count in counts
        ),
    )


def _medians(runs: list[Metrics]) -> Metrics:
    return {name: statistics.median(run[name] for run in runs) for name in (runs or [{}])[0]}


def _publish(arena: Arena, count: int) -> Metrics:
    readers = [arena.driver("reader") for _ in range(count)]
    publisher = arena.driver("publish_cost", gate="yes", peers=count)
    for child in (*readers, publisher):
        child.expect("matched", arena.patience)
    publisher.tell()
    return _numbers(publisher.result(arena.patience))


def _wait(arena: Arena, count: int) -> Metrics:
    writers = arena.driver("writers", count=count)
    writers.expect("ready", arena.patience)
    return _numbers(arena.driver("wait_cost", count=count).result(arena.patience))


def _graph(arena: Arena, count: int) -> Metrics:
    nodes = arena.driver("nodes", count=count)
    nodes.expect("ready", arena.patience)
    return _numbers(arena.driver("graph_cost", count=count).result(arena.patience))


def _numbers(result: dict[str, Any]) -> Metrics:
    return {name: float(value) for name, value in result.items() if name != "role"}

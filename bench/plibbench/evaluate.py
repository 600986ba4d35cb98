"""From runs to figures, and from figures to a verdict on the targets."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import Any

from plibbench.configurations import PLIB
from plibbench.items import BEST, LOWER, Flatness, Item, Target, plib_of
from plibbench.runner import Outcome, Run


@dataclass(frozen=True)
class Figure:
    """A metric over the runs that count."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """One configuration of an item.

    Attributes
    ----------
    figures : dict
        By metric; empty when no run counts.
    counted, disturbed, failed : int
        Runs that count; that do not, as others were working; that gave no result.
    error : str
        Of the last run that failed.
    supported : bool
        Whether the configuration can do this at all.
    """

    figures: dict[str, Figure]
    counted: int
    disturbed: int
    failed: int
    error: str
    supported: bool


@dataclass(frozen=True)
class Verdict:
    """What became of a target.

    Attributes
    ----------
    item, metric : str
        Where.
    reference : str
        What plib's figure was divided by, "" for nothing.
    ratio : float or None
        None when a figure is missing.
    bound : str
        What it had to be.
    reached : bool or None
        None when a figure is missing.
    """

    item: str
    metric: str
    reference: str
    ratio: float | None
    bound: str
    reached: bool | None


class Evaluation:
    """The figures of all items that were measured."""

    def __init__(self, outcomes: list[Outcome], keep_disturbed: bool) -> None:
        self.items = [outcome.item for outcome in outcomes]
        self._summaries = {
            outcome.item.name: {
                name: _summarize(runs, keep_disturbed) for name, runs in outcome.runs.items()
            }
            for outcome in outcomes
        }

    def summaries(self, item: str) -> dict[str, Summary]:
        """Return an item's configurations; empty when it was not measured."""
        return self._summaries.get(item, {})

    def median(self, item: str, configuration: str, metric: str) -> float | None:
        """Return a figure, None when there is none."""
        summary = self.summaries(item).get(configuration)
        figure = summary.figures.get(metric) if summary else None
        return figure.median if figure else None

    def best(self, item: str, metric: str) -> tuple[str, float] | None:
        """Return Fast DDS's best configuration by this metric, and its figure."""
        found = [
            (name, figure)
            for name in self.summaries(item)
            if name.startswith("Fast DDS") and (figure := self.median(item, name, metric))
        ]
        if not found:
            return None
        choose = min if metric in LOWER else max
        return choose(found, key=lambda pair: pair[1])

    def verdicts(self, item: Item) -> list[Verdict]:
        """Return what became of an item's targets."""
        return [self._verdict(item, target) for target in item.targets]

    def flatness(self, rule: Flatness) -> Verdict | None:
        """Return how far figures lie apart; None when none of them was measured."""
        measured = [item for item in rule.items if self.summaries(item)]
        if not measured:
            return None
        figures = [self.median(item, PLIB.name, rule.metric) for item in measured]
        present = [figure for figure in figures if figure]
        whole = len(present) == len(rule.items)
        ratio = max(present) / min(present) if present else None
        return Verdict(
            rule.name,
            rule.metric,
            "its own smallest",
            ratio,
            f"≤ {rule.factor:g}",
            # A part of the sizes can only show that it is not so.
            None if ratio is None else False if ratio > rule.factor else (True if whole else None),
        )

    def as_json(self) -> dict[str, Any]:
        """Return all summaries."""
        return {
            item: {name: asdict(summary) for name, summary in summaries.items()}
            for item, summaries in self._summaries.items()
        }

    def _verdict(self, item: Item, target: Target) -> Verdict:
        lower = target.metric in LOWER
        bound = f"{'≤' if lower else '≥'} {target.factor:g}"
        where = target.item or item.name
        reference, other = target.against, None
        if target.against == BEST:
            best = self.best(where, target.metric)
            reference, other = best if best else ("strongest", None)
        elif target.against:
            other = self.median(where, target.against, target.metric)
        own = self.median(item.name, plib_of(item), target.metric)
        if own is None or (target.against and not other):
            return Verdict(item.name, target.metric, reference, None, bound, None)
        ratio = own / other if other else own
        reached = ratio <= target.factor if lower else ratio >= target.factor
        if target.item:
            reference += f" ({target.item})"
        return Verdict(item.name, target.metric, reference, ratio, bound, reached)


def _summarize(runs: list[Run], keep_disturbed: bool) -> Summary:
    good = [run for run in runs if run.metrics and (keep_disturbed or not run.disturbed)]
    failed = [run for run in runs if not run.metrics]
    return Summary(
        figures={
            name: _figure([run.metrics[name] for run in good])
            for name in (good[0].metrics if good else ())
        },
        counted=len(good),
        disturbed=sum(run.disturbed for run in runs),
        failed=len(failed),
        error=failed[-1].error if failed else "",
        supported=all(run.supported for run in runs),
    )


def _figure(values: list[float]) -> Figure:
    return Figure(statistics.median(values), min(values), max(values))

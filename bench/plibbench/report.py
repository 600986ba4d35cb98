"""The result as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from plibbench.configurations import DEFAULT
from plibbench.evaluate import Evaluation, Figure, Summary, Verdict
from plibbench.growth import Curve
from plibbench.items import TITLES, Item, Suite, plib_of

Row = Sequence[str]


def markdown(
    evaluation: Evaluation,
    suite: Suite,
    curves: Sequence[Curve],
    facts: dict[str, str | int],
    plan: str,
) -> str:
    """Return the whole report."""
    parts = [
        "# Benchmark of plib",
        ", ".join(f"{name} {value}" for name, value in facts.items()),
        plan,
        "Figures are medians, with the lowest and the highest in brackets. *Strongest* is the "
        "configuration of Fast DDS that was best by this figure in this same run.",
        "## Work",
        _table(
            ("work", "figure", "plib", "Fast DDS default", "strongest", "ratio to it", "runs"),
            [row for item in evaluation.items for row in _work_rows(evaluation, item)],
        ),
        "## Targets",
        _table(
            ("work", "figure", "plib divided by", "ratio", "target", "reached"),
            [_verdict_row(verdict) for verdict in verdicts(evaluation, suite)],
        ),
        "## Growth",
        "What plib's calls cost with more and more around, and the straight line that fits best.",
        _table(
            ("cost", "figure", "ns for each one more", "ns for none", "ns (number: median)"),
            [row for curve in curves for row in _curve_rows(curve)],
        ),
        "## All configurations",
        _table(
            ("work", "configuration", "figures", "counted", "dropped", "failed"),
            [row for item in evaluation.items for row in _detail_rows(evaluation, item)],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def verdicts(evaluation: Evaluation, suite: Suite) -> list[Verdict]:
    """Return what became of all targets of what was measured."""
    single = [verdict for item in evaluation.items for verdict in evaluation.verdicts(item)]
    groups = [evaluation.flatness(rule) for rule in suite.flatness]
    return single + [verdict for verdict in groups if verdict]


def _table(head: Row, rows: Sequence[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _work_rows(evaluation: Evaluation, item: Item) -> list[Row]:
    summaries = evaluation.summaries(item.name)
    rows: list[Row] = []
    if not plib_of(item).startswith("plib"):
        return rows
    for metric in item.metrics:
        own = evaluation.median(item.name, plib_of(item), metric)
        best = evaluation.best(item.name, metric)
        ratio = f"{own / best[1]:.3g}" if own is not None and best else "-"
        rows.append(
            (
                item.name,
                TITLES[metric],
                _cell(summaries.get(plib_of(item)), metric),
                _cell(summaries.get(DEFAULT.name), metric),
                f"{_number(best[1])} {best[0].removeprefix('Fast DDS ')}" if best else "-",
                ratio,
                _runs(summaries.get(plib_of(item))),
            )
        )
    return rows


def _curve_rows(curve: Curve) -> list[Row]:
    rows: list[Row] = []
    failed = [f"{point.count}: {_line(point.error)}" for point in curve.points if point.error]
    for metric in curve.growth.metrics:
        line = curve.slope(metric)
        points = [
            f"{point.count}: {_number(point.metrics[metric])}"
            for point in curve.points
            if point.metrics
        ]
        rows.append(
            (
                curve.growth.name,
                metric,
                _number(line[0]) if line else "-",
                _number(line[1]) if line else "-",
                "; ".join(points + failed),
            )
        )
    return rows


def _detail_rows(evaluation: Evaluation, item: Item) -> list[Row]:
    return [
        (
            item.name,
            name,
            "; ".join(f"{key} {_spread(figure)}" for key, figure in summary.figures.items())
            or _excuse(summary),
            str(summary.counted),
            str(summary.disturbed),
            f"{summary.failed}: {_line(summary.error)}" if summary.failed else "0",
        )
        for name, summary in evaluation.summaries(item.name).items()
    ]


def _verdict_row(verdict: Verdict) -> Row:
    reached = {True: "yes", False: "**no**", None: "not measured"}[verdict.reached]
    ratio = "-" if verdict.ratio is None else f"{verdict.ratio:.3g}"
    return (
        verdict.item,
        TITLES[verdict.metric],
        verdict.reference or "-",
        ratio,
        verdict.bound,
        reached,
    )


def _cell(summary: Summary | None, metric: str) -> str:
    if summary is None:
        return "-"
    figure = summary.figures.get(metric)
    return _spread(figure) if figure else _excuse(summary)


def _excuse(summary: Summary) -> str:
    if not summary.supported:
        return f"not supported: {_line(summary.error)}"
    return "failed" if summary.failed else "all runs disturbed"


def _runs(summary: Summary | None) -> str:
    if summary is None:
        return "-"
    dropped = f", {summary.disturbed} disturbed" if summary.disturbed else ""
    failed = f", {summary.failed} failed" if summary.failed else ""
    return f"{summary.counted}{dropped}{failed}"


def _spread(figure: Figure) -> str:
    if figure.low == figure.high:
        return _number(figure.median)
    return f"{_number(figure.median)} ({_number(figure.low)} to {_number(figure.high)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")[:160]

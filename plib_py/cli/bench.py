"""``plib bench``: ROS nodes over plib beside Fast DDS, on this machine."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from types import FrameType

import click

from plib_py.bench import machine, plot, report
from plib_py.bench.run import ITEMS, NAMES, BenchError, MissingError, Run, measure, require
from plib_py.cli.failure import Problem
from plib_py.cli.terminal import complain, harmless

_FULL = (2.8, 3)  # seconds a measurement, rounds
_QUICK = (0.5, 1)
_START = 2.0  # seconds that nodes take to start, meet, warm up and end
_QUIET = 0.1  # CPUs that others may use without disturbing what is measured


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run(*, quick: bool, output: Path, as_json: bool) -> None:
    """Measure, print a table or JSON, and write results.json and a plot to ``output``."""
    signal.signal(signal.SIGTERM, _terminated)  # whatever was started is ended
    try:
        require()
        runs = _measure(*(_QUICK if quick else _FULL))
    except MissingError as error:
        raise click.ClickException(str(error)) from error
    except BenchError as error:
        raise Problem(str(error)) from error
    results = report.as_json(runs, dict(machine.facts()))
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    if plot.is_possible():
        plot.draw(results, output / "plot.svg")
    else:
        complain("no plot is drawn: it needs matplotlib (pip install rmw-plib[bench])")
    if as_json:
        click.echo(json.dumps(results))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console.print(report.table(results["summary"]))
    _tell_others(*report.others(runs))
    written = "results.json and plot.svg" if plot.is_possible() else "results.json"
    click.echo(f"{output}: {written}")


def _measure(seconds: float, rounds: int) -> list[Run]:
    """Measure, and show how far it is on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    total = len(ITEMS) * len(NAMES) * rounds
    console = Console(stderr=True)
    if not console.is_terminal:
        click.echo(f"{total} measurements, {total * (seconds + _START):.0f} s", err=True)
    runs: list[Run] = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=total)
        for one in measure(seconds, rounds, lambda text: progress.update(task, description=text)):
            runs.append(one)
            progress.advance(task)
    return runs


def _tell_others(cpus: float, programs: dict[str, float]) -> None:
    named = ", ".join(f"{harmless(name)} {used:.2f}" for name, used in programs.items())
    click.echo(f"Meanwhile others used {cpus:.2f} CPUs{f' ({named})' if named else ''}.")
    if cpus > _QUIET:
        click.echo("Figures beside others say little: measure again when nothing else runs.")

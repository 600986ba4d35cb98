"""``python -m plib_py.demo``."""

import json
import signal
import sys
from types import FrameType

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from plib_py.demo import report
from plib_py.demo.process import DemoError
from plib_py.demo.run import Outcome, Round


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(rmw: str, seconds: float, console: Console) -> Outcome:
    """Run one round and show how it goes: a bar on a terminal, lines elsewhere."""
    name = report.NAMES[rmw]
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )

    def say(text: str) -> None:
        console.print(f"{name}: {text}", highlight=False)

    with bar:
        task = bar.add_task(name, total=seconds)
        say("starting a camera, a talker, a viewer, a service and its client")
        with Round(rmw, seconds, say, lambda passed: bar.update(task, completed=passed)) as round_:
            return round_.run()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--seconds",
    type=click.FloatRange(min=2),
    default=16.0,
    show_default=True,
    help="How long to measure each middleware.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def main(seconds: float, as_json: bool) -> None:
    """Run the same ROS nodes over plib and over Fast DDS, kill one of them, and compare.

    Uses a daemon and a domain of its own; ends everything that it started, on Ctrl-C too.
    """
    signal.signal(signal.SIGTERM, _terminated)
    console = Console(stderr=True)
    try:
        outcomes = {rmw: _run(rmw, seconds, console) for rmw in report.NAMES}
    except DemoError as error:
        click.echo(f"plib demo: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("plib demo: interrupted", err=True)
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(report.as_json(outcomes), indent=2))
    else:
        Console().print(report.as_table(outcomes))


if __name__ == "__main__":
    main(prog_name="python -m plib_py.demo")

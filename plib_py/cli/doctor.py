"""``plib doctor``: prints what the checks found."""

import dataclasses
import json

import click

from plib_py.cli import host_checks, install_checks
from plib_py.cli.check import Check, Status

_STYLES = {
    Status.OK: ("✓", "green"),
    Status.INFO: ("i", "cyan"),
    Status.WARNING: ("!", "yellow"),
    Status.PROBLEM: ("✗", "bold red"),
}


def run(domain: int | None, *, as_json: bool) -> int:
    """Check the host and print the results; return 1 when there is a problem, else 0."""
    checks = [*install_checks.checks(domain), *host_checks.checks()]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(check) for check in checks], indent=2))
    else:
        _print(checks)
    return int(any(check.status is Status.PROBLEM for check in checks))


def _print(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        mark, style = _STYLES[check.status]
        table.add_row(Text(mark, style), check.name, Text(check.text))
        if check.cure:
            table.add_row("", "", Text(f"→ {check.cure}", "dim"))
    Console(highlight=False).print(table)

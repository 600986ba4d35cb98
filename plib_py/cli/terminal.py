"""Printing what others chose, names and texts, without obeying it.

Whoever may join or publish must not be able to command the terminal of whoever looks.
"""

import re
import sys

import click

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def echo(text: str, nl: bool = True) -> None:
    """Print a text; on a terminal its control characters are shown, not obeyed."""
    click.echo(harmless(text) if sys.stdout.isatty() else text, nl=nl)


def complain(text: str) -> None:
    """Print a line on stderr, beside what goes on."""
    click.echo(f"plib: {harmless(text)}", err=True)


def harmless(text: str) -> str:
    """Return a text with its control characters, but tabs and line ends, written out."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)

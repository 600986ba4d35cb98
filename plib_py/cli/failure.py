"""How commands end when they do not end well."""

import os
import sys

import click

PROBLEM = 1
FAILURE = 2
INTERRUPTED = 130
NOBODY_READS = 141


class Problem(click.ClickException):
    """What was waited for did not come; told in one line, with exit status 1."""


def nobody_reads() -> int:
    """Return the status for when whoever read the output has gone, as with "| head"."""
    # Python must not fail again when it flushes at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOBODY_READS

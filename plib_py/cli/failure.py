"""Exit status 1: nothing was wrong with the command, but what it waited for did not come."""

import click


class Problem(click.ClickException):
    """A problem was found; told in one line, with exit status 1."""

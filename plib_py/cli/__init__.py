"""The command ``plib``: looks at a running system, starts nothing.

Exit status: 0 all is well, 1 a problem was found, 2 wrong usage or no access, with one line on
standard error.
"""

import os
import sys
from collections.abc import Sequence

import click

from plib_py.cli.app import plib
from plib_py.errors import Error

PROBLEM = 1
FAILURE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line, unless given.
    """
    try:
        status = plib.main(args=arguments, prog_name="plib", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        help_option = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        return _fail(error.format_message().rstrip(".") + help_option)
    except click.ClickException as error:
        return _fail(error.format_message())
    except Error as error:
        return _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Whoever read the output has gone ("| head"); Python must not fail again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return int(status or 0)


def _fail(text: str) -> int:
    line = " ".join(text.split())
    print(f"plib: {line}", file=sys.stderr)
    return FAILURE

"""The command ``plib``.

Exit status: 0 all is well; 1 a problem was found, or what was waited for did not come; 2 wrong
usage, unknown names or no access; 130 interrupted. 1 and 2 come with one line on standard error.
"""

import signal
import sys
from collections.abc import Sequence

import click

from plib_py.cli.failure import FAILURE, INTERRUPTED, PROBLEM, Problem, nobody_reads
from plib_py.cli.terminal import complain
from plib_py.errors import Error, ServiceUnavailable, Timeout


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line, unless given.
    """
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as the script sets it
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # Here, so that Ctrl-C ends the command well from its first moment on.
        from plib_py.cli.app import plib

        status = plib.main(args=arguments, prog_name="plib", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        help_option = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        return _fail(error.format_message().rstrip(".") + help_option)
    except Problem as error:
        return _fail(error.format_message(), PROBLEM)
    except click.ClickException as error:
        return _fail(error.format_message())
    except (Timeout, ServiceUnavailable) as error:
        return _fail(str(error), PROBLEM)
    except Error as error:
        return _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return nobody_reads()
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return _fail(f"{named}{error.strerror or error}")
    return int(status or 0)


def _fail(text: str, status: int = FAILURE) -> int:
    complain(" ".join(text.split()))
    return status

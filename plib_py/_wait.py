"""Sleeping until something happens, a time passes or a signal arrives."""

import errno
import math
from typing import Any

from plib_py._native import lib
from plib_py.errors import InvalidArgument, from_code

_FOREVER: int = 2**63 - 1
# Python looks for signals before it calls C. One that arrives between that and the sleep does not
# end the sleep; so no sleep is longer than this, in s.
_SIGNAL_SLICE = 1.0


def deadline(timeout: float | None) -> int:
    """Return the CLOCK_MONOTONIC time, in ns, when ``timeout`` seconds (None: never) have passed.

    Raises
    ------
    InvalidArgument
        The timeout is not a number.
    """
    if timeout is None or timeout == math.inf:
        return _FOREVER
    if math.isnan(timeout):
        raise InvalidArgument("the timeout is not a number")
    return min(int(lib.plib_now()) + round(max(0.0, timeout) * 1e9), _FOREVER)


def once(
    participant: Any, items: Any, end: int, what: str, longest: float = _SIGNAL_SLICE
) -> bool | None:
    """Sleep once until one of the items has happened.

    Parameters
    ----------
    participant, items
        As ``plib_wait`` takes them.
    end : int
        From `deadline`.
    what : str
        What is waited for, for error texts.
    longest : float
        In seconds, the most that this sleep may take.

    Returns
    -------
    bool or None
        True when an item has happened, False when it is past ``end``; None to look again.
    """
    limit = min(end, deadline(longest))
    status = lib.plib_wait(participant, items, len(items), limit)
    if status == 0:
        return True
    if status == -errno.EINTR or (status == -errno.ETIMEDOUT and limit < end):
        return None
    if status == -errno.ETIMEDOUT:
        return False
    raise from_code(status, f"cannot wait for {what}")

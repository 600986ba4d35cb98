"""Sleeping until something happens, a time passes or a signal arrives."""

import contextlib
import errno
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import InvalidArgument, from_code

_FOREVER: int = 2**63 - 1
# Python looks for signals before it calls C. One that arrives between that and the sleep does not
# end the sleep; so no sleep is longer than this, in s.
_SIGNAL_SLICE = 1.0


@dataclass(frozen=True, eq=False)
class Source:
    """Something to wait for, which also ends the wait when its object is closed.

    Attributes
    ----------
    handle : Handle
        Of the object.
    kind : int
        What of it, ``PLIB_WAIT_...``.
    pointer
        The C object, when it is not the handle's own.
    event : int
        Which status, of a kind that is one.
    """

    handle: Handle
    kind: int
    pointer: Any = None
    event: int = 0


class Items:
    """Sources as ``plib_wait`` takes them.

    Parameters
    ----------
    participant
        The C object, which outlives the sources' handles.
    sources : sequence of Source
        What to wait for.
    what : str
        The same, for error texts.
    guards : sequence
        Guards of C that end the wait, too.
    signals : bool
        Whether a signal is to end the wait; not in threads that get none.
    """

    def __init__(
        self,
        participant: Any,
        sources: Sequence[Source],
        what: str,
        guards: Sequence[Any] = (),
        signals: bool = True,
    ) -> None:
        self._participant = participant
        self._sources = sources
        self._what = what
        self._longest = _SIGNAL_SLICE if signals else None
        items = ffi.new("struct plib_wait_item[]", 2 * len(sources) + len(guards))
        for index, source in enumerate(sources):
            items[2 * index].kind = source.kind
            items[2 * index].event = source.event
            items[2 * index + 1].kind = lib.PLIB_WAIT_GUARD
            items[2 * index + 1].object = source.handle.closing
        for index, guard in enumerate(guards, 2 * len(sources)):
            items[index].kind = lib.PLIB_WAIT_GUARD
            items[index].object = guard
        self._items = items

    def seen(self, index: int, changes: int) -> None:
        """Tell which changes of a source's status are known."""
        self._items[2 * index].seen = changes

    def ready(self, index: int) -> bool:
        """Return whether a source has happened, after a sleep."""
        return bool(self._items[2 * index].ready)

    def sleep(self, end: int) -> bool | None:
        """Sleep once until something has happened, or ``end``, from `deadline`.

        Returns
        -------
        bool or None
            True when something has happened, False when it is past ``end``; None to look again.

        Raises
        ------
        Closed
            The object of a source is closed.
        """
        if len(self._sources) == 1:
            with self._sources[0].handle.in_use():
                return self._sleep(end)
        with contextlib.ExitStack() as uses:
            for source in self._sources:
                uses.enter_context(source.handle.in_use())
            return self._sleep(end)

    def _sleep(self, end: int) -> bool | None:
        for index, source in enumerate(self._sources):
            pointer = source.handle.pointer()
            self._items[2 * index].object = source.pointer or pointer
        limit = min(end, deadline(self._longest))
        status = lib.plib_wait(self._participant, self._items, len(self._items), limit)
        if status == 0:
            return True
        if status == -errno.EINTR or (status == -errno.ETIMEDOUT and limit < end):
            return None
        if status == -errno.ETIMEDOUT:
            return False
        raise from_code(status, f"cannot wait for {self._what}")


def until(participant: Any, source: Source, end: int, what: str) -> bool:
    """Sleep until a source has happened; False when it is past ``end``, from `deadline`.

    Raises
    ------
    Closed
        Its object is closed, by another thread perhaps.
    """
    items = Items(participant, [source], what)
    while True:
        happened = items.sleep(end)
        if happened is False or (happened and items.ready(0)):
            return happened


def deadline(timeout: float | None) -> int:
    """Return the CLOCK_MONOTONIC time, in ns, when ``timeout`` seconds (None: never) have passed.

    Raises
    ------
    InvalidArgument
        The timeout is not a number.
    """
    left = seconds(timeout)
    if left == math.inf:
        return _FOREVER
    return min(int(lib.plib_now()) + round(left * 1e9), _FOREVER)


def seconds(timeout: float | None) -> float:
    """Return a timeout (None: `math.inf`) that is not negative; raises as `deadline`."""
    if timeout is None:
        return math.inf
    if math.isnan(timeout):
        raise InvalidArgument("the timeout is not a number")
    return max(0.0, timeout)

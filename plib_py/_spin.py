"""Serving callbacks: one thread takes for all that has one, and calls it."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plib_py import _wait
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import Closed, InvalidArgument, check


@dataclass(eq=False)
class Served:
    """Something with a callback.

    Attributes
    ----------
    source : Source
        What to wait for.
    serve : callable
        Takes the next and returns what is to be done with it, None when there is none now.
    """

    source: _wait.Source
    serve: Callable[[], Callable[[], object] | None]


def check_callback(callback: object) -> None:
    """Raise `InvalidArgument` for what cannot be called: here, where the mistake is."""
    if not callable(callback):
        raise InvalidArgument(f"{callback!r} is no callback: it cannot be called")


class Spinner:
    """What has callbacks in a participant, and the threads that serve them.

    Parameters
    ----------
    participant
        The C object.
    """

    def __init__(self, participant: Any) -> None:
        self._participant = participant
        self._lock = threading.Lock()
        self._served: list[Served] = []
        self._guards: list[Any] = []  # of the threads that spin: there are others to serve

    def add(self, served: Served) -> None:
        """Have it served from now on."""
        with self._lock:
            if served not in self._served:
                self._served.append(served)
                self._wake()

    def remove(self, served: Served) -> None:
        """Serve it no more; what a thread has taken it still serves."""
        with self._lock, contextlib.suppress(ValueError):
            self._served.remove(served)
            self._wake()

    def run(self, handle: Handle, end: int, once: bool) -> bool:
        """Serve until ``end``, or once.

        Parameters
        ----------
        handle : Handle
            Of the participant; when it is closed, that is the end.
        end : int
            From `_wait.deadline`.
        once : bool
            Whether to return after one round in which something was served.

        Returns
        -------
        bool
            Whether the last round served something.
        """
        guard = ffi.new("struct plib_guard **")
        check(lib.plib_guard_create(guard), "cannot wait")
        with self._lock:
            self._guards.append(guard[0])
        try:
            return self._run(_wait.Source(handle, lib.PLIB_WAIT_GUARD, guard[0]), end, once)
        finally:
            with self._lock:
                self._guards.remove(guard[0])
            lib.plib_guard_destroy(guard[0])

    def _run(self, own: _wait.Source, end: int, once: bool) -> bool:
        served: list[Served] = []
        items = self._items(own, served)
        while not own.handle.closed:
            with self._lock:
                now = [each for each in self._served if not each.source.handle.closed]
            if now != served:
                served, items = now, self._items(own, now)
            # One of each a round, so that none has to wait for another's stream to end.
            done = [self._serve(each) for each in served]
            if any(done):
                if once or lib.plib_now() >= end:
                    return True
                continue
            with contextlib.suppress(Closed):  # one of them: the next round is without it
                if items.sleep(end) is False:
                    return False
        return False

    def _items(self, own: _wait.Source, served: list[Served]) -> _wait.Items:
        sources = [own, *(each.source for each in served)]
        return _wait.Items(self._participant, sources, "what has a callback")

    @staticmethod
    def _serve(served: Served) -> bool:
        try:
            work = served.serve()
        except Closed:
            return False
        if work is None:
            return False
        work()
        return True

    def _wake(self) -> None:
        for guard in self._guards:
            lib.plib_guard_trigger(guard)

"""Ownership of C objects by Python ones: used from any thread, destroyed once and not in use."""

import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from plib_py._native import ffi, lib
from plib_py.errors import Busy, Closed, from_code

# How often `Handle.close` interrupts waits again, in s; one interruption ends one wait.
_AGAIN = 0.01

_forks = 0


def _forked() -> None:
    global _forks
    _forks += 1
    lib.plib_py_forked()


os.register_at_fork(after_in_child=_forked)


class Handle:
    """A C object, which lives on while a thread uses it.

    Every use has this form, so that no Ctrl-C can come between a use and its end: entering and
    leaving a lock of C are one step for Python::

        with handle.in_use():
            pointer = handle.pointer()

    Parameters
    ----------
    pointer
        What the C library created.
    destroy : callable
        The C function that ends it.
    what : str
        Its name, for error texts.

    Attributes
    ----------
    closing
        A guard, which ends the waits in which other threads use it when it is closed.
    shared
        The object for those calls of C that need no `in_use`.
    """

    def __init__(self, pointer: Any, destroy: Callable[[Any], None], what: str) -> None:
        guard = ffi.new("struct plib_guard **")
        status = lib.plib_guard_create(guard)
        if status < 0:
            error = from_code(status, f"the {what} cannot be created")
            destroy(pointer)
            raise error
        self.closing = guard[0]
        self.shared = ffi.new("struct plib_py_shared *")
        lib.plib_py_open(self.shared, pointer)
        self._pointer = pointer
        self._destroy = destroy
        self._what = what
        self._born = _forks
        self._closing = False
        self._changing = threading.Lock()
        self._pins = 0
        # A lock for each thread: they do not wait for each other, only `close` does for all.
        self._own = threading.local()
        self._locks: weakref.WeakSet[Any] = weakref.WeakSet()

    def in_use(self) -> Any:
        """Return the context manager in which the calling thread may use the object."""
        lock = getattr(self._own, "lock", None)
        if lock is None:
            lock = self._own.lock = threading.RLock()
            with self._changing:
                self._locks.add(lock)
        return lock

    def pointer(self) -> Any:
        """Return the object; only within `in_use`.

        Raises
        ------
        Closed
            It is closed, or of the process that this one was forked from.
        """
        if self._closing or self._born != _forks:
            raise self.closed_error()
        return self._pointer

    @property
    def closed(self) -> bool:
        """Whether `pointer` raises."""
        return self._closing or self._born != _forks

    def closed_error(self) -> Closed:
        """Return what `pointer` raises then."""
        if self._born != _forks:
            return Closed(f"the {self._what} belongs to the process that this one was forked from")
        return Closed(f"the {self._what} is closed")

    def pin(self) -> None:
        """Keep the object from being closed until `unpin`; only within `in_use`."""
        with self._changing:
            self._pins += 1

    def unpin(self) -> None:
        """Undo a `pin`."""
        with self._changing:
            self._pins -= 1

    def close(self) -> None:
        """Destroy it, once other threads have left it; the second time, do nothing.

        Raises
        ------
        Busy
            It is pinned: memory of it is in use.
        """
        with self._changing:
            if self._closing or self._born != _forks:
                return
            if self._pins:
                raise Busy(f"the {self._what} cannot be closed: {self._pins} loans of it are out")
            self._closing = True
            locks = list(self._locks)
        for lock in locks:
            lib.plib_guard_trigger(self.closing)
            while not lock.acquire(timeout=_AGAIN):
                lib.plib_guard_trigger(self.closing)
            lock.release()
        while not lib.plib_py_close(self.shared):
            time.sleep(0)  # such calls are short
        self._destroy(self._pointer)
        lib.plib_guard_destroy(self.closing)

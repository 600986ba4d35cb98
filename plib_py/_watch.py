"""Waiting in asyncio: one thread sleeps for all coroutines of a participant."""

import asyncio
import contextlib
import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plib_py import _wait
from plib_py._native import ffi, lib
from plib_py.errors import Closed, Error, check

_logger = logging.getLogger("plib_py")


@dataclass(eq=False)
class Watch:
    """Something that the thread waits for, and what it does then.

    Attributes
    ----------
    source : Source
        What to wait for.
    happened : callable
        Called in the thread when it has happened; returns whether to go on watching.
    closed : callable
        Called in the thread, once and last, when the source's object is closed.
    changes : int
        Of a status: those that are known.
    """

    source: _wait.Source
    happened: Callable[[], bool]
    closed: Callable[[], None]
    changes: int = 0


class Watcher:
    """The thread that sleeps for a participant's coroutines; started by the first of them.

    Parameters
    ----------
    participant
        The C object, which outlives `stop`.
    """

    def __init__(self, participant: Any) -> None:
        self._participant = participant
        self._lock = threading.Lock()
        self._watches: list[Watch] = []
        self._thread: threading.Thread | None = None
        self._changed: Any = None  # guard: there are other watches, or the thread is to end
        self._stopping = False

    def add(self, watch: Watch) -> None:
        """Begin to watch. Raises `Closed` after `stop`."""
        with self._lock:
            if self._stopping:
                raise Closed("the participant is closed")
            if self._thread is None:
                self._start()
            self._watches.append(watch)
            lib.plib_guard_trigger(self._changed)

    def remove(self, watch: Watch) -> None:
        """End watching, if it has not ended; ``happened`` may still be called once."""
        # The thread notices when it wakes up: what it does then costs less than to wake it now.
        with self._lock, contextlib.suppress(ValueError):
            self._watches.remove(watch)

    def stop(self) -> None:
        """End the thread; what is watched is told that it is closed."""
        with self._lock:
            self._stopping = True
            if self._thread is None:
                return
            lib.plib_guard_trigger(self._changed)
        self._thread.join()
        lib.plib_guard_destroy(self._changed)

    def _start(self) -> None:
        guard = ffi.new("struct plib_guard **")
        check(lib.plib_guard_create(guard), "cannot wait")
        self._changed = guard[0]
        self._thread = threading.Thread(target=self._run, name="plib-asyncio", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        watches: list[Watch] = []
        items = self._items(watches)
        while True:
            with self._lock:
                now = list(self._watches)
                stopping = self._stopping
            if stopping:
                break
            if now != watches:
                watches, items = now, self._items(now)
            for index, watch in enumerate(watches):
                items.seen(index, watch.changes)
            try:
                items.sleep(_wait.deadline(None))
            except Closed:
                self._end([watch for watch in watches if watch.source.handle.closed])
                continue
            for index, watch in enumerate(watches):
                if items.ready(index) and not self._tell(watch):
                    self.remove(watch)
        self._end(now)

    @staticmethod
    def _tell(watch: Watch) -> bool:
        try:
            return watch.happened()
        except Error:
            # What cannot be used any more is told at the next look that it is closed.
            if not watch.source.handle.closed:
                _logger.exception("a coroutine may wait in vain")
            return True

    def _items(self, watches: list[Watch]) -> _wait.Items:
        sources = [watch.source for watch in watches]
        guards = [self._changed]
        return _wait.Items(self._participant, sources, "coroutines", guards, signals=False)

    def _end(self, watches: list[Watch]) -> None:
        for watch in watches:
            self.remove(watch)
            watch.closed()


class Settled:
    """A future that any thread may settle, for one coroutine to await.

    Must be made in the loop that is to await it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[Any] = self._loop.create_future()

    def settle(self, result: Any) -> None:
        """Give it a result, unless it has one; an exception is raised where it is awaited."""
        # The loop may have been closed, and whoever awaited it with it.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._settle, result)

    async def wait(self, timeout: float | None, otherwise: Any) -> Any:
        """Await the result, or return ``otherwise`` after ``timeout`` seconds (None: never)."""
        timer = None
        if timeout is not None and timeout != math.inf:
            timer = self._loop.call_later(max(0.0, timeout), self._settle, otherwise)
        try:
            return await self._future
        finally:
            if timer is not None:
                timer.cancel()

    def _settle(self, result: Any) -> None:
        if self._future.done():
            return
        if isinstance(result, BaseException):
            self._future.set_exception(result)
        else:
            self._future.set_result(result)


async def until(
    watcher: Watcher, source: _wait.Source, timeout: float | None, changes: int = 0
) -> bool:
    """Wait until a source has happened; False when the time, in seconds, passed.

    Raises
    ------
    Closed
        Its object is closed.
    """
    settled = Settled()

    def happened() -> bool:
        settled.settle(True)
        return False

    def closed() -> None:
        settled.settle(source.handle.closed_error())

    watch = Watch(source, happened, closed, changes)
    watcher.add(watch)
    try:
        return bool(await settled.wait(timeout, otherwise=False))
    finally:
        watcher.remove(watch)


class Fairness:
    """Gives way to other coroutines from time to time, while there is no reason to wait."""

    # A loop may be held up for about as long, in s.
    _SLICE = 0.001

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    async def pause(self) -> None:
        """Give way if that has not happened for a while."""
        if self._loop.time() - self._since > self._SLICE:
            await asyncio.sleep(0)
            self._since = self._loop.time()

"""Looks after calls that bounded functions should have ended long ago."""

from __future__ import annotations

import contextlib
import enum
import signal
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from plib_py._native import ffi, lib
from plib_py.daemon.log import LOG, fields

if TYPE_CHECKING:
    from plib_py.daemon.client import Client

LOOKS = 4  # looks within a budget


class Policy(enum.Enum):
    """What to do with a process whose call is over its budget."""

    REPORT = "report"
    KILL = "kill"


class Watchdog:
    """Finds calls over budget in the participants' call records.

    A process writes its own record, so that this tells about processes that are stopped, starved of
    CPU time or broken, not about those that lie: they keep nobody but themselves.

    Parameters
    ----------
    budget
        Seconds that a bounded call may take; 0: nobody is watched.
    policy
        What to do beyond that.
    """

    def __init__(self, budget: float, policy: Policy) -> None:
        self._budget = budget
        self._policy = policy
        self._due = 0.0
        self._told: set[tuple[int, int, int]] = set()  # pid, thread, when it began

    def apply(self, budget: float, policy: Policy) -> None:
        """Go on with another budget and policy."""
        self._budget, self._policy, self._due = budget, policy, 0.0

    def timeout(self) -> float | None:
        """Return the seconds until it wants to look; None: never."""
        return max(0.0, self._due - time.monotonic()) if self._budget > 0 else None

    def look(self, clients: Iterable[Client]) -> None:
        """Look at all clients' records, if it is time to."""
        now = time.monotonic()
        if self._budget == 0 or now < self._due:
            return
        self._due = now + self._budget / LOOKS
        before = time.monotonic_ns() - int(self._budget * 1e9)
        seen: set[tuple[int, int, int]] = set()
        for client in set(clients):
            if client.calls is not None:
                seen |= self._look_at(client, before)
        self._told &= seen

    def _look_at(self, client: Client, before: int) -> set[tuple[int, int, int]]:
        place = ffi.new("uint32_t *")
        call = ffi.new("struct plib_long_call *")
        seen = set()
        while lib.plib_calls_find_long(client.calls, before, place, call):
            key = (client.pid, call.thread, call.entered)
            seen.add(key)
            if key not in self._told:
                self._told.add(key)
                self._act(client, call.thread, call.function, call.entered)
        return seen

    def _act(self, client: Client, thread: int, function: int, entered: int) -> None:
        name = ffi.string(lib.plib_call_name(function)).decode()
        LOG.warning(
            "pid %d (user %d, %s): thread %d is in %s for %.1f s, with a budget of %g s: it is "
            "stopped, starved of CPU time or broken%s",
            client.pid,
            client.uid,
            client.program,
            thread,
            name,
            (time.monotonic_ns() - entered) / 1e9,
            self._budget,
            "; killing it" if self._policy is Policy.KILL else "",
            extra=fields("over_budget", client.uid, pid=client.pid, thread=thread, function=name),
        )
        if self._policy is Policy.KILL:
            # Its end is noticed by its pidfd, as every other.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(client.pidfd, signal.SIGKILL)

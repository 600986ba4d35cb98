"""Fairness: users take turns, whatever one of them asks for, and each has a rate of requests."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

Step = Callable[[], bool]  # does a little; whether there is more


class Turns:
    """What is to be done, by user; each user's in its order, and the users' in turn.

    The delay of a user's request by all others is a step a user, however much they ask for.
    """

    def __init__(self) -> None:
        self._users: dict[int, deque[Step]] = {}

    def __bool__(self) -> bool:
        return bool(self._users)

    def add(self, uid: int, step: Step) -> None:
        """Add something to do on behalf of a user."""
        self._users.setdefault(uid, deque()).append(step)

    def take(self, until: float) -> None:
        """Do steps until ``until`` (of `time.monotonic`), at least one of each user."""
        first_round = True
        while self._users and (first_round or time.monotonic() < until):
            first_round = False
            for uid in list(self._users):
                self._take_one(uid)

    def _take_one(self, uid: int) -> None:
        steps = self._users[uid]
        step = steps.popleft()
        if step():
            steps.append(step)
        if not steps:
            del self._users[uid]


def in_slices(work: Iterator[None], slice_: float) -> Step:
    """Return a step that goes on with ``work`` for some time, in seconds."""

    def step() -> bool:
        until = time.monotonic() + slice_
        return any(time.monotonic() >= until for _ in work)

    return step


class Rate:
    """How many requests a user may make: some at once, and some a second.

    Parameters
    ----------
    per_second
        Sustained; as many may come at once.
    """

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._left = float(per_second)
        self._since = time.monotonic()

    def take(self) -> bool:
        """Count a request; return whether there may be another one now."""
        now = time.monotonic()
        self._left += (now - self._since) * self.per_second
        self._left = min(self._left, self.per_second) - 1
        self._since = now
        return self._left >= 1

    def wait(self) -> float:
        """Return the seconds until there may be another."""
        return max(0.0, (1 - self._left) / self.per_second - (time.monotonic() - self._since))

"""What is well and what is not, as ROS's diagnostics tools show it.

There is always the same set of checks, as these tools take one that is missing for stale; what is
wrong within one is in its text and values.
"""

from __future__ import annotations

import enum
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from plib_py.monitor.figures import Figures

LOSS_HOLD = 10.0  # seconds that a warning stays after samples were lost
EVENT_HOLD = 60.0  # the same for what happens rarely
NEAR = 0.8  # of a limit
VALUES_MAX = 20  # offenders that are named
KEPT_MAX = 1000  # notes

_CHECK_OF_EVENT = {
    "over_budget": "calls",
    "denial": "access",
    "refusal": "access",
    "drop": "access",
}
_LIMITS = ("memory", "endpoints", "connections")


class Level(enum.IntEnum):
    """How bad it is, as in diagnostic_msgs."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass(frozen=True)
class Check:
    """What is said of one subject.

    Attributes
    ----------
    name : str
        The subject.
    level : Level
        How bad it is.
    text : str
        Why, in one line.
    values : dict
        More of it, in the order to show it.
    """

    name: str
    level: Level
    text: str
    values: dict[str, str] = field(default_factory=dict)


class Diagnostics:
    """Judges looks and events. Times are a monotonic clock's, in seconds."""

    def __init__(self) -> None:
        self._events: dict[str, deque[tuple[float, str]]] = {
            check: deque(maxlen=KEPT_MAX) for check in ("calls", "access")
        }
        self._losses: deque[tuple[float, str, int]] = deque(maxlen=KEPT_MAX)

    def note(self, event: dict[str, Any], now: float) -> None:
        """Take an event of plibd's into account."""
        check = _CHECK_OF_EVENT.get(event["event"])
        if check is not None:
            self._events[check].append((now, event["text"]))

    def away(self, why: str) -> list[Check]:
        """Return what is to be said while plibd is away."""
        error = Check("plibd", Level.ERROR, f"{why}; what is matched flows on")
        stale = "plibd is away"
        others = ("samples", "subscriptions", "limits", "calls", "access")
        return [error, *(Check(name, Level.STALE, stale) for name in others)]

    def checks(self, figures: Figures, now: float) -> list[Check]:
        """Return what is to be said of a look."""
        return [
            self._plibd(figures),
            self._samples(figures, now),
            self._subscriptions(figures),
            self._limits(figures),
            self._recent("calls", "call", "over budget", now),
            self._recent("access", "participant", "denied something, refused or dropped", now),
        ]

    def _plibd(self, figures: Figures) -> Check:
        values = {
            "process": str(figures.plibd["pid"]),
            "user": str(figures.plibd["uid"]),
            "participants": str(len(figures.participants)),
            "publishers": str(len(figures.writers)),
        }
        return Check("plibd", Level.OK, "answers", values)

    def _samples(self, figures: Figures, now: float) -> Check:
        total = 0
        for writer, reader in figures.readers():
            total += reader.lost
            if reader.lost_now and figures.seconds > 0:  # not what was lost before the first look
                self._losses.append((now, f"{writer.name} to {reader.who}", reader.lost_now))
        while self._losses and now - self._losses[0][0] > LOSS_HOLD:
            self._losses.popleft()
        recent: Counter[str] = Counter()
        for _, who, count in self._losses:
            recent[who] += count
        values = {"lost so far": str(total)}
        if not recent:
            return Check("samples", Level.OK, "none lost", values)
        values.update((who, f"{count} lost") for who, count in recent.most_common(VALUES_MAX))
        text = f"{recent.total()} lost within {LOSS_HOLD:g} s"
        return Check("samples", Level.WARN, text, values)

    def _subscriptions(self, figures: Figures) -> Check:
        slow = [(writer, reader) for writer, reader in figures.readers() if reader.slow]
        if not slow:
            return Check("subscriptions", Level.OK, "all keep up")
        values = {
            f"{writer.name} to {reader.who}": f"{reader.queued} queued"
            for writer, reader in slow[:VALUES_MAX]
        }
        return Check("subscriptions", Level.WARN, f"{len(slow)} cannot keep up", values)

    def _limits(self, figures: Figures) -> Check:
        values, near = {}, []
        for user in figures.users:
            for what in _LIMITS:
                share = user[what] / user[f"{what}_limit"]
                values[f"{what} of user {user['uid']}"] = f"{share:.0%}"
                if share >= NEAR:
                    near.append(f"user {user['uid']} has {share:.0%} of its {what}")
        if not near:
            return Check("limits", Level.OK, "none is near", values)
        return Check("limits", Level.WARN, "; ".join(near[:VALUES_MAX]), values)

    def _recent(self, name: str, what: str, happened: str, now: float) -> Check:
        events = self._events[name]
        while events and now - events[0][0] > EVENT_HOLD:
            events.popleft()
        if not events:
            return Check(name, Level.OK, f"none {happened}")
        last = list(events)[-VALUES_MAX:]
        values = {f"{now - when:.0f} s ago": text for when, text in last}
        text = f"{len(events)} {what}{'s' * (len(events) > 1)} {happened} within {EVENT_HOLD:g} s"
        return Check(name, Level.WARN, text, values)

"""The time of what ``plib play`` publishes, and ``/clock`` for the nodes that go by it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from plib_py import messages
from plib_py.participant import Participant
from plib_py.qos import QoS, Reliability

CLOCK = "/clock"
_SECOND = 10**9
# As the nodes with use_sim_time subscribe to it.
_QOS = QoS(depth=1, reliability=Reliability.BEST_EFFORT)


def clock(participant: Participant) -> Callable[[int], None]:
    """Return what publishes a time, in ns, on /clock."""
    publisher = participant.create_publisher(CLOCK, "rosgraph_msgs/msg/Clock", _QOS)
    message = messages.get("rosgraph_msgs/msg/Clock")()

    def tell(now: int) -> None:
        message.clock.sec, message.clock.nanosec = divmod(now, _SECOND)
        publisher.publish(message)

    return tell


class Pace:
    """One run through a recording, from now on.

    Parameters
    ----------
    begin : int
        The recording's time that is now, in ns since the epoch.
    rate : float
        How many times faster it runs than it was recorded.
    tell : callable, optional
        Gets the recording's time, in ns, at the beginning and then ``frequency`` times a second.
    """

    def __init__(
        self,
        begin: int,
        rate: float,
        tell: Callable[[int], None] | None = None,
        frequency: float = 1.0,
    ) -> None:
        self._begin = begin
        self._rate = rate
        self._tell = tell
        self._period = 1 / frequency
        self._start = time.monotonic()
        self._next_tick = self._start if tell is not None else math.inf

    def wait(self, until: int) -> None:
        """Wait until the recording's time is ``until``, in ns."""
        due = self._start + (until - self._begin) / _SECOND / self._rate
        while self._next_tick <= due:
            self._sleep(self._next_tick)
            now = time.monotonic()
            assert self._tell is not None
            self._tell(self._begin + int((now - self._start) * self._rate * _SECOND))
            # Ticks that were missed are not made up for.
            self._next_tick += self._period * max(
                1, math.ceil((now - self._next_tick) / self._period)
            )
        self._sleep(due)

    @staticmethod
    def _sleep(until: float) -> None:
        time.sleep(max(0.0, until - time.monotonic()))

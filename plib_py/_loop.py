"""What subscriptions and services have in common: taking one after the other."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

from plib_py import _watch
from plib_py.errors import Closed, Error, MalformedMessage

Taken = TypeVar("Taken")

_logger = logging.getLogger("plib_py")


def take_well_formed(take: Callable[[], Taken | None], topic: str) -> Taken | None:
    """Take the next that is what it should be: nobody who sends other things can end a loop."""
    while True:
        try:
            return take()
        except MalformedMessage as error:
            pass_over(topic, error)


def pass_over(topic: str, error: Error) -> None:
    """Log what somebody else did wrong, and what came of it is not to end a loop."""
    _logger.warning("passed over on %s: %s", topic, error)


def iterate(take: Callable[[], Taken | None], wait: Callable[[], bool]) -> Iterator[Taken]:
    """Yield what comes, until it is closed."""
    while True:
        try:
            taken = take()
            if taken is None:
                wait()
                continue
        except Closed:
            return
        yield taken


async def iterate_async(
    take: Callable[[], Taken | None], wait: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Taken]:
    """Yield what comes, until it is closed; a cancelled wait has taken nothing."""
    fairness = _watch.Fairness()
    while True:
        try:
            await fairness.pause()
            taken = take()
            if taken is None:
                await wait()
                continue
        except Closed:
            return
        yield taken

"""Joins, makes a publisher and leaves, at each line: says how many ms that took, or why not."""

from __future__ import annotations

import time

from attacker import hear, say
from victim import NUMBERS

import plib_py


def main() -> None:
    """Do it."""
    say("ready")
    while hear():
        start = time.monotonic()
        try:
            with plib_py.Participant("guest") as participant:
                participant.create_publisher("/guest", NUMBERS)
        except plib_py.Error as error:
            say(f"{type(error).__name__}: {error}")
        else:
            say(f"{(time.monotonic() - start) * 1000:.1f}")


if __name__ == "__main__":
    main()

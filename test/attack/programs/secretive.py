"""Publishes a secret on one topic, and later something public on another, from reused memory."""

from __future__ import annotations

from attacker import hear, say
from victim import NUMBERS, payload

import plib_py

SECRET = b"the alarm code is 4711"


def main() -> None:
    """Publish on the topics that the lines on stdin name, one after the other."""
    with plib_py.Participant("secretive") as participant:
        say("ready")
        while line := hear():
            topic, what, matches = line.split()
            publisher = participant.create_publisher(topic, NUMBERS)
            assert publisher.wait_matched(int(matches), timeout=30)
            publisher.publish(SECRET * 100 if what == "secret" else payload(1))
            say("published")
            hear()
            publisher.close()
            say("closed")


if __name__ == "__main__":
    main()

"""plib from plain Python, for the benchmarks: bytes on topics, no ROS."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from plibbench import links

import plib_py

_TYPE = plib_py.RawType("plib_bench/msg/Bytes")


class PlibLink:
    """One participant with a publisher, a subscription, or both."""

    def __init__(
        self, sends: str, receives: str, lossless: bool, options: argparse.Namespace
    ) -> None:
        self._many = lossless and options.size <= 4096  # as the manual says
        self._taken: Iterator[bytes] = iter(())
        history = plib_py.History.KEEP_ALL if lossless else plib_py.History.KEEP_LAST
        qos = plib_py.QoS(history=history)
        self._participant = plib_py.Participant("bench")
        self._publisher = self._participant.create_publisher(sends, _TYPE, qos) if sends else None
        self._subscription = (
            self._participant.create_subscription(receives, _TYPE, qos) if receives else None
        )

    def send(self, data: bytes) -> None:
        """Publish, however long the subscriber takes."""
        assert self._publisher
        while True:
            try:
                self._publisher.publish(data)
                return
            except plib_py.Timeout:
                pass

    def receive(self) -> bytes:
        """Take the next, or sleep."""
        assert self._subscription
        while (message := self.poll()) is None:
            self._subscription.wait()
        return message

    def poll(self) -> bytes | None:
        """Take the next, or None; in a flood, all that are there at once."""
        assert self._subscription
        if self._many:
            if (message := next(self._taken, None)) is None:
                self._taken = iter(self._subscription.take_many().messages)
                message = next(self._taken, None)
            return message
        sample = self._subscription.take()
        return None if sample is None else sample.message

    def is_matched(self) -> bool:
        """Return whether each endpoint has a peer."""
        endpoints = (self._publisher, self._subscription)
        return all(endpoint.matched for endpoint in endpoints if endpoint)

    def flush(self) -> None:
        """Wait until all is taken."""
        if self._publisher:
            self._publisher.wait_acked(10.0)

    def close(self) -> None:
        """Leave the domain."""
        self._participant.close()


if __name__ == "__main__":
    sys.exit(links.main(PlibLink))

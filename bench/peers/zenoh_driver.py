"""Zenoh from Python, for the benchmarks: bytes between two peers, reliable and blocking."""

from __future__ import annotations

import argparse
import os
import sys

import zenoh
from plibbench import links


class ZenohLink:
    """A session with a publisher, a subscriber, or both."""

    def __init__(self, sends: str, receives: str, lossless: bool, _: argparse.Namespace) -> None:
        run = f"plib_bench/{os.environ.get('BENCH_RUN', 'by_hand')}"
        self._session = zenoh.open(zenoh.Config())
        self._publisher = self._subscriber = None
        if sends:
            self._publisher = self._session.declare_publisher(
                f"{run}/{sends}",
                congestion_control=zenoh.CongestionControl.BLOCK,
                reliability=zenoh.Reliability.RELIABLE,
                # A flood may be put together to batches, a round trip is not to wait for more.
                express=not lossless,
            )
        if receives:
            self._subscriber = self._session.declare_subscriber(
                f"{run}/{receives}", zenoh.handlers.FifoChannel(1000)
            )

    def send(self, data: bytes) -> None:
        """Put; it blocks while the queues are full."""
        assert self._publisher
        self._publisher.put(data)

    def receive(self) -> bytes:
        """Take the next, or sleep."""
        assert self._subscriber
        return bytes(self._subscriber.recv().payload.to_bytes())

    def poll(self) -> bytes | None:
        """Take the next, or None."""
        assert self._subscriber
        sample = self._subscriber.try_recv()
        return None if sample is None else bytes(sample.payload.to_bytes())

    def is_matched(self) -> bool:
        """Return whether somebody listens; nothing tells whether somebody publishes."""
        return not self._publisher or self._publisher.matching_status.matching

    def flush(self) -> None:
        """Nothing tells when all was received; closing the session sends what is queued."""

    def close(self) -> None:
        """Leave."""
        self._session.close()


if __name__ == "__main__":
    sys.exit(links.main(ZenohLink))

"""ZeroMQ from Python, for the benchmarks: PUSH to PULL over a Unix socket."""

from __future__ import annotations

import argparse
import os
import sys

import zmq
from plibbench import links


class ZmqLink:
    """A socket that sends, one that receives, or both; who receives binds."""

    def __init__(self, sends: str, receives: str, lossless: bool, _: argparse.Namespace) -> None:
        del lossless  # PUSH blocks at its high-water mark: nothing is lost
        self._context = zmq.Context()
        self._outgoing = self._incoming = None
        if receives:
            self._incoming = self._context.socket(zmq.PULL)
            self._incoming.bind(_address(receives))
        if sends:
            self._outgoing = self._context.socket(zmq.PUSH)
            self._monitor = self._outgoing.get_monitor_socket(
                zmq.Event.HANDSHAKE_SUCCEEDED | zmq.Event.DISCONNECTED
            )
            self._outgoing.connect(_address(sends))
            self._connected = False

    def send(self, data: bytes) -> None:
        """Send; it blocks while the queues are full."""
        assert self._outgoing
        self._outgoing.send(data)

    def receive(self) -> bytes:
        """Take the next, or sleep."""
        assert self._incoming
        return self._incoming.recv()

    def poll(self) -> bytes | None:
        """Take the next, or None."""
        assert self._incoming
        try:
            return self._incoming.recv(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def is_matched(self) -> bool:
        """Return whether the other side has answered; who only receives need not know."""
        if self._outgoing and not self._connected:
            self._connected = bool(self._monitor.poll(0)) and bool(self._monitor.recv_multipart())
        return not self._outgoing or self._connected

    def flush(self) -> None:
        """Nothing tells when all was received; ending the context sends what is queued."""

    def close(self) -> None:
        """Leave, but not before the other side: the last that was sent is lost otherwise."""
        if self._incoming:
            self._incoming.close()
        if self._outgoing:
            self._monitor.poll(10_000)
            self._outgoing.disable_monitor()
            self._monitor.close()
            self._outgoing.close()
        self._context.term()


def _address(channel: str) -> str:
    run = os.environ.get("BENCH_RUN", "by-hand")
    return f"ipc://@{run}-{channel}"  # in no file system, from which nobody would remove it


if __name__ == "__main__":
    sys.exit(links.main(ZmqLink))

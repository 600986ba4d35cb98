"""Cyclone DDS from Python, for the benchmarks: a sequence of bytes, reliable."""

import argparse
import os
import sys
from dataclasses import dataclass

from cyclonedds.core import InstanceState, Qos, ReadCondition, SampleState, ViewState, WaitSet
from cyclonedds.core import Policy as P  # noqa: N817
from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import IdlStruct
from cyclonedds.idl.types import sequence, uint8
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration
from plibbench import links


@dataclass
class Bytes(IdlStruct, typename="plib_bench::Bytes"):  # type: ignore[misc, call-arg]
    """The message."""

    data: sequence[uint8]


class CycloneLink:
    """A participant with a writer, a reader, or both."""

    def __init__(self, sends: str, receives: str, lossless: bool, _: argparse.Namespace) -> None:
        qos = Qos(
            P.Reliability.Reliable(duration(seconds=10)),
            P.History.KeepAll if lossless else P.History.KeepLast(10),
        )
        self._participant = DomainParticipant(int(os.environ.get("ROS_DOMAIN_ID", "0")))
        self._writer = self._reader = None
        if sends:
            self._writer = DataWriter(
                self._participant, Topic(self._participant, sends, Bytes, qos), qos
            )
        if receives:
            self._reader = DataReader(
                self._participant, Topic(self._participant, receives, Bytes, qos), qos
            )
            condition = ReadCondition(
                self._reader, SampleState.Any | ViewState.Any | InstanceState.Alive
            )
            self._waiting = WaitSet(self._participant)
            self._waiting.attach(condition)

    def send(self, data: bytes) -> None:
        """Write; it blocks while the reader's history is full."""
        assert self._writer
        self._writer.write(Bytes(data))

    def receive(self) -> bytes:
        """Take the next, or sleep."""
        assert self._reader
        while True:
            samples = self._reader.take(1)
            if samples and isinstance(samples[0], Bytes):
                return bytes(samples[0].data)
            if not samples:
                self._waiting.wait(duration(seconds=1))

    def poll(self) -> bytes | None:
        """Take the next, or None."""
        assert self._reader
        samples = self._reader.take(1)
        return bytes(samples[0].data) if samples and isinstance(samples[0], Bytes) else None

    def is_matched(self) -> bool:
        """Return whether each end has a peer."""
        return (not self._writer or bool(self._writer.get_matched_subscriptions())) and (
            not self._reader or bool(self._reader.get_matched_publications())
        )

    def flush(self) -> None:
        """Wait until all was acknowledged."""
        if self._writer:
            self._writer.wait_for_acks(duration(seconds=10))

    def close(self) -> None:
        """Leave: the entities go with the process."""


if __name__ == "__main__":
    sys.exit(links.main(CycloneLink))

"""Subscriptions: take, wait, iterate."""

import contextlib
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic

from plib_py import _endpoint, _wait
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import Closed, check
from plib_py.qos import QoS
from plib_py.typesupport import Codec, Message


@dataclass(frozen=True)
class SampleInfo:
    """What came with a sample.

    Attributes
    ----------
    publisher_gid : bytes
        Who published it, as plibd says; see `Publisher.gid`.
    sequence : int
        Its number among the publisher's samples, from 1.
    source_timestamp : int
        When it was published, as the publisher says; ns since the epoch.
    received_timestamp : int
        When it was taken; ns since the epoch.
    lost : int
        Samples of this publisher that were overwritten before this one, not yet taken.
    """

    publisher_gid: bytes
    sequence: int
    source_timestamp: int
    received_timestamp: int
    lost: int


@dataclass(frozen=True)
class Sample(Generic[Message]):
    """A message, and what came with it."""

    message: Message
    info: SampleInfo


class LoanedSample:
    """A sample read in place: ``with sample as data: ...``, from `Subscription.take_loaned`.

    ``data`` is a read-only memoryview on memory that nobody changes until the block ends. It, and
    arrays that were made of it, must not be used after that. For one thread.

    Attributes
    ----------
    info : SampleInfo
        What came with it.
    """

    def __init__(self, handle: Handle, reader: Any, sample: Any) -> None:
        self._handle = handle
        self._reader = reader
        self._sample = sample
        self._open = True
        self._data = memoryview(_buffer(sample)).toreadonly()
        self.info = _info(sample)

    @property
    def data(self) -> memoryview:
        """The sample's bytes; for a ROS type encapsulation header and CDR."""
        return self._data

    def close(self) -> None:
        """Give the sample back; the second time, do nothing. Bounded: O(1)."""
        if not self._open:
            return
        self._open = False
        # It fails while an array on it is alive, often just a local variable of the block.
        with contextlib.suppress(BufferError):
            self._data.release()
        lib.plib_reader_release(self._reader, self._sample)
        self._handle.unpin()

    def __enter__(self) -> memoryview:
        return self._data

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Subscription(Generic[Message]):
    """Receives what is published on a topic; made by `Participant.create_subscription`.

    Iterating takes one sample after the other, sleeping between them, until another thread closes
    the subscription. A context manager, closed at its end. Thread-safe: each sample goes to one of
    the threads that take.
    """

    def __init__(
        self,
        place: _endpoint.Place,
        codec: Codec[Message],
        qos: QoS,
        forget: Callable[["Subscription[Message]"], None],
    ) -> None:
        self._place = place
        self._codec = codec
        self._qos = qos
        self._forget = forget
        guard = ffi.new("struct plib_guard **")
        check(lib.plib_guard_create(guard), f"{place.topic} cannot be created")
        self._guard = guard[0]
        try:
            pointer = _endpoint.create(
                place,
                lib.PLIB_KIND_SUBSCRIPTION,
                codec,
                qos,
                lib.plib_reader_create,
                "struct plib_reader **",
            )
        except BaseException:
            lib.plib_guard_destroy(self._guard)
            raise
        self._handle = Handle(
            pointer,
            self._destroy,
            f"subscription of {place.topic}",
            interrupt=lambda: lib.plib_guard_trigger(self._guard),
        )

    @property
    def topic(self) -> str:
        """Full name of the topic."""
        return self._place.topic

    @property
    def type_name(self) -> str:
        """Name of the type, "std_msgs/msg/String"."""
        return self._codec.name

    @property
    def qos(self) -> QoS:
        """What it requests."""
        return self._qos

    @property
    def matched(self) -> int:
        """Number of matched publishers. Setup, O(news); no sleep."""
        with self._handle.in_use():
            reader = self._handle.pointer()
            _endpoint.apply_news(self._place.participant)
            return int(lib.plib_reader_matched(reader))

    @property
    def lost(self) -> int:
        """Samples lost so far: overwritten before they were taken. Bounded: O(1)."""
        with self._handle.in_use():
            return int(lib.plib_reader_lost(self._handle.pointer()))

    def take(self) -> Sample[Message] | None:
        """Take the next sample, or None when there is none now.

        Bounded: O(bytes + matched publishers), plus plibd's news. Thread-safe.

        Raises
        ------
        Busy
            Too many loaned samples of the next publisher are not given back yet.
        QuotaExceeded
            No memory for a copy; the sample is lost.
        Closed
            The subscription is closed.
        """
        sample = ffi.new("struct plib_sample *")
        with self._handle.in_use():
            reader = self._handle.pointer()
            if not self._take(reader, sample):
                return None
            try:
                data = bytes(_buffer(sample))
            finally:
                lib.plib_reader_release(reader, sample)
        return Sample(self._codec.decode(data), _info(sample))

    def take_loaned(self) -> LoanedSample | None:
        """Take the next sample without a copy, or None when there is none now.

        Until it is given back, its publisher does not reuse its memory; eight at a time may be held
        of one publisher.

        Bounded: O(matched publishers), plus O(bytes) for a copy when the publisher is another
        user's, plus plibd's news. Thread-safe. Raises as `take`.
        """
        sample = ffi.new("struct plib_sample *")
        with self._handle.in_use():
            reader = self._handle.pointer()
            if not self._take(reader, sample):
                return None
            self._handle.pin()
            return LoanedSample(self._handle, reader, sample)

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until there is a sample to take.

        Wait. Thread-safe; when several threads wait, the sample may be gone when one looks.

        Parameters
        ----------
        timeout : float, optional
            In seconds; None: for ever.

        Returns
        -------
        bool
            False when the time passed.

        Raises
        ------
        Closed
            The subscription is closed, by another thread perhaps.
        """
        end = _wait.deadline(timeout)
        items = ffi.new("struct plib_wait_item[2]")
        items[0].kind, items[1].kind = lib.PLIB_WAIT_READER, lib.PLIB_WAIT_GUARD
        items[1].object = self._guard
        while True:
            with self._handle.in_use():
                items[0].object = self._handle.pointer()
                happened = _wait.once(self._place.participant, items, end, self.topic)
            # The other item ends the wait when another thread closes the subscription.
            if happened is False or (happened and items[0].ready):
                return happened

    def wait_matched(self, count: int = 1, timeout: float | None = None) -> bool:
        """Sleep until at least ``count`` publishers are matched.

        Wait. Thread-safe.

        Parameters
        ----------
        count : int
            How many.
        timeout : float, optional
            In seconds; None: for ever.

        Returns
        -------
        bool
            False when the time passed.
        """
        return _endpoint.wait_matched(
            self._handle, self._place, lambda: self.matched, count, timeout
        )

    def close(self) -> None:
        """Leave the topic; the second time, do nothing. Setup.

        Raises
        ------
        Busy
            A loaned sample was not given back.
        """
        self._handle.close()
        self._forget(self)

    def __iter__(self) -> Iterator[Sample[Message]]:
        while True:
            try:
                sample = self.take()
                if sample is None:
                    self.wait()
                    continue
            except Closed:
                return
            yield sample

    def __enter__(self) -> "Subscription[Message]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self, reader: Any, sample: Any) -> bool:
        _endpoint.apply_news(self._place.participant)
        status = lib.plib_reader_take(reader, sample)
        if status == -errno.ESTALE:  # the publisher's memory grew since
            _endpoint.apply_news(self._place.participant)
            status = lib.plib_reader_take(reader, sample)
        if status in (-errno.EAGAIN, -errno.ESTALE):
            return False
        check(status, f"cannot take from {self.topic}")
        return True

    def _destroy(self, pointer: Any) -> None:
        lib.plib_reader_destroy(pointer)
        lib.plib_guard_destroy(self._guard)


def _buffer(sample: Any) -> Any:
    """Return the sample's bytes in place."""
    return ffi.buffer(sample.data, sample.length) if sample.length else b""


def _info(sample: Any) -> SampleInfo:
    return SampleInfo(
        publisher_gid=bytes(sample.writer_gid),
        sequence=sample.sequence,
        source_timestamp=sample.source_timestamp,
        received_timestamp=sample.received_timestamp,
        lost=sample.lost,
    )

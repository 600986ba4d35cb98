"""Subscriptions: take, wait, iterate."""

import contextlib
import errno
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeAlias, cast

from plib_py import _endpoint, _loop, _many, _reader, _spin, _wait
from plib_py._base import Receiver, TopicEndpoint
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import InvalidArgument, MalformedMessage
from plib_py.qos import QoS
from plib_py.sample import Sample, SampleInfo, Samples
from plib_py.typesupport import Codec, Message

_NOTHING = -errno.EAGAIN

Callback: TypeAlias = Callable[[Sample[Message]], object]


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
        self._data = memoryview(_reader.buffer(sample)).toreadonly()
        self.info = SampleInfo.from_c(sample)

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


class Subscription(TopicEndpoint, Receiver, Generic[Message]):
    """Receives what is published on a topic; made by `Participant.create_subscription`.

    Iterating (``for``, and in asyncio ``async for``) takes one sample after the other, waiting
    between them, until the subscription is closed by somebody else; what is no message of the type
    is logged and passed over. A context manager, closed at its end. Thread-safe: each sample goes
    to one of the threads and coroutines that take.
    """

    def __init__(
        self,
        place: _endpoint.Place,
        codec: Codec[Message],
        qos: QoS,
        forget: Callable[["Subscription[Message]"], None],
    ) -> None:
        self._place = place
        self._codec: Codec[Message] = codec
        self._qos = qos
        self._forget = forget
        pointer = _endpoint.create(
            place,
            lib.PLIB_KIND_SUBSCRIPTION,
            codec,
            qos,
            lib.plib_reader_create,
            "struct plib_reader **",
        )
        self._handle = Handle(pointer, lib.plib_reader_destroy, f"subscription of {place.topic}")
        self._participant = place.participant
        self._shared = self._handle.shared
        self._decode = codec.decode
        self._rooms: list[_reader.Room] = []
        self._arrivals = _wait.Source(self._handle, lib.PLIB_WAIT_READER)
        self._matches = _wait.Source(self._handle, lib.PLIB_WAIT_READER_EVENT)
        self._callback: Callback[Message] | None = None
        self._served = _spin.Served(self._arrivals, self._serve)

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
        MalformedMessage
            What was published is no message of that type; it is taken all the same.
        Closed
            The subscription is closed.
        """
        quick = _reader.take_shared(self._participant, self._shared, self._rooms)
        if isinstance(quick, tuple):
            data, of = quick
            return Sample(self._decode(data), of)
        if quick == _NOTHING:
            return None
        with self._handle.in_use():
            taken = _reader.take(self._place, self._handle.pointer())
        if taken is None:
            return None
        data, of = taken
        return Sample(self._decode(data), of)

    def take_many(self, limit: int = 1000) -> Samples[Message]:
        """Take the samples that are there, with less work for each than `take` has.

        What is no message of the type is logged and passed over. Bounded: O(bytes + limit * matched
        publishers), plus plibd's news. Thread-safe. Raises as `take`, when there is nothing to
        return.

        Parameters
        ----------
        limit : int
            The most to take.

        Raises
        ------
        InvalidArgument
            The limit is less than 1.
        """
        if limit < 1:
            raise InvalidArgument(f"a limit of {limit} samples")
        with self._handle.in_use():
            taken = _many.take(self._place, self._handle.pointer(), limit)
        if self._codec.raw:
            return Samples(cast("list[Message]", taken.messages), taken.infos)
        messages: list[Message] = []
        kept: list[int] = []
        for index, data in enumerate(taken.messages):
            try:
                messages.append(self._codec.decode(data))
            except MalformedMessage as error:
                _loop.pass_over(self.topic, error)
                continue
            kept.append(index)
        return Samples(messages, lambda: list(map(taken.infos().__getitem__, kept)))

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
            if not _reader.hold(self._place, reader, sample):
                return None
            self._handle.pin()
            return LoanedSample(self._handle, reader, sample)

    def on_message(self, callback: Callback[Message]) -> Callback[Message]:
        """Have each sample passed to a callback, in `Participant.spin`; the last one given counts.

        Bounded. Thread-safe.

        Parameters
        ----------
        callback : callable
            Is given the `Sample`.

        Returns
        -------
        callable
            The callback, so that this may be used as a decorator.

        Raises
        ------
        InvalidArgument
            It cannot be called.
        """
        _spin.check_callback(callback)
        self._callback = callback
        self._place.spinner.add(self._served)
        return callback

    def close(self) -> None:
        """Leave the topic; the second time, do nothing. Setup.

        Raises
        ------
        Busy
            A loaned sample was not given back.
        """
        self._handle.close()
        self._place.spinner.remove(self._served)
        self._forget(self)

    def __iter__(self) -> Iterator[Sample[Message]]:
        return _loop.iterate(self._take_well_formed, self.wait)

    def __aiter__(self) -> AsyncIterator[Sample[Message]]:
        return _loop.iterate_async(self._take_well_formed, self.wait_async)

    def _take_well_formed(self) -> Sample[Message] | None:
        return _loop.take_well_formed(self.take, self.topic)

    def _serve(self) -> Callable[[], object] | None:
        sample = self._take_well_formed()
        callback = self._callback
        if sample is None or callback is None:
            return None
        return functools.partial(callback, sample)

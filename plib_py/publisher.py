"""Publishers: loan, fill, commit."""

import contextlib
import errno
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Generic

from plib_py import _endpoint, _many, _wait, _writer
from plib_py._base import TopicEndpoint
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import Closed, InvalidArgument, from_code
from plib_py.qos import QoS
from plib_py.typesupport import Codec, Message

# How often a wait without a wake-up of its own looks whether the publisher is being closed, in s.
_CLOSE_SLICE = 0.1


class Publisher(TopicEndpoint, Generic[Message]):
    """Publishes on a topic; made by `Participant.create_publisher`.

    A context manager, closed at its end. Thread-safe.
    """

    def __init__(
        self,
        place: _endpoint.Place,
        codec: Codec[Message],
        qos: QoS,
        forget: Callable[["Publisher[Message]"], None],
    ) -> None:
        self._place = place
        self._codec: Codec[Message] = codec
        self._qos = qos
        self._forget = forget
        pointer = _endpoint.create(
            place,
            lib.PLIB_KIND_PUBLISHER,
            codec,
            qos,
            lib.plib_writer_create,
            "struct plib_writer **",
        )
        self._handle = Handle(pointer, lib.plib_writer_destroy, f"publisher of {place.topic}")
        self._participant = place.participant
        self._shared = self._handle.shared
        self._encode = codec.encode
        self._matches = _wait.Source(self._handle, lib.PLIB_WAIT_WRITER_EVENT)
        self._gid = _endpoint.gid(place.participant, lib.plib_writer_entity(pointer))

    @property
    def gid(self) -> bytes:
        """What identifies it in the graph and in `SampleInfo.publisher_gid`; 16 bytes."""
        return self._gid

    def publish(self, message: Message) -> int:
        """Publish a message: a ROS message of the topic's class, or bytes for a `RawType`.

        Bounded: O(bytes + matched subscriptions), except: wait, for at most ``max_blocking_time``,
        when the history is `History.KEEP_ALL` and full; setup when the message needs more memory
        than any before. Thread-safe.

        Returns
        -------
        int
            The sample's sequence number, from 1.

        Raises
        ------
        Timeout
            The history is full, and the slowest subscription took nothing in that time.
        MessageTooLarge, QuotaExceeded
            There is no memory for it.
        InvalidArgument
            A message of another class.
        Closed
            The publisher is closed.
        """
        data = self._encode(message)
        number = _writer.send_shared(self._participant, self._shared, data)
        if number > 0:
            return number
        with self._handle.in_use():
            return _writer.send(self._place.participant, self._handle.pointer(), data)

    def publish_many(self, messages: Sequence[Message]) -> int:
        """Publish messages one after the other, with less work for each than `publish` has.

        That pays for small ones, of up to some KiB. Other threads' may come between. Bounded, wait
        and setup as `publish`, for each. Thread-safe.

        Parameters
        ----------
        messages : sequence
            As `publish` takes them.

        Returns
        -------
        int
            The last sample's sequence number, 0 when there is none.

        Raises
        ------
        Timeout, MessageTooLarge, QuotaExceeded
            As of `publish`; ``published`` of the exception tells how many were published before.
        InvalidArgument
            A message is of another class; nothing was published.
        Closed
            The publisher is closed.
        """
        encode = self._codec.encode
        buffers = messages if self._codec.raw else [encode(message) for message in messages]
        with self._handle.in_use():
            return _many.publish(self._place.participant, self._handle.pointer(), buffers)

    def loan(self, nbytes: int) -> "Loan":
        """Return a loan of shared memory to fill in place, published when its block ends.

        For a ROS type the bytes have to be the serialized message: encapsulation header and CDR.

        Parameters
        ----------
        nbytes : int
            Size of the sample; `Loan.truncate` makes it smaller later.

        Raises
        ------
        InvalidArgument
            The size is negative.
        """
        if nbytes < 0:
            raise InvalidArgument(f"a loan of {nbytes} bytes")
        return Loan(self._place.participant, self._handle, nbytes)

    def wait_acked(self, timeout: float | None = None) -> bool:
        """Sleep until all matched subscriptions have taken what was published before this call.

        Wait. Thread-safe.

        Parameters
        ----------
        timeout : float, optional
            In seconds; None: for ever.

        Returns
        -------
        bool
            False when the time passed.
        """
        end = _wait.deadline(timeout)
        while True:
            with self._handle.in_use():
                writer = self._handle.pointer()
                _endpoint.apply_news(self._place.participant)
                step = min(end, _wait.deadline(_CLOSE_SLICE))
                status = lib.plib_writer_wait_taken(writer, step)
            if status == 0:
                return True
            if status != -errno.ETIMEDOUT:
                raise from_code(status, f"cannot wait for the subscriptions of {self.topic}")
            if step == end:
                return False

    def close(self) -> None:
        """Leave the topic; the second time, do nothing. Setup.

        What matched subscriptions have not taken yet stays takeable.

        Raises
        ------
        Busy
            A loan is out.
        """
        self._handle.close()
        self._forget(self)


class Loan:
    """Shared memory to fill: ``with publisher.loan(nbytes) as buffer: ...``.

    Taken when the block begins, published when it ends, given back when it ends by an exception.
    The buffer, and arrays that were made of it, must not be used after the block: readers see the
    memory then, and later it is reused. For one thread and one block.
    """

    def __init__(self, participant: Any, handle: Handle, nbytes: int) -> None:
        self._participant = participant
        self._handle = handle
        self._size = nbytes
        self._length = nbytes
        self._loan = ffi.new("struct plib_loan *")
        self._writer: Any = None
        self._buffer: memoryview | None = None
        self._sequence = 0

    @property
    def sequence(self) -> int:
        """The sample's sequence number once it is published, else 0."""
        return self._sequence

    def truncate(self, nbytes: int) -> None:
        """Publish the first ``nbytes`` bytes only. Bounded: O(1).

        Raises
        ------
        InvalidArgument
            More than was loaned.
        """
        if not 0 <= nbytes <= self._size:
            raise InvalidArgument(f"{nbytes} bytes of a loan of {self._size}")
        self._length = nbytes

    def __enter__(self) -> memoryview:
        """Take the loan; classes and errors as of `Publisher.publish`."""
        if self._buffer is not None or self._sequence:
            raise Closed("a loan is good for one block")
        with self._handle.in_use():
            self._writer = self._handle.pointer()
            _writer.borrow(self._participant, self._writer, self._size, self._loan)
            self._handle.pin()
        self._buffer = memoryview(ffi.buffer(self._loan.data, self._size)).cast("B")
        return self._buffer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Publish, or give back; classes and errors as of `Publisher.publish`."""
        published = False
        try:
            self._release_buffer()
            if kind is None:
                self._sequence = _writer.commit(
                    self._participant, self._writer, self._loan, self._length
                )
                published = True
        finally:
            if not published and self._loan.data != ffi.NULL:
                lib.plib_writer_discard(self._writer, self._loan)
            self._handle.unpin()

    def _release_buffer(self) -> None:
        assert self._buffer is not None
        # It fails while an array on it is alive, often just a local variable of the block.
        with contextlib.suppress(BufferError):
            self._buffer.release()

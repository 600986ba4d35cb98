"""Service clients: call, and wait for the answer."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic

from plib_py import _endpoint, _reader, _wait, _writer
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import ServiceUnavailable, Timeout, check
from plib_py.qos import REPLIES, QoS
from plib_py.typesupport import Request, Response, ServiceCodec


class _Call:
    """A call that a thread waits for."""

    def __init__(self, guard: Any) -> None:
        self.guard = guard
        self.reply: bytes | None = None

    def deliver(self, reply: bytes) -> None:
        """Take the reply, and wake the thread; in whichever thread took it."""
        self.reply = reply
        lib.plib_guard_trigger(self.guard)


class Client(Generic[Request, Response]):
    """Calls a service; made by `Participant.create_client`.

    Several threads may call at the same time. A context manager, closed at its end. Thread-safe.
    """

    def __init__(
        self,
        place: _endpoint.Place,
        codec: ServiceCodec[Request, Response],
        qos: QoS,
        forget: Callable[["Client[Request, Response]"], None],
    ) -> None:
        self._place = place
        self._codec = codec
        self._qos = qos
        self._forget = forget
        self._requests = _endpoint.create(
            place,
            lib.PLIB_KIND_CLIENT,
            codec,
            qos.keeping_all(),
            lib.plib_writer_create,
            "struct plib_writer **",
        )
        self._gid = _endpoint.gid(place.participant, lib.plib_writer_entity(self._requests))
        try:
            self._replies = _endpoint.create(
                _endpoint.reply_place(place, self._gid),
                lib.PLIB_KIND_REPLY_READER,
                codec,
                REPLIES,
                lib.plib_reader_create,
                "struct plib_reader **",
            )
        except BaseException:
            lib.plib_writer_destroy(self._requests)
            raise
        # Requests whose replies are waited for, by sequence number; and guards for further calls.
        self._lock = threading.Lock()
        self._calls: dict[int, _Call] = {}
        self._guards: list[Any] = []
        self._handle = Handle(self._replies, self._destroy, f"client of {place.topic}")
        self._arrivals = _wait.Source(self._handle, lib.PLIB_WAIT_READER)
        self._matches = _wait.Source(self._handle, lib.PLIB_WAIT_WRITER_EVENT, self._requests)

    @property
    def service(self) -> str:
        """Full name of the service."""
        return self._place.topic

    @property
    def type_name(self) -> str:
        """Name of the type, "std_srvs/srv/SetBool"."""
        return self._codec.name

    @property
    def qos(self) -> QoS:
        """What it offers and requests."""
        return self._qos

    @property
    def gid(self) -> bytes:
        """What identifies it in the graph and in `ServiceRequest.info`; 16 bytes."""
        return self._gid

    @property
    def matched(self) -> int:
        """Number of servers of the service. Setup, O(news); no sleep."""
        return int(_endpoint.matches(self._place, self._matches).current)

    def wait_for_service(self, timeout: float | None = None) -> bool:
        """Sleep until the service has a server.

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
        return _endpoint.wait_matched(self._place, self._matches, 1, timeout)

    def call(self, request: Request, timeout: float | None = None) -> Response:
        """Send a request and sleep until it is answered; until there is a server, at first.

        Wait. Thread-safe.

        Parameters
        ----------
        request
            A ROS request of the service's class, or bytes for a `RawServiceType`.
        timeout : float, optional
            In seconds, for all of it; None: for ever.

        Returns
        -------
        Response
            The response.

        Raises
        ------
        Timeout
            The time passed, or the servers take no further requests. A reply that comes later is
            dropped.
        ServiceUnavailable
            The last server went away before it answered.
        MalformedMessage
            The reply is no response of that type.
        InvalidArgument
            A request of another class.
        Closed
            The client is closed, by another thread perhaps.
        """
        end = _wait.deadline(timeout)
        data = self._codec.request.encode(request)
        if not self.wait_for_service(timeout):
            raise Timeout(f"{self.service} has no server after {timeout:g} s")
        call = _Call(self._take_guard())
        sequence = 0
        try:
            sequence = self._send(data, call)
            if not self._wait_replied(call, end):
                raise Timeout(f"{self.service} did not answer within {timeout:g} s")
        finally:
            with self._lock:
                self._calls.pop(sequence, None)
                self._guards.append(call.guard)
        assert call.reply is not None
        return self._codec.response.decode(call.reply)

    def close(self) -> None:
        """Leave the service; the second time, do nothing. Setup."""
        self._handle.close()
        self._forget(self)

    def __enter__(self) -> "Client[Request, Response]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, data: Any, call: _Call) -> int:
        """Send a request whose reply goes to ``call``."""
        # Who takes the reply needs the lock as well: it cannot be quicker than the entry.
        with self._handle.in_use(), self._lock:
            self._handle.pointer()
            sequence = _writer.send(self._place.participant, self._requests, data)
            self._calls[sequence] = call
            return sequence

    def _deliver(self) -> None:
        """Take the replies that are there, and give each to the call that waits for it."""
        with self._handle.in_use(), self._lock:
            replies = self._handle.pointer()
            while (taken := _reader.take(self._place, replies)) is not None:
                data, sample = taken
                call = self._calls.pop(sample.related, None)
                if call is not None:  # else it was given up
                    call.deliver(data)

    def _wait_replied(self, call: _Call, end: int) -> bool:
        sources = [self._arrivals, self._matches]
        items = _wait.Items(self._place.participant, sources, self.service, [call.guard])
        while True:
            status = _endpoint.matches(self._place, self._matches)
            # After the look at the servers, so that the last word of one that went away is heard.
            self._deliver()
            if call.reply is not None:
                return True
            if status.current == 0:
                raise ServiceUnavailable(f"{self.service} went away before it answered")
            items.seen(1, status.changes)
            if items.sleep(end) is False:
                return False

    def _take_guard(self) -> Any:
        with self._lock:
            if self._guards:
                return self._guards.pop()
        guard = ffi.new("struct plib_guard **")
        check(lib.plib_guard_create(guard), f"{self.service} cannot be called")
        return guard[0]

    def _destroy(self, replies: Any) -> None:
        # The requests first, so that a server that still answers sees a client that is gone.
        lib.plib_writer_destroy(self._requests)
        lib.plib_reader_destroy(replies)
        for guard in self._guards:
            lib.plib_guard_destroy(guard)

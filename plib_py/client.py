"""Service clients: call, and wait for the answer."""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic

from plib_py import _endpoint, _reader, _wait, _watch, _writer
from plib_py._base import ServiceEndpoint
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import Error, ServiceUnavailable, Timeout, check
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


class _AsyncCall(_watch.Settled):
    """A call that a coroutine awaits."""

    def deliver(self, reply: bytes) -> None:
        """Take the reply, and wake the coroutine; in whichever thread took it."""
        self.settle(reply)


class Client(ServiceEndpoint, Generic[Request, Response]):
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
        self._codec: ServiceCodec[Request, Response] = codec
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
        self._calls: dict[int, _Call | _AsyncCall] = {}
        self._guards: list[Any] = []
        self._handle = Handle(self._replies, self._destroy, f"client of {place.topic}")
        self._arrivals = _wait.Source(self._handle, lib.PLIB_WAIT_READER)
        self._matches = _wait.Source(self._handle, lib.PLIB_WAIT_WRITER_EVENT, self._requests)
        # What coroutines' calls wait for, once there was one.
        self._watched = False
        self._replied = _watch.Watch(self._arrivals, self._deliver, self._fail_closed)
        self._changed = _watch.Watch(self._matches, self._look_at_servers, lambda: None)

    @property
    def gid(self) -> bytes:
        """What identifies it in the graph and in `ServiceRequest.info`; 16 bytes."""
        return self._gid

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

    async def wait_for_service_async(self, timeout: float | None = None) -> bool:
        """Do as `wait_for_service`, but give way to other coroutines meanwhile."""
        return await _endpoint.wait_matched_async(self._place, self._matches, 1, timeout)

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
            raise self._timeout("has no server", timeout)
        call = _Call(self._take_guard())
        sequence = 0
        try:
            sequence = self._send(data, call)
            if not self._wait_replied(call, end):
                raise self._timeout("did not answer", timeout)
        finally:
            self._end(sequence, call)
        assert call.reply is not None
        return self._codec.response.decode(call.reply)

    async def call_async(self, request: Request, timeout: float | None = None) -> Response:
        """Do as `call`, but give way to other coroutines meanwhile.

        While the servers take no further requests it sleeps, for at most ``max_blocking_time``.
        When it is cancelled, the reply is dropped. Thread-safe; for coroutines of any loop.
        """
        end = time.monotonic() + _wait.seconds(timeout)
        data = self._codec.request.encode(request)
        if not await self.wait_for_service_async(timeout):
            raise self._timeout("has no server", timeout)
        self._watch()
        call = _AsyncCall()
        sequence = self._send(data, call)
        try:
            # One that went away before the call was entered told nobody.
            self._look_at_servers()
            reply = await call.wait(end - time.monotonic(), otherwise=None)
        finally:
            with self._lock:
                self._calls.pop(sequence, None)
        if reply is None:
            raise self._timeout("did not answer", timeout)
        return self._codec.response.decode(reply)

    def close(self) -> None:
        """Leave the service; the second time, do nothing. Setup."""
        self._handle.close()
        self._forget(self)

    def _send(self, data: Any, call: _Call | _AsyncCall) -> int:
        """Send a request whose reply goes to ``call``."""
        # Who takes the reply needs the lock as well: it cannot be quicker than the entry.
        with self._handle.in_use(), self._lock:
            self._handle.pointer()
            sequence = _writer.send(self._place.participant, self._requests, data)
            self._calls[sequence] = call
            return sequence

    def _deliver(self) -> bool:
        """Take the replies that are there, and give each to the call that waits for it; True."""
        with self._handle.in_use(), self._lock:
            replies = self._handle.pointer()
            while (taken := _reader.take(self._place, replies)) is not None:
                data, of = taken
                call = self._calls.pop(_reader.info(of).related, None)
                if call is not None:  # else it was given up
                    call.deliver(data)
        return True

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
                raise self._gone()
            items.seen(1, status.changes)
            if items.sleep(end) is False:
                return False

    def _watch(self) -> None:
        """Have replies to coroutines delivered, from now on."""
        with self._lock:
            if self._watched:
                return
            self._watched = True
        self._place.watcher.add(self._replied)
        self._place.watcher.add(self._changed)

    def _look_at_servers(self) -> bool:
        """End what coroutines wait for when there is no server any more."""
        status = _endpoint.matches(self._place, self._matches)
        self._changed.changes = status.changes
        if status.current == 0:
            self._deliver()
            self._fail(self._gone())
        return True

    def _fail_closed(self) -> None:
        self._fail(self._handle.closed_error())

    def _fail(self, error: Error) -> None:
        with self._lock:
            calls = [call for call in self._calls.values() if isinstance(call, _AsyncCall)]
        for call in calls:
            call.settle(error)

    def _gone(self) -> ServiceUnavailable:
        return ServiceUnavailable(f"{self.service} went away before it answered")

    def _timeout(self, what: str, timeout: float | None) -> Timeout:
        return Timeout(f"{self.service} {what} within {timeout:g} s")

    def _take_guard(self) -> Any:
        with self._lock:
            if self._guards:
                return self._guards.pop()
        guard = ffi.new("struct plib_guard **")
        check(lib.plib_guard_create(guard), f"{self.service} cannot be called")
        return guard[0]

    def _end(self, sequence: int, call: _Call) -> None:
        with self._lock:
            self._calls.pop(sequence, None)
            if not self._handle.closed:
                self._guards.append(call.guard)
                return
        lib.plib_guard_destroy(call.guard)

    def _destroy(self, replies: Any) -> None:
        # The requests first, so that a server that still answers sees a client that is gone.
        lib.plib_writer_destroy(self._requests)
        lib.plib_reader_destroy(replies)
        with self._lock:
            for guard in self._guards:
                lib.plib_guard_destroy(guard)

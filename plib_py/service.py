"""Services: take requests, answer them."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic

from plib_py import _endpoint, _loop, _reader, _spin, _wait, _writer
from plib_py._base import Receiver, ServiceEndpoint
from plib_py._handle import Handle
from plib_py._native import lib
from plib_py.errors import InvalidArgument, Timeout
from plib_py.qos import REPLIES, QoS
from plib_py.sample import SampleInfo
from plib_py.typesupport import Request, Response, ServiceCodec

# How long to wait for a client that is there to read its replies, in s: plibd may just have been
# restarted.
_CLIENT_TIME = 0.1


class ServiceRequest(Generic[Request, Response]):
    """A request, to be answered once.

    Attributes
    ----------
    message
        The request.
    info : SampleInfo
        What came with it; its publisher is the client.
    """

    def __init__(
        self, service: "Service[Request, Response]", message: Request, info: SampleInfo
    ) -> None:
        self._service = service
        self._answered = False
        self.message = message
        self.info = info

    def respond(self, response: Response) -> bool:
        """Answer.

        Bounded: O(bytes), except: setup for the first answer to each client; wait, for at most
        ``max_blocking_time``, while the client does not take its replies. Thread-safe.

        Parameters
        ----------
        response
            A ROS response of the service's class, or bytes for a `RawServiceType`.

        Returns
        -------
        bool
            False when the client is gone.

        Raises
        ------
        InvalidArgument
            A response of another class, or the request was answered before.
        Timeout
            The client does not read its replies.
        Closed
            The service is closed.
        """
        if self._answered:
            raise InvalidArgument(f"a request of {self._service.service} is answered twice")
        sent = self._service._respond(self.info, response)
        self._answered = True
        return sent


class Service(ServiceEndpoint, Receiver, Generic[Request, Response]):
    """Answers requests; made by `Participant.create_service`.

    Either with a callback, in `Participant.spin` or `serve_once`, or by hand: iterating (``for``,
    and in asyncio ``async for``) yields one `ServiceRequest` after the other, waiting between them,
    until the service is closed by somebody else; what is no request of the type is logged and
    passed over. A context manager, closed at its end. Thread-safe: each request goes to one of the
    threads and coroutines that take.
    """

    def __init__(
        self,
        place: _endpoint.Place,
        codec: ServiceCodec[Request, Response],
        qos: QoS,
        forget: Callable[["Service[Request, Response]"], None],
        callback: Callable[[Request], Response] | None = None,
    ) -> None:
        self._place = place
        self._codec: ServiceCodec[Request, Response] = codec
        self._qos = qos
        self._forget = forget
        self._callback = callback
        # Writers of replies that have been matched, by the client's GID.
        self._lock = threading.Lock()
        self._replies: dict[bytes, Handle] = {}
        requests = _endpoint.create(
            place,
            lib.PLIB_KIND_SERVER,
            codec,
            qos.keeping_all(),
            lib.plib_reader_create,
            "struct plib_reader **",
        )
        self._handle = Handle(requests, self._destroy, f"service {place.topic}")
        self._arrivals = _wait.Source(self._handle, lib.PLIB_WAIT_READER)
        self._matches = _wait.Source(self._handle, lib.PLIB_WAIT_READER_EVENT)
        self._served = _spin.Served(self._arrivals, self._serve)
        if callback is not None:
            place.spinner.add(self._served)

    def take(self) -> ServiceRequest[Request, Response] | None:
        """Take the next request, or None when there is none now.

        Bounded: O(bytes + clients), plus plibd's news. Thread-safe.

        Raises
        ------
        MalformedMessage
            What a client sent is no request of that type; it stays unanswered.
        Closed
            The service is closed.
        """
        with self._handle.in_use():
            taken = _reader.take(self._place, self._handle.pointer())
        if taken is None:
            return None
        data, of = taken
        info = SampleInfo.from_c(_reader.info(of))
        return ServiceRequest(self, self._codec.request.decode(data), info)

    def serve_once(self, timeout: float | None = None) -> bool:
        """Sleep until a request comes, and answer it with what the callback returns.

        Requests that are none of the service's type, and clients that do not take their replies for
        ``max_blocking_time``, are logged and passed over; what the callback raises is raised, and
        its request left unanswered. Wait. Thread-safe.

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
        InvalidArgument
            The service has no callback, or that returned no response of the service's class.
        Closed
            The service is closed.
        """
        if self._callback is None:
            raise InvalidArgument(f"{self.service} has no callback: give one to create_service")
        end = _wait.deadline(timeout)
        while (work := self._serve()) is None:
            if not self._wait_until(end):
                return False
        work()
        return True

    def close(self) -> None:
        """Leave the service; the second time, do nothing. Setup."""
        self._handle.close()
        self._place.spinner.remove(self._served)
        self._forget(self)

    def __iter__(self) -> Iterator[ServiceRequest[Request, Response]]:
        return _loop.iterate(self._take_well_formed, self.wait)

    def __aiter__(self) -> AsyncIterator[ServiceRequest[Request, Response]]:
        return _loop.iterate_async(self._take_well_formed, self.wait_async)

    def _take_well_formed(self) -> ServiceRequest[Request, Response] | None:
        return _loop.take_well_formed(self.take, self.service)

    def _serve(self) -> Callable[[], object] | None:
        request, callback = self._take_well_formed(), self._callback
        if request is None or callback is None:
            return None

        def answer() -> None:
            response = callback(request.message)
            try:
                request.respond(response)
            except Timeout as error:  # no client can end the service, either
                _loop.pass_over(self.service, error)

        return answer

    def _respond(self, info: SampleInfo, response: Response) -> bool:
        data = self._codec.response.encode(response)
        with self._handle.in_use():
            self._handle.pointer()
            replies = self._reply_writer(info.publisher_gid)
            if replies is None:
                return False
            with replies.in_use():
                writer = replies.pointer()
                _writer.send(self._place.participant, writer, data, related=info.sequence)
            return True

    def _reply_writer(self, client: bytes) -> Handle | None:
        """Return the writer of replies to a client, None when the client is gone."""
        with self._lock:
            if client not in self._replies:
                self._drop_idle_reply_writers()
                made = self._make_reply_writer(client)
                if made is None:
                    return None
                self._replies[client] = made
            return self._replies[client]

    def _make_reply_writer(self, client: bytes) -> Handle | None:
        place = _endpoint.reply_place(self._place, client)
        writer = _endpoint.create(
            place,
            lib.PLIB_KIND_REPLY_WRITER,
            self._codec,
            REPLIES,
            lib.plib_writer_create,
            "struct plib_writer **",
        )
        handle = Handle(writer, lib.plib_writer_destroy, f"replies of {self.service}")
        # A client reads its replies before it sends a request, so that the two match at once. If
        # not, it is gone, or plibd was restarted and the client has not come back yet.
        matches = _wait.Source(handle, lib.PLIB_WAIT_WRITER_EVENT)
        if not _endpoint.matches(place, matches).current:
            there = lib.plib_reader_knows(self._handle.pointer(), client)
            if not there or not _endpoint.wait_matched(place, matches, 1, _CLIENT_TIME):
                handle.close()
                if there:
                    raise Timeout(f"a client of {self.service} does not read its replies yet")
                return None
        return handle

    def _drop_idle_reply_writers(self) -> None:
        for client, handle in list(self._replies.items()):
            with handle.in_use():
                matched = lib.plib_writer_matched(handle.pointer())
            if not matched:
                del self._replies[client]
                handle.close()

    def _destroy(self, requests: Any) -> None:
        for handle in self._replies.values():
            handle.close()
        lib.plib_reader_destroy(requests)

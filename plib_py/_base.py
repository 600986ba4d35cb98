"""What the classes for programs share: their end, and what endpoints tell of themselves."""

from types import TracebackType
from typing import Any, TypeVar

from plib_py import _endpoint, _wait
from plib_py._handle import Handle
from plib_py.qos import QoS
from plib_py.typesupport import Codec, ServiceCodec

_Self = TypeVar("_Self", bound="Closable")


class Closable:
    """Closed at the end of its ``with`` block."""

    def close(self) -> None:
        """End it; the second time, do nothing. Setup."""
        raise NotImplementedError

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Endpoint(Closable):
    """A publisher, subscription, service or client."""

    _place: _endpoint.Place
    _codec: Codec[Any] | ServiceCodec[Any, Any]
    _qos: QoS
    _handle: Handle
    _matches: _wait.Source

    @property
    def type_name(self) -> str:
        """Name of the type, "std_msgs/msg/String" or "std_srvs/srv/SetBool"."""
        return self._codec.name

    @property
    def qos(self) -> QoS:
        """What it offers or requests."""
        return self._qos

    @property
    def matched(self) -> int:
        """Number of endpoints that it is matched with. Setup, O(news); no sleep."""
        return int(_endpoint.matches(self._place, self._matches).current)


class TopicEndpoint(Endpoint):
    """A publisher or subscription."""

    @property
    def topic(self) -> str:
        """Full name of the topic."""
        return self._place.topic

    def wait_matched(self, count: int = 1, timeout: float | None = None) -> bool:
        """Sleep until at least ``count`` subscriptions, or publishers, are matched.

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
        return _endpoint.wait_matched(self._place, self._matches, count, timeout)

    async def wait_matched_async(self, count: int = 1, timeout: float | None = None) -> bool:
        """Do as `wait_matched`, but give way to other coroutines meanwhile."""
        return await _endpoint.wait_matched_async(self._place, self._matches, count, timeout)


class ServiceEndpoint(Endpoint):
    """A service or client."""

    @property
    def service(self) -> str:
        """Full name of the service."""
        return self._place.topic


class Receiver(Endpoint):
    """A subscription, which takes samples, or a service, which takes requests."""

    _arrivals: _wait.Source

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until there is something to take.

        Where the last waits were short it looks for a moment before it sleeps, for as long as
        ``$PLIB_SPIN_US`` allows. Wait. Thread-safe; when several threads wait, what came may be
        gone when one looks.

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
            It is closed, by another thread perhaps.
        """
        return self._wait_until(_wait.deadline(timeout))

    async def wait_async(self, timeout: float | None = None) -> bool:
        """Do as `wait`, but give way to other coroutines meanwhile."""
        return await _endpoint.wait_async(self._place, self._arrivals, timeout)

    def _wait_until(self, end: int) -> bool:
        place = self._place
        return _wait.until(place.participant, self._arrivals, end, place.topic)

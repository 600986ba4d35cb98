"""Participants: a process's place in a domain, with a node of the ROS graph."""

import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, overload

from plib_py import _endpoint, _spin, _wait, _watch, graph, names
from plib_py._base import Closable
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.client import Client
from plib_py.errors import InvalidArgument, check
from plib_py.publisher import Publisher
from plib_py.qos import QoS, chosen
from plib_py.service import Service
from plib_py.subscription import Subscription
from plib_py.typesupport import RawServiceType, RawType, codec, service_codec

Message = TypeVar("Message")
_Child = TypeVar("_Child", Publisher[Any], Subscription[Any], Client[Any, Any], Service[Any, Any])

_DOMAIN_ID_MAX = 2**32 - 1


class _Closable(Protocol):
    def close(self) -> None: ...


class Participant(Closable):
    """A process's membership in a domain; finds plibd, and starts it when none runs.

    A context manager, closed at its end. Thread-safe. Setup.

    Parameters
    ----------
    name : str or None
        Name of its node in the ROS graph. None: no node, as for tools that only look.
    domain_id : int, optional
        Participants of different domain ids never meet. None: ``$ROS_DOMAIN_ID``, else 0, as ROS
        nodes do.
    namespace : str
        Of the node.
    socket : str, optional
        plibd's socket. None: ``$PLIB_SOCKET``, else the system's or the user's own.
    isolated : bool, optional
        Whether it meets nobody but itself, and is seen by nobody. None: when
        ``$ROS_AUTOMATIC_DISCOVERY_RANGE`` is ``OFF``, as ROS nodes do.

    Raises
    ------
    DaemonUnavailable
        No plibd could be reached or started within 5 s.
    PermissionDenied
        Its socket excludes this user.
    ProtocolMismatch
        It is of another version.
    Unsupported
        The kernel is older than 5.16.
    InvalidArgument
        A name or the domain id is malformed.
    """

    def __init__(
        self,
        name: str | None,
        domain_id: int | None = None,
        namespace: str = "/",
        socket: str | os.PathLike[str] | None = None,
        isolated: bool | None = None,
    ) -> None:
        self._name = None if name is None else names.check_node(name)
        self._namespace = names.full_namespace(namespace)
        self._domain_id = environment_domain_id() if domain_id is None else domain_id
        if not 0 <= self._domain_id <= _DOMAIN_ID_MAX:
            raise InvalidArgument(f"domain id {self._domain_id} is not from 0 to {_DOMAIN_ID_MAX}")
        self._children: set[_Closable] = set()
        self._node = 0
        self._lock = threading.Lock()
        self._async_graph_guard: Any = None

        path = ffi.NULL if socket is None else ffi.new("char[]", os.fsencode(socket))
        options = ffi.new("struct plib_participant_options *")
        options.domain_id = self._domain_id
        options.socket = path
        options.isolated = environment_isolated() if isolated is None else isolated
        out = ffi.new("struct plib_participant **")
        check(lib.plib_participant_create(options, out), "cannot join plib's domain")
        lib.plib_keep_message_memory()
        self._watcher = _watch.Watcher(out[0])
        self._spinner = _spin.Spinner(out[0])
        self._handle = Handle(out[0], self._destroy, "participant")
        graph_guard = lib.plib_participant_graph_guard(out[0])
        self._graph_changes = _wait.Source(self._handle, lib.PLIB_WAIT_GUARD, graph_guard)
        try:
            self._create_node()
        except BaseException:
            self._handle.close()
            raise

    @property
    def name(self) -> str | None:
        """Name of its node."""
        return self._name

    @property
    def namespace(self) -> str:
        """Namespace of its node."""
        return self._namespace

    @property
    def domain_id(self) -> int:
        """The domain."""
        return self._domain_id

    @overload
    def create_publisher(
        self, topic: str, message_type: RawType, qos: QoS | None = None
    ) -> Publisher[bytes]: ...

    @overload
    def create_publisher(
        self, topic: str, message_type: type[Message], qos: QoS | None = None
    ) -> Publisher[Message]: ...

    @overload
    def create_publisher(
        self, topic: str, message_type: str, qos: QoS | None = None
    ) -> Publisher[Any]: ...

    def create_publisher(
        self, topic: str, message_type: Any, qos: QoS | None = None
    ) -> Publisher[Any]:
        """Create a publisher; it is closed with the participant, or before.

        Subscriptions that plibd knows are matched when it returns. Setup.

        Parameters
        ----------
        topic : str
            Relative to the namespace, absolute ("/..."), or the node's own ("~/...").
        message_type : type, str or RawType
            A message class, a type's name ("std_msgs/msg/String", see `plib_py.messages`), or
            `RawType` to publish bytes.
        qos : QoS, optional
            What it offers; `QoS.default` unless given.

        Raises
        ------
        InvalidArgument
            A malformed name, or no message type.
        Unsupported
            A type's name or class, but neither rclpy nor rosbags is installed.
        QuotaExceeded, DaemonUnavailable
            As plibd says.
        """
        types = codec(message_type)
        return self._adopt(
            topic,
            lambda place: Publisher(
                place, types, chosen(qos, QoS.default()), self._children.discard
            ),
        )

    @overload
    def create_subscription(
        self, topic: str, message_type: RawType, qos: QoS | None = None
    ) -> Subscription[bytes]: ...

    @overload
    def create_subscription(
        self, topic: str, message_type: type[Message], qos: QoS | None = None
    ) -> Subscription[Message]: ...

    @overload
    def create_subscription(
        self, topic: str, message_type: str, qos: QoS | None = None
    ) -> Subscription[Any]: ...

    def create_subscription(
        self, topic: str, message_type: Any, qos: QoS | None = None
    ) -> Subscription[Any]:
        """Create a subscription; it is closed with the participant, or before.

        Publishers that plibd knows are matched when it returns. Setup. Parameters and exceptions
        are those of `create_publisher`.
        """
        types = codec(message_type)
        return self._adopt(
            topic,
            lambda place: Subscription(
                place, types, chosen(qos, QoS.default()), self._children.discard
            ),
        )

    @overload
    def create_client(
        self, service: str, service_type: RawServiceType, qos: QoS | None = None
    ) -> Client[bytes, bytes]: ...

    @overload
    def create_client(
        self, service: str, service_type: type | str, qos: QoS | None = None
    ) -> Client[Any, Any]: ...

    def create_client(
        self, service: str, service_type: Any, qos: QoS | None = None
    ) -> Client[Any, Any]:
        """Create a client of a service; it is closed with the participant, or before.

        Servers that plibd knows are matched when it returns. Setup.

        Parameters
        ----------
        service : str
            Relative to the namespace, absolute ("/..."), or the node's own ("~/...").
        service_type : type, str or RawServiceType
            A service class, a type's name ("std_srvs/srv/SetBool", see `plib_py.messages`), or
            `RawServiceType` to send and receive bytes.
        qos : QoS, optional
            `QoS.services_default` unless given.

        Raises
        ------
        InvalidArgument
            A malformed name, or no service type.
        Unsupported
            A type's name or class, but neither rclpy nor rosbags is installed.
        QuotaExceeded, DaemonUnavailable
            As plibd says.
        """
        types = service_codec(service_type)
        return self._adopt(
            service,
            lambda place: Client(
                place, types, chosen(qos, QoS.services_default()), self._children.discard
            ),
        )

    @overload
    def create_service(
        self,
        service: str,
        service_type: RawServiceType,
        callback: Callable[[bytes], bytes] | None = None,
        qos: QoS | None = None,
    ) -> Service[bytes, bytes]: ...

    @overload
    def create_service(
        self,
        service: str,
        service_type: type | str,
        callback: Callable[[Any], Any] | None = None,
        qos: QoS | None = None,
    ) -> Service[Any, Any]: ...

    def create_service(
        self,
        service: str,
        service_type: Any,
        callback: Callable[[Any], Any] | None = None,
        qos: QoS | None = None,
    ) -> Service[Any, Any]:
        """Create a service; it is closed with the participant, or before.

        Setup. Other parameters and exceptions are those of `create_client`.

        Parameters
        ----------
        callback : callable, optional
            Given a request, returns its response; called in `spin` and `Service.serve_once`.
            Without it requests are taken by hand.
        """
        types = service_codec(service_type)
        if callback is not None:
            _spin.check_callback(callback)
        return self._adopt(
            service,
            lambda place: Service(
                place, types, chosen(qos, QoS.services_default()), self._children.discard, callback
            ),
        )

    def spin(self, timeout: float | None = None) -> None:
        """Take for what has a callback, and call it, until the time passed or it is closed.

        Callbacks are those of `Subscription.on_message` and `create_service`. They run in the
        calling thread, one after the other, and may create and close what they like, also this
        participant; several threads may spin, and then share what comes. What a callback raises is
        raised. Wait. Thread-safe.

        Parameters
        ----------
        timeout : float, optional
            In seconds; None: for ever.

        Raises
        ------
        Closed
            The participant was closed before.
        """
        self._spin(timeout, once=False)

    def spin_once(self, timeout: float | None = None) -> bool:
        """Do as `spin`, but return when something was served: at most one of each callback.

        Parameters
        ----------
        timeout : float, optional
            In seconds; None: for ever. 0: serve what is there.

        Returns
        -------
        bool
            False when there was nothing to serve.
        """
        return self._spin(timeout, once=True)

    def graph(self) -> list[graph.GraphEntity]:
        """Return the nodes and endpoints of the domain, of all users.

        Bounded: O(entities), plus plibd's news. Thread-safe.
        """
        with self._handle.in_use():
            participant = self._handle.pointer()
            _endpoint.apply_news(participant)
            return graph.read(participant)

    def wait_for_graph_change(self, timeout: float | None = None) -> bool:
        """Sleep until the graph has changed since the last call; the first returns at once.

        Wait. Thread-safe; when several threads wait, a change ends one of the waits.

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
            The participant is closed, by another thread perhaps.
        """
        end = _wait.deadline(timeout)
        with self._handle.in_use():
            participant = self._handle.pointer()
            return _wait.until(participant, self._graph_changes, end, "the graph")

    async def wait_for_graph_change_async(self, timeout: float | None = None) -> bool:
        """Do as `wait_for_graph_change`, but give way to other coroutines meanwhile.

        It does not take changes away from `wait_for_graph_change`, nor that from this.
        """
        left = _wait.seconds(timeout)
        changes = self._async_graph_changes()
        with self._handle.in_use():
            if _wait.until(self._handle.pointer(), changes, 0, "the graph"):
                return True
        return left > 0 and await _watch.until(self._watcher, changes, left)

    def close(self) -> None:
        """Close all that was created in it, and leave; the second time, do nothing. Setup.

        Raises
        ------
        Busy
            A loan or a loaned sample is out.
        """
        self._close_children()
        self._handle.close()

    def _create_node(self) -> None:
        if self._name is None:
            return
        name = ffi.new("char[]", self._name.encode())
        namespace = ffi.new("char[]", self._namespace.encode())
        node = ffi.new("uint32_t *")
        with self._handle.in_use():
            status = lib.plib_node_create(self._handle.pointer(), name, namespace, node)
            check(status, f"node {self._name} cannot be created")
        self._node = node[0]

    def _spin(self, timeout: float | None, once: bool) -> bool:
        end = _wait.deadline(timeout)
        with self._handle.in_use():
            self._handle.pointer()
        return self._spinner.run(self._handle, end, once)

    def _adopt(self, name: str, create: Callable[[_endpoint.Place], _Child]) -> _Child:
        """Create something that is closed with the participant."""
        full = names.full_topic(name, self._namespace, self._name)
        with self._handle.in_use():
            pointer = self._handle.pointer()
            place = _endpoint.Place(pointer, self._node, full, self._watcher, self._spinner)
            child = create(place)
            self._children.add(child)
            return child

    def _async_graph_changes(self) -> _wait.Source:
        with self._handle.in_use(), self._lock:
            if self._async_graph_guard is None:
                guard = ffi.new("struct plib_guard **")
                status = lib.plib_graph_guard_create(self._handle.pointer(), guard)
                check(status, "cannot wait for the graph")
                self._async_graph_guard = guard[0]
        return _wait.Source(self._handle, lib.PLIB_WAIT_GUARD, self._async_graph_guard)

    def _close_children(self) -> None:
        for child in list(self._children):
            child.close()

    def _destroy(self, pointer: Any) -> None:
        # What another thread created while this one was closing.
        self._close_children()
        self._watcher.stop()
        if self._node:
            # plibd may be away; it forgets the node with the participant.
            lib.plib_node_destroy(pointer, self._node)
        if self._async_graph_guard is not None:
            lib.plib_guard_destroy(self._async_graph_guard)
        lib.plib_participant_destroy(pointer)


def environment_domain_id() -> int:
    """Return ``$ROS_DOMAIN_ID``, 0 when it is not set or empty.

    Raises
    ------
    InvalidArgument
        It is no number.
    """
    text = os.environ.get("ROS_DOMAIN_ID") or "0"
    if not text.isascii() or not text.isdigit():
        raise InvalidArgument(f"ROS_DOMAIN_ID is not a domain id: {text!r}")
    return int(text)


def environment_isolated() -> bool:
    """Return whether ``$ROS_AUTOMATIC_DISCOVERY_RANGE`` is ``OFF``.

    Raises
    ------
    InvalidArgument
        It is no discovery range.
    """
    text = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE") or "SUBNET"
    if text not in ("OFF", "LOCALHOST", "SUBNET", "SYSTEM_DEFAULT"):
        raise InvalidArgument(
            "ROS_AUTOMATIC_DISCOVERY_RANGE is none of OFF, LOCALHOST, SUBNET and SYSTEM_DEFAULT: "
            f"{text!r}"
        )
    return text == "OFF"

"""Participants: a process's place in a domain, with a node of the ROS graph."""

import os
from types import TracebackType
from typing import Any, TypeVar, overload

from plib_py import _endpoint, _wait, graph, names
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import InvalidArgument, check, from_code
from plib_py.publisher import Publisher
from plib_py.qos import QoS
from plib_py.subscription import Subscription
from plib_py.typesupport import RawType, codec

Message = TypeVar("Message")
_Endpoint = TypeVar("_Endpoint", Publisher[Any], Subscription[Any])

_DOMAIN_ID_MAX = 2**32 - 1


class Participant:
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
        self._children: set[Publisher[Any] | Subscription[Any]] = set()
        self._node = 0

        path = ffi.NULL if socket is None else ffi.new("char[]", os.fsencode(socket))
        options = ffi.new("struct plib_participant_options *")
        options.domain_id = self._domain_id
        options.socket = path
        options.isolated = environment_isolated() if isolated is None else isolated
        out = ffi.new("struct plib_participant **")
        check(lib.plib_participant_create(options, out), "cannot join plib's domain")
        guard = ffi.new("struct plib_guard **")
        status = lib.plib_guard_create(guard)
        if status < 0:
            lib.plib_participant_destroy(out[0])
            raise from_code(status, "cannot join plib's domain")
        self._guard = guard[0]
        self._handle = Handle(
            out[0],
            self._destroy,
            "participant",
            interrupt=lambda: lib.plib_guard_trigger(self._guard),
        )
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

    def create_publisher(
        self, topic: str, message_type: Any, qos: QoS | None = None
    ) -> Publisher[Any]:
        """Create a publisher; it is closed with the participant, or before.

        Subscriptions that plibd knows are matched when it returns. Setup.

        Parameters
        ----------
        topic : str
            Relative to the namespace, absolute ("/..."), or the node's own ("~/...").
        message_type : type or RawType
            A ROS message class, or `RawType` to publish bytes.
        qos : QoS, optional
            What it offers; `QoS.default` unless given.

        Raises
        ------
        InvalidArgument
            A malformed name, or no message type.
        Unsupported
            A ROS message class, but rclpy is not installed.
        QuotaExceeded, DaemonUnavailable
            As plibd says.
        """
        return self._create(Publisher, topic, message_type, qos)

    @overload
    def create_subscription(
        self, topic: str, message_type: RawType, qos: QoS | None = None
    ) -> Subscription[bytes]: ...

    @overload
    def create_subscription(
        self, topic: str, message_type: type[Message], qos: QoS | None = None
    ) -> Subscription[Message]: ...

    def create_subscription(
        self, topic: str, message_type: Any, qos: QoS | None = None
    ) -> Subscription[Any]:
        """Create a subscription; it is closed with the participant, or before.

        Publishers that plibd knows are matched when it returns. Setup. Parameters and exceptions
        are those of `create_publisher`.
        """
        return self._create(Subscription, topic, message_type, qos)

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
        items = ffi.new("struct plib_wait_item[2]")
        items[0].kind = items[1].kind = lib.PLIB_WAIT_GUARD
        items[1].object = self._guard
        while True:
            with self._handle.in_use():
                participant = self._handle.pointer()
                items[0].object = lib.plib_participant_graph_guard(participant)
                happened = _wait.once(participant, items, end, "the graph")
            # The other item ends the wait when another thread closes the participant.
            if happened is False or (happened and items[0].ready):
                return happened

    def close(self) -> None:
        """Close its publishers and subscriptions, and leave; the second time, do nothing. Setup.

        Raises
        ------
        Busy
            A loan or a loaned sample is out.
        """
        self._close_children()
        self._handle.close()

    def __enter__(self) -> "Participant":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

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

    def _create(
        self, endpoint: type[_Endpoint], topic: str, message_type: Any, qos: QoS | None
    ) -> _Endpoint:
        full = names.full_topic(topic, self._namespace, self._name)
        types = codec(message_type)
        with self._handle.in_use():
            place = _endpoint.Place(self._handle.pointer(), self._node, full)
            child = endpoint(place, types, qos or QoS.default(), self._children.discard)
            self._children.add(child)
            return child

    def _close_children(self) -> None:
        for child in list(self._children):
            child.close()

    def _destroy(self, pointer: Any) -> None:
        # What another thread created while this one was closing.
        self._close_children()
        if self._node:
            # plibd may be away; it forgets the node with the participant.
            lib.plib_node_destroy(pointer, self._node)
        lib.plib_participant_destroy(pointer)
        lib.plib_guard_destroy(self._guard)


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

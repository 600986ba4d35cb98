"""The monitor's topics: plain values become ROS messages here.

The classes are ROS's where its rclpy is installed and the package has been built, else those of
``rosbags``; both are the same on the wire, and have the same type hash.
"""

from __future__ import annotations

import functools
import math
import socket
from collections.abc import Iterable
from typing import Any

from plib_py import messages
from plib_py.graph import EntityKind, GraphEntity
from plib_py.monitor.diagnostics import Check
from plib_py.monitor.figures import Figures, Reader, Writer
from plib_py.participant import Participant
from plib_py.publisher import Publisher
from plib_py.qos import Durability, History, Liveliness, QoS, Reliability

NAME = "plib_monitor"
EVENTS = "/plib/events"
EVENTS_KEPT = 100  # for those who come later
_FOREVER = 2147483647  # seconds
_KINDS = {
    EntityKind.PUBLISHER: "PUBLISHER",
    EntityKind.SUBSCRIPTION: "SUBSCRIPTION",
    EntityKind.CLIENT: "CLIENT",
    EntityKind.SERVER: "SERVER",
}
_NAMES: dict[str, dict[Any, str]] = {
    "reliability": {Reliability.RELIABLE: "RELIABLE", Reliability.BEST_EFFORT: "BEST_EFFORT"},
    "durability": {
        Durability.TRANSIENT_LOCAL: "TRANSIENT_LOCAL",
        Durability.VOLATILE: "VOLATILE",
    },
    "history": {History.KEEP_LAST: "KEEP_LAST", History.KEEP_ALL: "KEEP_ALL"},
    "liveliness": {
        Liveliness.AUTOMATIC: "AUTOMATIC",
        Liveliness.MANUAL_BY_TOPIC: "MANUAL_BY_TOPIC",
    },
}


class Outputs:
    """The publishers of a monitor.

    Parameters
    ----------
    participant : Participant
        The monitor's node.

    Raises
    ------
    Unsupported
        Neither ROS with plib's messages nor ``rosbags`` is installed.
    """

    def __init__(self, participant: Participant) -> None:
        self._domain_id = participant.domain_id
        self._hardware_id = socket.gethostname()
        # Who comes later gets the last one.
        latched = QoS(durability=Durability.TRANSIENT_LOCAL, depth=1)
        kept = QoS(durability=Durability.TRANSIENT_LOCAL, depth=EVENTS_KEPT)

        def publisher(topic: str, name: str, qos: QoS | None = None) -> Publisher[Any]:
            return participant.create_publisher(topic, _class(name), qos)

        self._participants = publisher("/plib/participants", "ParticipantArray", latched)
        self._endpoints = publisher("/plib/endpoints", "EndpointArray", latched)
        self._statistics = publisher("/plib/statistics", "Statistics")
        self._events = publisher(EVENTS, "Event", kept)
        self._diagnostics = publisher("/diagnostics", "diagnostic_msgs/msg/DiagnosticArray")

    def participants(self, found: list[dict[str, Any]], now: float) -> None:
        """Publish who is in the domain, from `plib_py.query.status`."""
        message = _new("ParticipantArray", domain_id=self._domain_id)
        _set_time(message.stamp, now)
        message.participants = [
            _new(
                "Participant",
                **{key: one[key] for key in ("pid", "uid", "program", "executable", "enclave")},
                nodes=sorted(
                    f"{entity['type'].rstrip('/')}/{entity['name']}"
                    for entity in one["entities"]
                    if entity["kind"] == "node"
                ),
            )
            for one in found
        ]
        self._participants.publish(message)

    def endpoints(self, graph: list[GraphEntity], now: float) -> None:
        """Publish what they have in the ROS graph."""
        nodes = {each.gid: each.name for each in graph if each.kind is EntityKind.NODE}
        message = _new("EndpointArray", domain_id=self._domain_id)
        _set_time(message.stamp, now)
        message.endpoints = [
            _endpoint(each, nodes.get(each.node_gid, ""))
            for each in sorted(graph, key=lambda each: (each.name, each.kind, each.gid))
            if each.kind in _KINDS
        ]
        self._endpoints.publish(message)

    def statistics(self, figures: Figures, now: float) -> None:
        """Publish how samples flow."""
        message = _new("Statistics", domain_id=self._domain_id)
        _set_time(message.stamp, now)
        _set_time(message.period, figures.seconds)
        message.publishers = [_writer(each, figures.seconds) for each in figures.writers]
        message.participants = [
            _new(
                "ParticipantStatistics",
                **{key: one[key] for key in ("pid", "uid", "program", "memory")},
            )
            for one in figures.participants
        ]
        message.users = [_new("UserStatistics", **user) for user in figures.users]
        self._statistics.publish(message)

    def event(self, event: dict[str, Any]) -> None:
        """Publish an event of plibd's."""
        fields = ("event", "text", "pid", "uid", "program", "name", "rule", "count")
        message = _new("Event", **{key: event[key] for key in fields if key in event})
        _set_time(message.stamp, event["time"])
        self._events.publish(message)

    def diagnostics(self, checks: Iterable[Check], now: float) -> None:
        """Publish what is well and what is not."""
        message = _new("diagnostic_msgs/msg/DiagnosticArray")
        _set_time(message.header.stamp, now)
        message.status = [self._status(check) for check in checks]
        self._diagnostics.publish(message)

    def _status(self, check: Check) -> Any:
        status = _new(
            "diagnostic_msgs/msg/DiagnosticStatus",
            # As diagnostic_updater names what a node says, which aggregators go by.
            name=f"{NAME}: {check.name}",
            message=check.text,
            hardware_id=self._hardware_id,
            values=[
                _new("diagnostic_msgs/msg/KeyValue", key=key, value=value)
                for key, value in check.values.items()
            ],
        )
        # ROS's class has bytes for a ``byte``.
        number = int(check.level)
        status.level = bytes([number]) if isinstance(status.level, bytes) else number
        return status


@functools.cache
def _class(name: str) -> Any:
    return messages.get(name if "/" in name else f"rmw_plib/msg/{name}")


def _new(type_name: str, /, **fields: Any) -> Any:
    return _class(type_name)(**fields)


def _set_time(field: Any, seconds: float) -> None:
    """Set a time or a duration."""
    if seconds >= _FOREVER:
        field.sec, field.nanosec = _FOREVER, 0
        return
    whole = math.floor(seconds)
    field.sec, field.nanosec = whole, min(999_999_999, int((seconds - whole) * 1e9))


def _endpoint(entity: GraphEntity, node: str) -> Any:
    message = _new(
        "Endpoint",
        name=entity.name,
        type=entity.type,
        type_hash=entity.type_hash or "",
        node=node,
        gid=list(entity.gid),
        pid=entity.pid,
        uid=entity.uid,
        qos=_qos(entity.qos),
    )
    message.kind = getattr(type(message), _KINDS[entity.kind])
    return message


def _qos(qos: QoS) -> Any:
    message = _new("QosProfile", depth=qos.depth)
    for policy, names in _NAMES.items():
        setattr(message, policy, getattr(type(message), names[getattr(qos, policy)]))
    for name in ("deadline", "lifespan", "lease"):
        _set_time(getattr(message, name), getattr(qos, name))
    return message


def _writer(writer: Writer, seconds: float) -> Any:
    return _new(
        "PublisherStatistics",
        name=writer.name,
        type=writer.type,
        node=writer.node,
        gid=list(bytes.fromhex(writer.gid)),
        pid=writer.pid,
        uid=writer.uid,
        samples=writer.samples,
        bytes=writer.bytes,
        rate=writer.samples_now / seconds if seconds else 0.0,
        bandwidth=writer.bytes_now / seconds if seconds else 0.0,
        kept=writer.kept,
        memory=writer.memory,
        subscriptions=[_reader(reader) for reader in writer.readers],
    )


def _reader(reader: Reader) -> Any:
    message = _new(
        "SubscriptionStatistics",
        node=reader.node,
        gid=list(bytes.fromhex(reader.gid)),
        **{key: getattr(reader, key) for key in ("pid", "uid", "queued", "held", "taken", "lost")},
        slow=reader.slow,
    )
    _set_time(message.delay, reader.delay)
    return message

"""Quality of service: what a publisher offers and a subscription requests."""

import dataclasses
import enum
import math
from dataclasses import dataclass
from typing import Any

from plib_py._native import ffi, lib
from plib_py.errors import InvalidArgument

_INFINITE_NS = 2**63 - 1


class Reliability(enum.IntEnum):
    """Whether a writer that keeps all waits for its readers."""

    BEST_EFFORT = lib.PLIB_BEST_EFFORT
    RELIABLE = lib.PLIB_RELIABLE


class Durability(enum.IntEnum):
    """Whether late subscriptions get the samples that are still kept."""

    VOLATILE = lib.PLIB_VOLATILE
    TRANSIENT_LOCAL = lib.PLIB_TRANSIENT_LOCAL


class History(enum.IntEnum):
    """Which samples are kept for readers that have not taken them yet."""

    KEEP_LAST = lib.PLIB_KEEP_LAST
    KEEP_ALL = lib.PLIB_KEEP_ALL


class Liveliness(enum.IntEnum):
    """How a writer shows that it is alive."""

    AUTOMATIC = lib.PLIB_AUTOMATIC
    MANUAL_BY_TOPIC = lib.PLIB_MANUAL_BY_TOPIC


@dataclass(frozen=True)
class QoS:
    """QoS policies; the defaults are those of ROS 2.

    Attributes
    ----------
    reliability, durability, history, liveliness
        See the enumerations.
    depth : int
        Samples that `History.KEEP_LAST` keeps, from 1 to 65,536.
    deadline, lifespan, lease : float
        In seconds, greater than 0; `math.inf` for none.

    Raises
    ------
    InvalidArgument
        A policy is out of range.
    """

    reliability: Reliability = Reliability.RELIABLE
    durability: Durability = Durability.VOLATILE
    history: History = History.KEEP_LAST
    depth: int = 10
    liveliness: Liveliness = Liveliness.AUTOMATIC
    deadline: float = math.inf
    lifespan: float = math.inf
    lease: float = math.inf

    def __post_init__(self) -> None:
        for name, kind in _ENUMERATIONS.items():
            if not isinstance(getattr(self, name), kind):
                raise InvalidArgument(f"QoS: {name} is no {kind.__name__}: {getattr(self, name)!r}")
        depth = self.depth
        if not isinstance(depth, int) or not 1 <= depth <= lib.PLIB_RING_MAX:
            raise InvalidArgument(f"QoS: depth is not from 1 to {lib.PLIB_RING_MAX}: {depth!r}")
        for name in _DURATIONS:
            seconds = getattr(self, name)
            # Not "<= 0", which NaN is not either.
            if not isinstance(seconds, int | float) or not seconds > 0:
                raise InvalidArgument(f"QoS: {name} is no time greater than 0 s: {seconds!r}")

    @classmethod
    def default(cls) -> "QoS":
        """Return ROS's default: reliable, the last 10 samples."""
        return cls()

    @classmethod
    def sensor_data(cls) -> "QoS":
        """Return what suits sensors: best effort, the last 5 samples."""
        return cls(reliability=Reliability.BEST_EFFORT, depth=5)

    @classmethod
    def services_default(cls) -> "QoS":
        """Return what services use: reliable, the last 10 requests."""
        return cls()

    @classmethod
    def parameters(cls) -> "QoS":
        """Return what the parameter services use: reliable, the last 1,000 requests."""
        return cls(depth=1000)

    @classmethod
    def parameter_events(cls) -> "QoS":
        """Return what ``/parameter_events`` uses: reliable, the last 1,000 samples."""
        return cls(depth=1000)

    @classmethod
    def system_default(cls) -> "QoS":
        """Return what rmw_plib makes of ROS's "system default": the same as `default`."""
        return cls()

    def keeping_all(self) -> "QoS":
        """Return what the endpoints of a service have: no request is lost if it is reliable."""
        if self.reliability is Reliability.RELIABLE:
            return dataclasses.replace(self, history=History.KEEP_ALL)
        return self

    @classmethod
    def from_c(cls, qos: Any) -> "QoS":
        """Convert a ``struct plib_qos``, as plibd publishes it."""
        return cls(
            reliability=Reliability(qos.reliability),
            durability=Durability(qos.durability),
            history=History(qos.history),
            # plibd's own streams and nodes have none.
            depth=max(1, min(qos.depth, lib.PLIB_RING_MAX)),
            liveliness=Liveliness(qos.liveliness),
            deadline=_to_seconds(qos.deadline),
            lifespan=_to_seconds(qos.lifespan),
            lease=_to_seconds(qos.lease),
        )

    def to_c(self) -> Any:
        """Convert to a ``struct plib_qos``."""
        qos = ffi.new("struct plib_qos *")
        qos.reliability = self.reliability
        qos.durability = self.durability
        qos.history = self.history
        qos.depth = self.depth
        qos.liveliness = self.liveliness
        qos.deadline = _to_nanoseconds(self.deadline)
        qos.lifespan = _to_nanoseconds(self.lifespan)
        qos.lease = _to_nanoseconds(self.lease)
        return qos[0]


def chosen(qos: QoS | None, default: QoS) -> QoS:
    """Return what a caller gave as QoS, or the default for None.

    Raises
    ------
    InvalidArgument
        It is something else: a depth alone, as rclpy takes it.
    """
    if qos is None:
        return default
    if not isinstance(qos, QoS):
        raise InvalidArgument(f"{qos!r} is no plib_py.QoS: give one, as QoS(depth=10)")
    return qos


_ENUMERATIONS: dict[str, type[enum.IntEnum]] = {
    "reliability": Reliability,
    "durability": Durability,
    "history": History,
    "liveliness": Liveliness,
}
_DURATIONS = ("deadline", "lifespan", "lease")


def _to_nanoseconds(seconds: float) -> int:
    return _INFINITE_NS if seconds >= _INFINITE_NS / 1e9 else max(1, round(seconds * 1e9))


def _to_seconds(nanoseconds: int) -> float:
    # A record without the policy (a node's) says 0.
    return nanoseconds / 1e9 if 0 < nanoseconds < _INFINITE_NS else math.inf


# Of the streams of replies, whatever the service has.
REPLIES = QoS(history=History.KEEP_ALL)

"""QoS as recordings have it: the metadata ``offered_qos_profiles`` of rosbag2."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from plib_py.errors import InvalidArgument
from plib_py.qos import Durability, History, Liveliness, QoS, Reliability

# What ROS says for "without end", and from where on readers take it so: older ROS had less.
_INFINITE = {"sec": 9223372036, "nsec": 854775807}
_LONG = 2**31 - 1

# By rosbag2's words and, before ROS 2 Iron, numbers.
_POLICIES: dict[str, dict[Any, Any]] = {
    "history": {"keep_last": History.KEEP_LAST, 1: History.KEEP_LAST,
                "keep_all": History.KEEP_ALL, 2: History.KEEP_ALL},
    "reliability": {"reliable": Reliability.RELIABLE, 1: Reliability.RELIABLE,
                    "best_effort": Reliability.BEST_EFFORT, 2: Reliability.BEST_EFFORT},
    "durability": {"transient_local": Durability.TRANSIENT_LOCAL, 1: Durability.TRANSIENT_LOCAL,
                   "volatile": Durability.VOLATILE, 2: Durability.VOLATILE},
    "liveliness": {"automatic": Liveliness.AUTOMATIC, 1: Liveliness.AUTOMATIC,
                   "manual_by_topic": Liveliness.MANUAL_BY_TOPIC, 3: Liveliness.MANUAL_BY_TOPIC},
}  # fmt: skip
_DEEPEST = 65536
_DURATIONS = {
    "deadline": "deadline",
    "lifespan": "lifespan",
    "liveliness_lease_duration": "lease",
}


def dump(offered: Iterable[QoS]) -> str:
    """Return publishers' QoS as YAML; each one once."""
    import yaml

    profiles = [
        {
            "history": qos.history.name.lower(),
            "depth": qos.depth,
            "reliability": qos.reliability.name.lower(),
            "durability": qos.durability.name.lower(),
            "deadline": _duration(qos.deadline),
            "lifespan": _duration(qos.lifespan),
            "liveliness": qos.liveliness.name.lower(),
            "liveliness_lease_duration": _duration(qos.lease),
            "avoid_ros_namespace_conventions": False,
        }
        for qos in dict.fromkeys(offered)
    ]
    return yaml.safe_dump(profiles, sort_keys=False) if profiles else ""


def load(text: str) -> list[QoS]:
    """Return what `dump` or rosbag2 wrote; policies that are missing or unknown have defaults.

    Raises
    ------
    InvalidArgument
        It is something else.
    """
    import yaml

    try:
        profiles = yaml.safe_load(text) or []
        return [_qos(profile) for profile in profiles]
    except (yaml.YAMLError, TypeError, AttributeError, KeyError, ValueError) as error:
        raise InvalidArgument(f"the recorded QoS is malformed: {error}") from error


def strictest(offered: list[QoS]) -> QoS:
    """Return a publisher's QoS that matches every subscription that one of these matches."""
    if not offered:
        return QoS.default()
    return QoS(
        reliability=max(each.reliability for each in offered),
        durability=max(each.durability for each in offered),
        history=max(each.history for each in offered),
        depth=max(each.depth for each in offered),
        liveliness=max(each.liveliness for each in offered),
        deadline=min(each.deadline for each in offered),
        lifespan=max(each.lifespan for each in offered),
        lease=min(each.lease for each in offered),
    )


def _qos(profile: dict[str, Any]) -> QoS:
    policies: dict[str, Any] = {
        name: values[profile[name]]
        for name, values in _POLICIES.items()
        if profile.get(name) in values
    }
    for theirs, ours in _DURATIONS.items():
        if profile.get(theirs) is not None:
            policies[ours] = _seconds(profile[theirs])
    depth = int(profile.get("depth") or 0)
    if depth > 0:
        policies["depth"] = min(depth, _DEEPEST)
    return QoS(**policies)


def _duration(seconds: float) -> dict[str, int]:
    if math.isinf(seconds):
        return dict(_INFINITE)
    whole, nanoseconds = divmod(round(seconds * 1e9), 10**9)
    return {"sec": whole, "nsec": nanoseconds}


def _seconds(duration: dict[str, int]) -> float:
    seconds, nanoseconds = int(duration["sec"]), int(duration["nsec"])
    # 0: not specified.
    if seconds >= _LONG or not (seconds or nanoseconds):
        return math.inf
    return seconds + nanoseconds / 1e9

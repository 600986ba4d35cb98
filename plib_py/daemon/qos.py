"""Which writers and readers may be matched: the DDS rules of requested against offered QoS."""

from __future__ import annotations

from typing import Any

from plib_py._native import lib

# kinds of writer -> kind of the reader that it is for
PARTNER: dict[int, int] = {
    lib.PLIB_KIND_PUBLISHER: lib.PLIB_KIND_SUBSCRIPTION,
    lib.PLIB_KIND_CLIENT: lib.PLIB_KIND_SERVER,
    lib.PLIB_KIND_REPLY_WRITER: lib.PLIB_KIND_REPLY_READER,
}
WRITERS = frozenset(PARTNER)
READERS = frozenset(PARTNER.values())
VISIBLE = frozenset(
    (
        lib.PLIB_KIND_NODE,
        lib.PLIB_KIND_PUBLISHER,
        lib.PLIB_KIND_SUBSCRIPTION,
        lib.PLIB_KIND_CLIENT,
        lib.PLIB_KIND_SERVER,
    )
)


def makes_sense(policies: Any) -> bool:
    """Return whether a ``struct plib_qos`` has policies that there are, and periods that can be."""
    return bool(
        policies.reliability <= lib.PLIB_RELIABLE
        and policies.durability <= lib.PLIB_TRANSIENT_LOCAL
        and policies.history <= lib.PLIB_KEEP_ALL
        and policies.liveliness <= lib.PLIB_MANUAL_BY_TOPIC
        and min(policies.deadline, policies.lifespan, policies.lease) >= 0
    )


def incompatible_policy(offered: Any, requested: Any) -> int:
    """Return the policy in which a writer's QoS falls short of a reader's.

    By the table of the DDS specification; ``PLIB_POLICY_NONE`` when the two may be matched.

    Parameters
    ----------
    offered, requested
        ``struct plib_qos`` of the writer and of the reader.
    """
    policies = (
        (lib.PLIB_POLICY_RELIABILITY, offered.reliability >= requested.reliability),
        (lib.PLIB_POLICY_DURABILITY, offered.durability >= requested.durability),
        (lib.PLIB_POLICY_DEADLINE, offered.deadline <= requested.deadline),
        (lib.PLIB_POLICY_LIVELINESS, offered.liveliness >= requested.liveliness),
        (lib.PLIB_POLICY_LIVELINESS, offered.lease <= requested.lease),
    )
    return int(next((policy for policy, fits in policies if not fits), lib.PLIB_POLICY_NONE))


def same_type(one: bytes, other: bytes) -> bool:
    """Return whether two type hashes agree; an unknown one (all zero) agrees with any."""
    return one == other or not any(one) or not any(other)

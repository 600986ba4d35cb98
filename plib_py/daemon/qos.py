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


def compatible(offered: Any, requested: Any) -> bool:
    """Return whether a writer's QoS satisfies a reader's, by the table of the DDS specification.

    Parameters
    ----------
    offered, requested
        ``struct plib_qos`` of the writer and of the reader.
    """
    return bool(
        offered.reliability >= requested.reliability
        and offered.durability >= requested.durability
        and offered.deadline <= requested.deadline
        and offered.liveliness >= requested.liveliness
        and offered.lease <= requested.lease
    )


def same_type(one: bytes, other: bytes) -> bool:
    """Return whether two type hashes agree; an unknown one (all zero) agrees with any."""
    return one == other or not any(one) or not any(other)

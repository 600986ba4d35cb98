"""What publishers and subscriptions have in common: creating them, and waiting for a match."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plib_py import _wait
from plib_py._handle import Handle
from plib_py._native import ffi, lib
from plib_py.errors import check
from plib_py.qos import QoS
from plib_py.typesupport import Codec, hash_bytes

# Matches are not among the things that plib_wait() waits for, the graph's changes are; they are not
# told in one instant. So a change of the graph ends the wait at once, or this time, in seconds.
_MATCH_SLICE = 0.05


@dataclass(frozen=True)
class Place:
    """Where an endpoint is created.

    Attributes
    ----------
    participant
        The C object. It is destroyed after its endpoints: who uses one of them may use it, too.
    node : int
        Its node's entity number, 0 without one.
    topic : str
        Full name.
    """

    participant: Any
    node: int
    topic: str


def create(
    place: Place, kind: int, codec: Codec[Any], qos: QoS, function: Any, pointer_type: str
) -> Any:
    """Create a writer or reader with the C function; setup."""
    topic = ffi.new("char[]", place.topic.encode())
    type_name = ffi.new("char[]", codec.name.encode())
    type_hash = ffi.NULL
    if codec.hash is not None:
        type_hash = ffi.new(f"uint8_t[{lib.PLIB_TYPE_HASH_SIZE}]", hash_bytes(codec.hash))
    options = ffi.new("struct plib_endpoint_options *")
    options.kind = kind
    options.node = place.node
    options.topic = topic
    options.type = type_name
    options.type_hash = type_hash
    options.qos = qos.to_c()
    out = ffi.new(pointer_type)
    check(function(place.participant, options, out), f"{place.topic} cannot be created")
    return out[0]


def apply_news(participant: Any) -> None:
    """Read plibd's news when there is some: matches, a restart."""
    if lib.plib_participant_pending(participant):
        # Without plibd what is matched flows on.
        lib.plib_participant_poll(participant)


def gid(participant: Any, entity: int) -> bytes:
    """Return the 16 bytes that identify an entity of the participant."""
    value = ffi.new(f"uint8_t[{lib.PLIB_GID_SIZE}]")
    lib.plib_participant_gid(participant, entity, value)
    return bytes(value)


def wait_matched(
    handle: Handle, place: Place, matched: Callable[[], int], count: int, timeout: float | None
) -> bool:
    """Sleep until ``matched()`` is at least ``count``; False when the time passed."""
    end = _wait.deadline(timeout)
    items = ffi.new("struct plib_wait_item[1]")
    items[0].kind = lib.PLIB_WAIT_GUARD
    items[0].object = lib.plib_participant_graph_guard(place.participant)
    while matched() < count:
        with handle.in_use():
            handle.pointer()
            if _wait.once(place.participant, items, end, "a match", _MATCH_SLICE) is False:
                break
    return matched() >= count

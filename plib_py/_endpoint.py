"""What publishers and subscriptions have in common: creating them, and waiting for a match."""

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

from plib_py import _spin, _wait, _watch
from plib_py._native import ffi, lib
from plib_py.errors import check
from plib_py.qos import QoS
from plib_py.typesupport import Codec, ServiceCodec, hash_bytes


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
    watcher : Watcher
        Waits for the participant's coroutines.
    spinner : Spinner
        Serves the participant's callbacks.
    """

    participant: Any
    node: int
    topic: str
    watcher: _watch.Watcher
    spinner: _spin.Spinner


def reply_place(place: Place, client: bytes) -> Place:
    """Return where the replies to a client of a service go; only it and its servers meet there."""
    return dataclasses.replace(place, topic=f"reply:{client.hex()}")


def create(
    place: Place,
    kind: int,
    codec: Codec[Any] | ServiceCodec[Any, Any],
    qos: QoS,
    function: Any,
    pointer_type: str,
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


def matches(place: Place, source: _wait.Source) -> Any:
    """Return the ``struct plib_status`` of an endpoint's matches as of now; setup, O(news)."""
    status = ffi.new("struct plib_status *")
    read = (
        lib.plib_writer_status
        if source.kind == lib.PLIB_WAIT_WRITER_EVENT
        else lib.plib_reader_status
    )
    with source.handle.in_use():
        pointer = source.handle.pointer()
        apply_news(place.participant)
        check(read(source.pointer or pointer, source.event, status), "cannot count the matches")
    return status


def wait_matched(place: Place, source: _wait.Source, count: int, timeout: float | None) -> bool:
    """Sleep until there are at least ``count`` matches; False when the time passed."""
    end = _wait.deadline(timeout)
    items = _wait.Items(place.participant, [source], "a match")
    while True:
        status = matches(place, source)
        if status.current >= count:
            return True
        items.seen(0, status.changes)
        if items.sleep(end) is False:
            return bool(matches(place, source).current >= count)


async def wait_matched_async(
    place: Place, source: _wait.Source, count: int, timeout: float | None
) -> bool:
    """Do the same in a coroutine."""
    end = time.monotonic() + _wait.seconds(timeout)
    while True:
        status = matches(place, source)
        if status.current >= count:
            return True
        left = end - time.monotonic()
        if left <= 0 or not await _watch.until(place.watcher, source, left, status.changes):
            return bool(matches(place, source).current >= count)


async def wait_async(place: Place, source: _wait.Source, timeout: float | None) -> bool:
    """Wait in a coroutine until a source has happened; False when the time passed."""
    left = _wait.seconds(timeout)
    if _wait.until(place.participant, source, 0, place.topic):
        return True
    return left > 0 and await _watch.until(place.watcher, source, left)

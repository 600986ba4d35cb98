"""What the fuzzer made up, and the requests that are made of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from plib_py._native import lib
from plib_py.daemon import messages

ENTITIES = 12  # numbers that a client uses
NAMES = (
    b"a",
    b"a",
    b"a",
    b"a",
    b"a",
    b"b",
    b"",
    b"n" * 255,
    b"/a",
    b"/a",
    b"/a/b",
    b"\x1b]0;\n\xff",
)


class Input:
    """Bytes, read from front to back; zeros when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        data = self._data[self._at : self._at + count]
        self._at += count
        return data.ljust(count, b"\0")

    def below(self, count: int) -> int:
        """Return a number from 0 to below ``count``."""
        return self.take(1)[0] % count

    def one_of(self, *values: Any) -> Any:
        """Return one of the values."""
        return values[self.below(len(values))]

    def rarely(self) -> bool:
        """Return whether to do what has the sender dropped: seldom, so that much goes on before."""
        return self.below(256) == 255

    def number(self, size: int) -> int:
        """Return any unsigned number of so many bytes, often one at the ends."""
        bits = 8 * size
        anything = int.from_bytes(self.take(size), "little") if self.below(4) == 0 else 0
        return int(self.one_of(anything, self.below(8), (1 << bits) - 1, 1 << bits - 1))


def fill_name(source: Input, field: Any) -> None:
    """Write a name, rarely one without an end."""
    if source.rarely():
        field[0 : len(field)] = b"x" * len(field)
        return
    name = source.one_of(*NAMES)
    field[0 : len(name)] = name


def hello(source: Input) -> Any:
    """Join, as one of few participants, in one of few domains."""
    message: Any = messages.build("plib_msg_hello", lib.PLIB_MSG_HELLO)
    message.version = lib.PLIB_PROTOCOL_VERSION + source.rarely()
    message.domain_id = source.below(2)
    message.isolated = source.below(4) == 0
    message.secret = bytes([source.below(4)]) * lib.PLIB_SECRET_SIZE
    if source.below(4) == 0:  # seldom refused
        fill_name(source, message.enclave)
    return message


def new_entity(source: Input, taken: Collection[int]) -> int:
    """Return a number for a new entity, rarely one that is taken."""
    numbers = range(1, ENTITIES) if source.rarely() else set(range(1, ENTITIES)) - set(taken)
    return int(source.one_of(*numbers)) if numbers else ENTITIES


def create_node(source: Input, taken: Collection[int]) -> Any:
    """Make a node."""
    message: Any = messages.build("plib_msg_create_node", lib.PLIB_MSG_CREATE_NODE)
    message.entity = new_entity(source, taken)
    fill_name(source, message.name)
    fill_name(source, message.node_namespace)
    return message


def fill_qos(source: Input, qos: Any) -> None:
    """Write policies, rarely some that there are not."""
    if source.rarely():
        for name in ("reliability", "durability", "history", "depth", "liveliness"):
            setattr(qos, name, source.number(4))
        for name in ("deadline", "lifespan", "lease"):
            setattr(qos, name, source.number(8) - (1 << 63))
    elif source.below(4) == 0:
        for name in ("reliability", "durability", "history", "depth", "liveliness"):
            setattr(qos, name, source.below(2))
        qos.deadline = source.below(2)


def create_endpoint(source: Input, taken: Collection[int], prefix: bytes) -> Any:
    """Make a writer or a reader; ``prefix`` is some participant's, for streams of replies."""
    message: Any = messages.build("plib_msg_create_endpoint", lib.PLIB_MSG_CREATE_ENDPOINT)
    message.entity = new_entity(source, taken)
    message.node = source.below(ENTITIES)
    message.kind = source.below(9) if source.rarely() else source.one_of(2, 3, 2, 3, 4, 5, 6, 7)
    message.bell = source.number(4)
    message.ring_capacity = source.number(4) if source.rarely() else source.one_of(1024, 2048)
    message.payload_size = source.one_of(4096, 4096, 4096, 1, 0, 1 << 20, (1 << 64) - 1)
    if message.kind in (lib.PLIB_KIND_REPLY_WRITER, lib.PLIB_KIND_REPLY_READER):
        topic = b"reply:" + prefix.hex().encode()
        message.topic[0 : len(topic)] = topic
    else:
        fill_name(source, message.topic)
    fill_name(source, message.type)
    fill_qos(source, message.qos)
    return message


def by_entity(name: str, kind: int, number: int) -> Any:
    """Ask for something about an entity."""
    message: Any = messages.build(name, kind)
    message.entity = number
    return message


def by_object(kind: int, number: int) -> Any:
    """Tell of an object, or of a match."""
    message: Any = messages.build("plib_msg_object", kind)
    message.object = number
    return message

"""The protocol's messages, whose layout is declared in C (``plib/protocol.h``)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

from plib_py._native import ffi, lib

REQUESTS: dict[int, str] = {
    lib.PLIB_MSG_HELLO: "struct plib_msg_hello",
    lib.PLIB_MSG_CREATE_NODE: "struct plib_msg_create_node",
    lib.PLIB_MSG_CREATE_ENDPOINT: "struct plib_msg_create_endpoint",
    lib.PLIB_MSG_DESTROY: "struct plib_msg_destroy",
    lib.PLIB_MSG_RESERVE: "struct plib_msg_reserve",
    lib.PLIB_MSG_MAPPED: "struct plib_msg_object",
    lib.PLIB_MSG_RELEASED: "struct plib_msg_object",
    lib.PLIB_MSG_QUERY: "struct plib_msg_query",
}
MESSAGE_MAX = 4096  # bytes; the largest request is smaller


class ProtocolError(Exception):
    """A client sent something that is not a message of this protocol."""


class RefusalError(Exception):
    """A request that is understood and refused.

    Parameters
    ----------
    code
        Positive errno value, sent negative as the reply's status.
    text
        What is wrong and what to do about it.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def parse(data: bytes) -> Any:
    """Return the request in ``data`` as a C struct; its header says which.

    Raises
    ------
    ProtocolError
        The type is unknown or the size is not that type's.
    """
    if len(data) < ffi.sizeof("struct plib_msg_header"):
        raise ProtocolError(f"a message of {len(data)} bytes")
    header = ffi.from_buffer("struct plib_msg_header *", data)
    if header.type == lib.PLIB_MSG_HELLO:
        check_version(data)
    name = REQUESTS.get(header.type)
    if name is None:
        raise ProtocolError(f"message type {header.type}")
    if len(data) != ffi.sizeof(name) or header.size != len(data):
        raise ProtocolError(f"message type {header.type} of {len(data)} bytes")
    message = ffi.new(name + " *")
    ffi.buffer(message)[:] = data
    return message


def check_version(data: bytes) -> None:
    """Refuse a HELLO of another protocol version, whose layout may differ behind the version."""
    offset = ffi.offsetof("struct plib_msg_hello", "version")
    version = int.from_bytes(data[offset : offset + 4], "little")
    if version != lib.PLIB_PROTOCOL_VERSION:
        raise RefusalError(
            errno.EPROTO,
            f"plibd speaks protocol version {lib.PLIB_PROTOCOL_VERSION} and this program's plib "
            f"version {version}: install the same plib for both and restart plibd",
        )


def text_of(field: Any) -> bytes:
    """Return a C string field; refuse one that does not end within its array."""
    data = bytes(ffi.buffer(field))
    end = data.find(0)
    if end < 0:
        raise ProtocolError("a name without an end")
    return data[:end]


def build(name: str, kind: int, serial: int = 0, **fields: Any) -> Any:
    """Return a new message struct with its header and the given fields set."""
    message = ffi.new(f"struct {name} *")
    message.header.type = kind
    message.header.size = ffi.sizeof(f"struct {name}")
    message.header.serial = serial
    for key, value in fields.items():
        setattr(message, key, value)
    return message


def pack(message: Any) -> bytes:
    """Return the bytes of a message struct."""
    return bytes(ffi.buffer(message))


def texts(serial: int, text: str) -> Iterator[bytes]:
    """Return the TEXT messages that carry a text; one at least."""
    data = text.encode()
    size = ffi.sizeof("struct plib_msg_text") - ffi.offsetof("struct plib_msg_text", "text")
    for start in range(0, len(data) or 1, size):
        part = data[start : start + size]
        message = build("plib_msg_text", lib.PLIB_MSG_TEXT, serial, length=len(part))
        message.more = start + size < len(data)
        ffi.buffer(message.text)[0 : len(part)] = part
        yield pack(message)


def reply(serial: int, status: int = 0, text: str = "") -> bytes:
    """Return a REPLY; ``status`` is 0 or a negative errno."""
    message = build("plib_msg_reply", lib.PLIB_MSG_REPLY, serial, status=status)
    message.version = lib.PLIB_PROTOCOL_VERSION
    message.text = text.encode()[:255]
    return pack(message)

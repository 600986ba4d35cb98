"""What attackers share: their own memory map, raw system calls, plibd's protocol by hand."""

from __future__ import annotations

import array
import ctypes
import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon import messages

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

PAGE = 4096
SYS_FUTEX = 202
FUTEX_CMP_REQUEUE = 4

_LINE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+) +/memfd:plib")


@dataclass(frozen=True)
class Mapping:
    """One of plib's segments in this process."""

    start: int
    end: int
    writable: bool
    inode: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


def mappings() -> list[Mapping]:
    """Return plib's segments in this process."""
    found = []
    with Path("/proc/self/maps").open() as lines:
        for line in lines:
            match = _LINE.match(line)
            if match:
                start, end, mode, inode = match.groups()
                found.append(Mapping(int(start, 16), int(end, 16), "w" in mode, int(inode)))
    return found


def own_ring() -> Mapping:
    """Return the ring of this process's only publisher."""
    least = lib.PLIB_RING_DESCRIPTORS + lib.PLIB_RING_MIN * lib.PLIB_DESCRIPTOR_SIZE
    (ring,) = [
        each
        for each in mappings()
        if each.writable and each.size > least and each.size != lib.PLIB_PEER_SIZE
    ]
    return ring


def own_pages() -> list[Mapping]:
    """Return this process's pages for the processes of its own user and of those that it meets."""
    return [each for each in mappings() if each.writable and each.size == lib.PLIB_PEER_SIZE]


def find(text: bytes) -> bool:
    """Whether any of plib's segments here has these bytes."""
    return any(text in ctypes.string_at(each.start, each.size) for each in mappings())


def outcome(result: int) -> str:
    """Return what a system call did: "done", or its error's name."""
    return "done" if result >= 0 else os.strerror(ctypes.get_errno())


def say(*words: object) -> None:
    """Tell the test."""
    print(*words, flush=True)


def hear() -> str:
    """Wait for the test's word."""
    return sys.stdin.readline().strip()


class RawClient:
    """A connection to plibd without plib's library: it follows the protocol as far as it likes."""

    def __init__(self, path: str | None = None) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(30)
        self.socket.connect(path or os.environ["PLIB_SOCKET"])
        self.serial = 0
        self.reply: Any = None
        self.maps: dict[int, tuple[Any, int | None]] = {}  # object -> MAP, descriptor

    def close(self) -> None:
        """Leave, and close what came."""
        self.socket.close()
        for _, fd in self.maps.values():
            if fd is not None:
                os.close(fd)

    def send(self, message: Any) -> None:
        """Send a message struct."""
        self.socket.send(messages.pack(message))

    def receive(self) -> tuple[Any, int | None]:
        """Return the next message, and the descriptor that came with it."""
        data, parts, _, _ = self.socket.recvmsg(8192, 512)
        if not data:
            raise ConnectionError("plibd closed the connection")
        fds = array.array("i")
        for _, _, part in parts:
            fds.frombytes(part)
        message = ffi.new("union plib_any_message *")
        ffi.buffer(message)[0 : len(data)] = data
        return message, fds[0] if fds else None

    def mapped(self, number: int) -> None:
        """Say that an object is mapped, whether it is or not."""
        self.send(messages.build("plib_msg_object", lib.PLIB_MSG_MAPPED, object=number))

    def until_reply(self, serial: int) -> Any:
        """Keep what is sent, and say MAPPED for what is to be written, until the reply."""
        while True:
            message, fd = self.receive()
            if message.header.type == lib.PLIB_MSG_MAP:
                one = ffi.new("struct plib_msg_map *", message.map)  # which outlives the message
                self.maps[one.object] = (one, fd)
                if one.kind in (
                    lib.PLIB_OBJECT_CALLS,
                    lib.PLIB_OBJECT_PEER_OWN,
                    lib.PLIB_OBJECT_RING_OWN,
                    lib.PLIB_OBJECT_PAYLOAD_OWN,
                ):
                    self.before_mapped(one, fd)
                    self.mapped(one.object)
            elif message.header.type == lib.PLIB_MSG_REPLY and message.header.serial == serial:
                self.reply = message  # which the part that is returned does not keep alive
                return message.reply

    def before_mapped(self, one: Any, fd: int | None) -> None:
        """Do what an attacker does before plibd seals a segment."""

    def request(self, name: str, message_type: int, /, **fields: Any) -> Any:
        """Send a request and return its reply."""
        self.serial += 1
        message = messages.build(name, message_type, self.serial)
        for key, value in fields.items():
            setattr(message, key, value)
        self.send(message)
        return self.until_reply(self.serial)

    def hello(self, secret: bytes | None = None) -> Any:
        """Join domain 0."""
        return self.request(
            "plib_msg_hello",
            lib.PLIB_MSG_HELLO,
            version=lib.PLIB_PROTOCOL_VERSION,
            secret=secret or os.urandom(lib.PLIB_SECRET_SIZE),
            enclave=b"/",
            program=b"raw",
        )

    def endpoint(self, kind: int, topic: bytes, type_name: bytes, entity: int = 1) -> Any:
        """Make an endpoint."""
        qos = {"reliability": lib.PLIB_RELIABLE, "depth": 10}
        qos |= dict.fromkeys(("deadline", "lifespan", "lease"), (1 << 63) - 1)
        return self.request(
            "plib_msg_create_endpoint",
            lib.PLIB_MSG_CREATE_ENDPOINT,
            entity=entity,
            kind=kind,
            bell=1,
            ring_capacity=lib.PLIB_RING_MIN,
            payload_size=1 << 20,
            topic=topic,
            type=type_name,
            qos=qos,
        )

    def descriptors(self, kind: int) -> list[int]:
        """Return the descriptors that came for objects of a kind."""
        return [fd for one, fd in self.maps.values() if one.kind == kind and fd is not None]

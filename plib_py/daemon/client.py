"""One connected participant: its socket, its memory, its nodes and endpoints."""

from __future__ import annotations

import array
import contextlib
import os
import signal
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon import messages
from plib_py.daemon.access import Access, Identity
from plib_py.daemon.memory import Label, SharedObject

# A domain id and, of a participant that keeps to itself, its GID prefix.
DomainKey = tuple[int, bytes]

# What is left to do of a request, a step at a time; None: it is done.
Work = Iterator[None] | None

QUEUE_MAX = 20000  # messages that a participant may leave unread, and matches unanswered
SO_PEERGROUPS = 59
SO_PEERPIDFD = 77  # Linux 6.5
GROUPS_SIZE = 1024  # bytes, all that Python asks for: 256 groups


@dataclass(eq=False)
class Entity:
    """A node or endpoint."""

    client: Client
    number: int
    kind: int
    gid: bytes
    node: bytes = b""  # GID of its node
    topic: bytes = b""
    type_name: bytes = b""
    type_hash: bytes = b""
    qos: Any = None
    bell: int = 0
    ring_capacity: int = 0
    place: int | None = None  # on the board
    ready: bool = False
    label: Label = ()  # who may read what it writes
    access: Access = Access.OWN_USER
    segments: list[SharedObject] = field(default_factory=list)
    grows: bool = False  # a further one is on its way
    matches: dict[int, Match] = field(default_factory=dict)
    ended: dict[int, Match] = field(default_factory=dict)  # of a reader, that it has not let go of


@dataclass(eq=False)
class Match:
    """A writer and a reader that exchange samples."""

    id: int
    writer: Entity
    reader: Entity
    link: int  # place in the reader's page
    start: int  # place in the writer's page
    reader_page: PeerPage
    writer_page: PeerPage
    objects: list[SharedObject]  # what the reader's process maps for it
    ended: bool = False
    lost: int = 0  # samples that its reader lost, as far as events tell


class Slots:
    """Places in a page; freed ones are given out first, so that little memory is touched."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._next = 0
        self._free: list[int] = []

    def take(self) -> int | None:
        """Return a free place, or ``None`` when all are taken."""
        if self._free:
            return self._free.pop()
        if self._next == self._count:
            return None
        self._next += 1
        return self._next - 1

    def give(self, place: int) -> None:
        """Free a place."""
        self._free.append(place)


class PeerPage:
    """A client's page for the processes of one user."""

    def __init__(self, client: Client, uid: int) -> None:
        self.object = SharedObject(lib.PLIB_OBJECT_PEER_OWN, lib.PLIB_PEER_SIZE, client, uid)
        self.links = Slots(lib.PLIB_LINKS_MAX)
        self.starts = Slots(lib.PLIB_LINKS_MAX)


def peer_user(connection: socket.socket) -> int:
    """Return the uid of the process at the other end."""
    return _credentials(connection)[1]


def peer_process(connection: socket.socket) -> tuple[int, int]:
    """Return pid and pidfd of the process at the other end, as the kernel knows them."""
    pid, _, _ = _credentials(connection)
    try:
        return pid, connection.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)
    except OSError:  # older kernel
        return pid, os.pidfd_open(pid)


def peer_identity(connection: socket.socket, pid: int, pidfd: int) -> Identity:
    """Return who is at the other end, as the kernel knows it.

    The program narrows down what a user's processes may, against mistakes: whoever runs as a user
    can have that user's programs do anything.
    """
    _, uid, gid = _credentials(connection)
    groups = {gid}
    with contextlib.suppress(OSError):  # more groups than that: only its first one counts
        raw = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, GROUPS_SIZE)
        groups.update(group for (group,) in struct.iter_unpack("I", raw))
    try:
        program = str(Path(f"/proc/{pid}/exe").readlink())
        signal.pidfd_send_signal(pidfd, 0)  # it still was this process's
    except OSError:
        program = ""
    return Identity(uid, frozenset(groups), program)


def _credentials(connection: socket.socket) -> tuple[int, int, int]:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid, uid, gid = struct.unpack("iII", raw)
    return pid, uid, gid


class Client:
    """A connection and all that is held on its behalf."""

    def __init__(self, connection: socket.socket, mailboxes: Any, touched: set[Client]) -> None:
        self.socket = connection
        self._touched = touched  # clients that the event loop is to look at
        self.pid, self.pidfd = peer_process(connection)
        self.identity = peer_identity(connection, self.pid, self.pidfd)
        self.uid = self.identity.uid
        self.prefix = b""
        self.domain: DomainKey | None = None
        self.enclave = b"/"
        self.closed = False
        self.welcome = False
        self.entities: dict[int, Entity] = {}
        self.pages: dict[int, PeerPage] = {}
        self.objects: dict[int, SharedObject] = {}  # own ones, by id
        self.mapped: dict[SharedObject, int] = {}  # others' objects: matches that use each
        self.waiting: dict[int, Callable[[], Work]] = {}  # object id -> to do when it is mapped
        self.pool: list[SharedObject] = []  # own segments that no writer uses
        self.memory = 0  # bytes of own segments
        self.ended: dict[int, Match] = {}  # matches that its readers have not let go of
        self.parked: list[tuple[Entity, Entity]] = []  # pairs that wait for a page to be mapped
        self._mailboxes = mailboxes
        self.mailbox: int | None = None
        self.calls: Any = None  # its mapped record of calls
        self.program = "?"  # as it says
        self.refusal: messages.RefusalError | None = None  # why nothing is done for it
        self.queue: deque[tuple[bytes, int | None]] = deque()

    def kick(self) -> None:
        """Have the event loop drop this client."""
        self.closed = True
        self._touched.add(self)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self.socket.fileno()

    def open_mailbox(self) -> SharedObject:
        """Make the client's mailbox and mark plibd alive in it."""
        box = SharedObject(lib.PLIB_OBJECT_MAILBOX, lib.PLIB_MAILBOX_SIZE, None)
        self.objects[box.id] = box
        index = lib.plib_mailboxes_add(self._mailboxes, box.writable)
        if index < 0:
            raise messages.RefusalError(-index, ffi.string(lib.plib_error_text()).decode())
        self.mailbox = index
        box.seal()
        return box

    def watch_calls(self, record: SharedObject) -> None:
        """Have its record of calls looked at."""
        address = lib.plib_daemon_map(record.read_only, record.size, 0)
        self.calls = None if address == ffi.NULL else address

    def send(self, data: bytes, descriptor: int | None = None) -> None:
        """Send a message, now or, when the participant is not reading, later."""
        if self.closed:
            return
        if not self.queue and self._send_now(data, descriptor):
            return
        try:
            copy = None if descriptor is None else os.dup(descriptor)
        except OSError:  # no descriptor for what it does not read
            self.kick()
            return
        self.queue.append((data, copy))
        self._touched.add(self)
        if len(self.queue) > QUEUE_MAX:
            self.kick()

    def _send_now(self, data: bytes, descriptor: int | None) -> bool:
        parts = []
        if descriptor is not None:
            parts = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
        try:
            self.socket.sendmsg([data], parts, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        except OSError:
            self.kick()
        return True

    def flush(self) -> None:
        """Send what is queued, as far as the participant has room for it."""
        while self.queue and not self.closed:
            data, descriptor = self.queue[0]
            if not self._send_now(data, descriptor):
                return
            self.queue.popleft()
            if descriptor is not None:
                os.close(descriptor)

    def notify(self) -> None:
        """Tell the participant that messages are in its socket."""
        if self.mailbox is not None:
            lib.plib_mailboxes_raise_control(self._mailboxes, self.mailbox)

    def notify_graph(self) -> None:
        """Tell the participant that the graph changed."""
        if self.mailbox is not None:
            lib.plib_mailboxes_raise_graph(self._mailboxes, self.mailbox)

    def close(self) -> None:
        """Close the connection and the client's own memory; others' mappings live on."""
        self.closed = True
        self.socket.close()
        os.close(self.pidfd)
        if self.mailbox is not None:
            lib.plib_mailboxes_remove(self._mailboxes, self.mailbox)
            self.mailbox = None
        if self.calls is not None:
            lib.plib_daemon_unmap(self.calls, lib.PLIB_CALLS_SIZE)
            self.calls = None
        for _, descriptor in self.queue:
            if descriptor is not None:
                os.close(descriptor)
        self.queue.clear()
        for item in self.objects.values():
            item.close()
        # What refers back to the client would keep it: nobody looks for cycles of old objects.
        self.objects.clear()
        self.pages.clear()
        self.pool.clear()
        self.waiting.clear()
        self.parked.clear()

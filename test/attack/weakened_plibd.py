"""plibd with one of its defences off, to show what the defence is there for.

weakened_plibd.py DEFENCE ARGUMENT...      the arguments are plibd's
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from plib_py._native import ffi
from plib_py.daemon import (
    broker,
    client,
    main,
    matcher,
    memory,
    messages,
    names,
    permissions,
    segments,
    server,
    settings,
    turns,
)


def without_seals() -> None:
    """Segments keep their size, and nobody writes them anew, only by good will."""
    memory.SIZE_SEALS = 0
    memory.F_SEAL_FUTURE_WRITE = 0
    memory.FINAL_SEALS = memory.F_SEAL_SEAL


def without_future_write() -> None:
    """A writer that keeps its descriptor goes on writing by it, and punches holes."""
    memory.F_SEAL_FUTURE_WRITE = 0
    memory.FINAL_SEALS = memory.SIZE_SEALS | memory.F_SEAL_SEAL


def without_mode() -> None:
    """Who has a read-only descriptor opens it anew, writable."""
    without_future_write()
    os.fchmod = lambda *_: None  # type: ignore[assignment]
    memory.stat.S_IMODE = lambda _: 0o400  # type: ignore[assignment]


def without_check() -> None:
    """What a writer did to its segment before it was sealed goes unseen."""

    def seal(item: memory.SharedObject) -> None:
        os.close(item.writable)
        item._writable = None
        item.ready = True

    memory.SharedObject.seal = seal  # type: ignore[method-assign]


def without_clear() -> None:
    """What was written under one label stays in the segment under the next."""
    segment = segments.Segments.segment
    segments.Segments.segment = lambda *all: (segment(*all)[0], False)  # type: ignore[method-assign]


def without_labels() -> None:
    """Any pooled segment serves any topic."""
    permissions.Permissions.label = lambda *_: ()  # type: ignore[method-assign]


def without_reply_check() -> None:
    """Anybody may read anybody's replies."""
    broker.check_reply_stream = lambda _: None


def without_names() -> None:
    """Nodes, topics and types are called whatever anybody calls them."""
    for name in ("topic", "type_name", "node", "namespace", "enclave"):
        setattr(names, name, bytes)


def without_secret() -> None:
    """A participant's GID is what it says."""

    class Unhashed:
        def __init__(self, secret: bytes) -> None:
            self.digest = lambda: secret

    broker.hashlib.sha256 = Unhashed  # type: ignore[assignment]


def without_known_users() -> None:
    """Users that plibd's container does not know are one user."""
    server.number_of_unknown = lambda: None


def without_policy() -> None:
    """Whoever asks is granted what they ask for."""
    matcher.may_meet = lambda *_: True


def without_shares() -> None:
    """One user may have all connections."""
    settings.Quotas.of = lambda *_: settings.Quota(connections=server.CLIENTS_MAX)  # type: ignore[method-assign]


def without_limits() -> None:
    """A process and its user have what they ask for."""
    limited = segments.Segments.__init__

    def unlimited(self: segments.Segments, _: int, quotas: settings.Quotas) -> None:
        limited(self, 1 << 60, quotas)

    segments.Segments.__init__ = unlimited  # type: ignore[method-assign]
    settings.Quotas.of = lambda *_: settings.Quota(memory=1 << 60)  # type: ignore[method-assign]


def without_turns() -> None:
    """Whatever one asks for is done before the next is looked at."""
    add = turns.Turns.add
    turns.Turns.add = lambda self, _uid, step: add(self, 0, step)  # type: ignore[method-assign]
    server.SLICE = 3600.0


def without_pidfd() -> None:
    """A process is known by its number alone, looked up when it is to be killed."""
    process = client.peer_process

    def by_number(connection: socket.socket) -> tuple[int, int]:
        pid, pidfd = process(connection)
        os.close(pidfd)
        return pid, os.eventfd(0)

    client.peer_process = by_number
    import plib_py.daemon.watchdog as watchdog

    by_pidfd = watchdog.Watchdog._act

    def act(self: watchdog.Watchdog, victim: client.Client, *call: int) -> None:
        watchdog.signal.pidfd_send_signal = lambda _, number: os.kill(victim.pid, number)  # type: ignore[assignment]
        by_pidfd(self, victim, *call)

    watchdog.Watchdog._act = act  # type: ignore[method-assign]


def without_sizes() -> None:
    """A message is as long as its type says, as one believes who casts what came to a struct.

    What lies behind a shorter one in plibd's memory is taken for its end, and a longer one is
    written over what lies behind its place.
    """

    def parse(data: bytes) -> Any:
        received = ffi.from_buffer(data)
        header = ffi.cast("struct plib_msg_header *", received)
        name = messages.REQUESTS[header.type]
        message = ffi.new(name + " *")
        size = max(len(data), ffi.sizeof(name))
        ffi.memmove(message, ffi.cast("char *", received), size)
        return message

    messages.parse = parse


def without_containment() -> None:
    """What is wrong with one client's message ends plibd."""
    handle = broker.Broker.handle

    def fatal(self: broker.Broker, guest: client.Client, data: bytes) -> Iterator[None]:
        try:
            yield from handle(self, guest, data)
        except Exception as error:
            raise SystemExit(f"plibd: {error}") from error

    broker.Broker.handle = fatal  # type: ignore[method-assign]


def without_plain_receive() -> None:
    """Descriptors that come with a message are received, and forgotten."""

    class Receiving(socket.socket):
        def recv(self, size: int, flags: int = 0) -> bytes:
            return self.recvmsg(size, socket.CMSG_SPACE(256), flags)[0]

    def accepted(connection: socket.socket, *rest: Any) -> client.Client:
        receiving = Receiving(fileno=connection.detach())
        receiving.setblocking(False)
        return client.Client(receiving, *rest)

    server.Client = accepted  # type: ignore[assignment,misc]


DEFENCES: dict[str, Callable[[], None]] = {
    name.removeprefix("without_").replace("_", "-"): function
    for name, function in list(globals().items())
    if name.startswith("without_")
}

if __name__ == "__main__":
    DEFENCES[sys.argv.pop(1)]()
    sys.exit(main.main())

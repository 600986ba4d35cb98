"""Fuzzes plibd: several hostile clients of two users send messages, well-formed or not.

Whatever they send, plibd raises nothing but what has it drop the sender, its books add up between
any two messages, and when all are gone it has no descriptor more than before.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["plib_py.daemon"]):
    from plib_py.daemon import memory, messages
    from plib_py.daemon.access import Access, AccessPolicy
    from plib_py.daemon.broker import Broker
    from plib_py.daemon.client import Client
    from plib_py.daemon.settings import Settings

import invariants
import made_up
from made_up import Input

from plib_py._native import ffi, lib

CLIENTS = 4
STEPS_MAX = 300
MEMORY_LIMIT = 8 << 20
SETTINGS = Settings(memory_limit=MEMORY_LIMIT, access=AccessPolicy(default=Access.GRANTED))
OFTEN = 20  # the same message


def make_mailboxes() -> Any:
    """Return mailboxes for all clients, which are used again and again."""
    boxes = ffi.new("struct plib_mailboxes **")
    assert lib.plib_mailboxes_create(2 * CLIENTS, boxes) == 0
    return boxes[0]


MAILBOXES = make_mailboxes()


class World:
    """A broker and its clients, with what plibd's event loop does for them."""

    def __init__(self, source: Input) -> None:
        self._source = source
        self._broker = Broker(SETTINGS)
        self._touched: set[Client] = set()
        self._clients: list[Client | None] = [None] * CLIENTS
        self._ends: list[socket.socket | None] = [None] * CLIENTS
        self._works: list[tuple[Client, Iterator[None]]] = []  # begun and not finished

    def _connect(self, index: int) -> Client:
        end, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        end.setblocking(False)
        client = Client(ours, MAILBOXES, self._touched)
        client.uid = 1000 + index % 2
        self._clients[index], self._ends[index] = client, end
        if self._source.below(8) != 0:
            self._join(client, index)
        return client

    def _join(self, client: Client, index: int) -> None:
        """Do it as an honest participant does."""
        hello: Any = messages.build("plib_msg_hello", lib.PLIB_MSG_HELLO)
        hello.version = lib.PLIB_PROTOCOL_VERSION
        hello.secret = bytes([index]) * lib.PLIB_SECRET_SIZE
        self._say(client, messages.pack(hello))
        self._map_all(client)

    def _map_all(self, client: Client) -> None:
        for number in list(client.waiting):
            self._say(client, messages.pack(made_up.by_object(lib.PLIB_MSG_MAPPED, number)))

    def _say(self, client: Client, data: bytes, times: int = 1) -> None:
        for _ in range(times):
            self._finish(client)  # a client's messages are carried out one after the other
            if client.closed:
                return
            self._works.append((client, self._broker.handle(client, data)))
            while self._works and self._source.below(4) != 0:
                self._advance(self._source.below(len(self._works)))

    def _advance(self, index: int) -> None:
        """Do a step of something that was begun."""
        client, work = self._works[index]
        try:
            next(work)
        except StopIteration:
            del self._works[index]
        except (messages.ProtocolError, memory.TamperedError):
            del self._works[index]
            client.kick()

    def _finish(self, client: Client | None = None) -> None:
        """Finish what was begun for a client, None: for all; it may wait for others'."""
        while any(client in (None, one) for one, _ in self._works):
            for index in reversed(range(len(self._works))):
                self._advance(index)
            self._look_after_touched()

    def _tamper(self, client: Client) -> None:
        """Do what a writer could to a descriptor before it says that it mapped it."""
        waiting = [client.objects[number] for number in client.waiting]
        if not waiting:
            return
        item = waiting[self._source.below(len(waiting))]
        if item.ready:
            return
        if self._source.below(2) == 0:
            with contextlib.suppress(PermissionError):  # sealed already
                fcntl.fcntl(item.writable, memory.F_ADD_SEALS, memory.F_SEAL_SEAL)
        else:
            os.fchmod(item.writable, 0o600)

    def _some_id(self, *numbers: int) -> int:
        if self._source.rarely() or not numbers:
            return self._source.number(8)
        return int(self._source.one_of(*numbers))

    def _request(self, client: Client, choice: int) -> Any:
        source = self._source
        entities = client.entities
        if client.domain is None or source.rarely():
            return made_up.hello(source)
        if choice <= 4 and client.waiting:
            return made_up.by_object(lib.PLIB_MSG_MAPPED, self._some_id(*client.waiting))
        if choice == 5 and client.ended:
            return made_up.by_object(lib.PLIB_MSG_RELEASED, self._some_id(*client.ended))
        if choice <= 7 and entities:
            number = self._some_id(*entities) & 0xFFFFFFFF
            return made_up.by_entity("plib_msg_destroy", lib.PLIB_MSG_DESTROY, number)
        if choice <= 9 and entities:
            writers = [number for number, entity in entities.items() if entity.segments]
            number = self._some_id(*(writers or entities)) & 0xFFFFFFFF
            request = made_up.by_entity("plib_msg_reserve", lib.PLIB_MSG_RESERVE, number)
            request.size = source.one_of(4096, 4096, 4096, 4097, 0, 1 << 20, (1 << 64) - 1)
            return request
        if choice == 10:
            return made_up.create_node(source, entities)
        other = source.one_of(*self._clients) or client
        return made_up.create_endpoint(source, entities, other.prefix)

    def _data(self, client: Client) -> bytes:
        if self._source.rarely():
            return self._source.take(1 + self._source.below(64))
        data = bytearray(messages.pack(self._request(client, self._source.below(16))))
        if self._source.rarely():
            data[self._source.below(len(data))] = self._source.below(256)
        return bytes(data)

    def step(self) -> None:
        """Have one client do one thing."""
        index = self._source.below(CLIENTS)
        client = self._clients[index] or self._connect(index)
        action = self._source.below(64)
        if action == 0:
            client.kick()
        elif action == 1:
            self._tamper(client)
        elif action < 6:
            self._map_all(client)
        else:
            self._say(client, self._data(client), OFTEN if action < 9 else 1)
        self._look_after_touched()
        self._broker.announce_graphs()
        self._read_all()
        if self._source.below(2) == 0:
            self._finish()
            self._look_after_touched()
        if self._works:
            return
        present = [client for client in self._clients if client is not None]
        invariants.check(self._broker, present, MEMORY_LIMIT)

    def _look_after_touched(self) -> None:
        while self._touched:
            client = self._touched.pop()
            if client.closed and client in self._clients:
                index = self._clients.index(client)
                end = self._ends[index]
                assert end is not None
                self._clients[index] = None
                before = [work for one, work in self._works if one is client]
                self._works.append((client, self._drop(client, end, before)))
            elif client.queue:
                client.flush()

    def _drop(
        self, client: Client, end: socket.socket, before: list[Iterator[None]]
    ) -> Iterator[None]:
        while any(work in before for _, work in self._works):
            yield
        yield from self._broker.drop(client)
        client.close()
        end.close()

    def _read_all(self) -> None:
        for client, end in zip(self._clients, self._ends, strict=True):
            try:
                while client is not None and end is not None and end.recv(4096):
                    continue
            except BlockingIOError:
                continue

    def end(self) -> None:
        """Have all leave, and check that nothing of them is left."""
        for client in self._clients:
            if client is not None:
                client.kick()
        while self._works or self._touched:
            self._finish()
            self._look_after_touched()
        assert not self._broker._domains
        assert not self._broker._prefixes
        assert not self._broker._matcher._topics


def count_descriptors() -> int:
    """Return how many this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_one_input(data: bytes) -> None:
    """Let the clients do what the input says."""
    before = count_descriptors()
    source = Input(data)
    world = World(source)
    for _ in range(STEPS_MAX):
        if not source:
            break
        world.step()
    world.end()
    assert count_descriptors() == before


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()

"""The domains and their graphs: who is in which, and what of theirs is on the board to see."""

from __future__ import annotations

from plib_py._native import ffi
from plib_py.daemon.board import Board
from plib_py.daemon.client import Client, DomainKey, Entity


class Domain:
    """The participants of one domain id, or one that keeps to itself."""

    def __init__(self) -> None:
        self.board = Board()
        self.clients: set[Client] = set()
        self.changed = False


class Domains(dict[DomainKey, Domain]):
    """All that have participants."""

    def enter(self, client: Client) -> Domain:
        """Add a participant to its domain, and return that."""
        assert client.domain is not None, "it said HELLO"
        if client.domain not in self:
            self[client.domain] = Domain()
        domain = self[client.domain]
        domain.clients.add(client)
        return domain

    def leave(self, client: Client) -> bool:
        """Take a participant out, the last one with its domain; return whether it was in one."""
        domain = None if client.domain is None else self.get(client.domain)
        if client.domain is None or domain is None:
            return False
        domain.clients.discard(client)
        if not domain.clients:
            domain.board.close()
            del self[client.domain]
        return True

    def changed(self) -> bool:
        """Return whether a graph changed since the last announcement."""
        return any(domain.changed for domain in self.values())

    def announce(self) -> None:
        """Wake who watches a graph that changed since the last call, once for all changes."""
        for domain in self.values():
            if not domain.changed:
                continue
            domain.changed = False
            for client in domain.clients:
                client.notify_graph()

    def hide(self, entity: Entity) -> None:
        """Take an entity out of its graph; nothing when it is in none."""
        if entity.place is not None:
            domain = self._of(entity.client)
            domain.board.remove(entity.place)
            domain.board.publish()
            domain.changed = True
            entity.place = None

    def show(self, entity: Entity, node_gid: bytes) -> None:
        """Put an entity into its graph."""
        client = entity.client
        record = ffi.new("struct plib_board_record *")
        record.kind = entity.kind
        record.uid = client.uid
        record.pid = client.pid
        record.gid = entity.gid
        record.node_gid = node_gid
        record.name = entity.topic
        record.type = entity.type_name
        record.enclave = client.enclave
        if entity.qos is not None:
            record.qos = entity.qos[0]
            record.type_hash = entity.type_hash
        domain = self._of(client)
        entity.place = domain.board.add(record)
        # Before the reply: who made it looks at the graph next.
        domain.board.publish()
        domain.changed = True

    def _of(self, client: Client) -> Domain:
        assert client.domain is not None, "only who said HELLO has anything in a graph"
        return self[client.domain]

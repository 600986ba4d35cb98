"""What plibd does for each request, independent of sockets and the event loop."""

from __future__ import annotations

import errno
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon import messages, names, qos, status
from plib_py.daemon.client import Client, Entity, Work
from plib_py.daemon.domains import Domains
from plib_py.daemon.events import Events, may_see
from plib_py.daemon.log import LOG, fields
from plib_py.daemon.matcher import Matcher, copy_qos, send_map
from plib_py.daemon.memory import SharedObject
from plib_py.daemon.messages import ProtocolError, RefusalError
from plib_py.daemon.permissions import Permissions, check_reply_stream
from plib_py.daemon.segments import Segments, own_object
from plib_py.daemon.settings import Quota, Settings

ENTITIES_MAX = 8192  # nodes and endpoints of one participant


class Broker:
    """Membership, memory and the graph.

    Parameters
    ----------
    settings
        What participants and users may have and do.
    """

    def __init__(self, settings: Settings) -> None:
        self._segments = Segments(settings.memory_limit, settings.quotas)
        self._quotas = settings.quotas
        self._domains = Domains()
        self._prefixes: dict[bytes, Client] = {}
        self._permissions = Permissions(settings.access, self._prefixes)
        self._matcher = Matcher()
        self.events = Events()
        self._entities: Counter[int] = Counter()  # by user
        self.connections: Counter[int] = Counter()  # by user; the server counts them
        self._handlers: dict[int, Callable[[Client, Any], Work]] = {
            lib.PLIB_MSG_HELLO: self._hello,
            lib.PLIB_MSG_CREATE_NODE: self._create_node,
            lib.PLIB_MSG_CREATE_ENDPOINT: self._create_endpoint,
            lib.PLIB_MSG_DESTROY: self._destroy,
            lib.PLIB_MSG_RESERVE: self._reserve,
            lib.PLIB_MSG_MAPPED: self._mapped,
            lib.PLIB_MSG_RELEASED: self._released,
            lib.PLIB_MSG_QUERY: self._query,
        }

    def apply(self, settings: Settings) -> None:
        """Go on with other settings: matches that they do not grant end, others begin.

        What a participant has beyond its new limits stays. O(endpoints and pairs of them).
        """
        self._segments.memory_limit = settings.memory_limit
        self._segments.quotas = settings.quotas
        self._permissions.access = settings.access
        self._quotas = settings.quotas
        entities = [
            entity
            for client in self._prefixes.values()
            for entity in client.entities.values()
            if entity.kind != lib.PLIB_KIND_NODE
        ]
        met = self._matcher.pairs_that_may_meet()
        for entity in entities:
            entity.access = self._permissions.verdict(entity).access
        self._matcher.review(met)

    def quota(self, uid: int) -> Quota:
        """Return what a user may have."""
        return self._quotas.of(uid)

    def handle(self, client: Client, data: bytes) -> Iterator[None]:
        """Carry out one message of a client's, in steps between which others' may be carried out.

        Raises
        ------
        ProtocolError
            The client does not follow the protocol: drop it.
        TamperedError
            The client changed a segment before it was sealed: drop it.
        """
        serial = int.from_bytes(data[8:16], "little")
        try:
            message = messages.parse(data)
            if not client.welcome and message.header.type not in (
                lib.PLIB_MSG_HELLO,
                lib.PLIB_MSG_MAPPED,
                lib.PLIB_MSG_QUERY,
            ):
                raise ProtocolError("a request before HELLO")
            work = self._handlers[message.header.type](client, message)
            if work is not None:
                yield from work
        except RefusalError as refusal:
            client.send(messages.reply(serial, -refusal.code, refusal.text))

    # ---- membership ----------------------------------------------------------------------------

    def _hello(self, client: Client, message: Any) -> Work:
        if client.domain is not None:
            raise ProtocolError("a second HELLO")
        client.enclave = names.enclave(messages.text_of(message.enclave))
        client.program = names.printable(messages.text_of(message.program))
        prefix = hashlib.sha256(bytes(ffi.buffer(message.secret))).digest()
        client.prefix = prefix[: lib.PLIB_GID_PREFIX_SIZE]
        return self._join(client, message)

    def _join(self, client: Client, message: Any) -> Iterator[None]:
        # The same participant, who gave up on its former connection; perhaps more than once.
        while (older := self._prefixes.get(client.prefix)) is not None:
            older.kick()
            yield
        if client.closed:
            return
        client.domain = (message.domain_id, client.prefix if message.isolated else b"")
        self._prefixes[client.prefix] = client
        domain = self._domains.enter(client)
        send_map(client, client.open_mailbox(), lib.PLIB_OBJECT_MAILBOX)
        send_map(client, domain.board.object, lib.PLIB_OBJECT_BOARD)
        calls = own_object(client, lib.PLIB_OBJECT_CALLS, lib.PLIB_CALLS_SIZE)
        client.waiting[calls.id] = lambda: client.watch_calls(calls)
        send_map(client, calls, calls.kind)
        self._matcher.open_page(client, client.uid, lambda: self._welcome(client, message))

    def _welcome(self, client: Client, hello: Any) -> None:
        client.welcome = True
        reply = messages.build("plib_msg_reply", lib.PLIB_MSG_REPLY, hello.header.serial)
        reply.version = lib.PLIB_PROTOCOL_VERSION
        reply.gid_prefix = client.prefix
        reply.uid = client.uid
        reply.memory_limit = self._segments.memory_limit
        client.send(messages.pack(reply))
        LOG.debug(
            "pid %d (user %d, %s) joined domain %d",
            client.pid,
            client.uid,
            client.program,
            hello.domain_id,
            extra=fields(
                "join",
                client.uid,
                pid=client.pid,
                program=client.program,
                domain=hello.domain_id,
            ),
        )

    def drop(self, client: Client) -> Iterator[None]:
        """Take a dead participant out of the graph and give its memory back, in steps.

        Once, and when what it asked for is done with.
        """
        client.closed = True
        self.events.forget(client)
        entities = list(client.entities.values())
        for entity in entities:  # nobody is to be matched with them any more
            entity.ready = False
        for entity in entities:
            yield from self._remove(entity)
        yield from self._matcher.drop(client)
        self._segments.forget(client)
        if self._prefixes.get(client.prefix) is client:
            del self._prefixes[client.prefix]
        if not self._domains.leave(client):
            return
        LOG.debug(
            "pid %d (user %d, %s) is gone",
            client.pid,
            client.uid,
            client.program,
            extra=fields("leave", client.uid, pid=client.pid, program=client.program),
        )

    def graphs_changed(self) -> bool:
        """Return whether a graph changed since the last announcement."""
        return self._domains.changed()

    def announce_graphs(self) -> None:
        """Wake who watches a graph that changed since the last call, once for all changes."""
        self._domains.announce()

    # ---- nodes and endpoints -------------------------------------------------------------------

    def _new_entity(self, client: Client, number: int, kind: int) -> Entity:
        if number == 0 or number in client.entities:
            raise ProtocolError(f"entity number {number}")
        if len(client.entities) >= ENTITIES_MAX:
            raise RefusalError(
                errno.EDQUOT,
                f"this process already has {ENTITIES_MAX} nodes and endpoints, which is all that "
                "plibd admits",
            )
        quota = self.quota(client.uid).endpoints
        if self._entities[client.uid] >= quota:
            raise RefusalError(
                errno.EDQUOT,
                f"user {client.uid} already has {quota} nodes and endpoints, which is all that "
                "plibd admits of one user: use fewer, or have limits.user.endpoints raised in "
                "plibd.yaml",
            )
        return Entity(client, number, kind, client.prefix + number.to_bytes(4, "big"))

    def _enter(self, entity: Entity) -> None:
        if entity.number not in entity.client.entities:
            entity.client.entities[entity.number] = entity
            self._entities[entity.client.uid] += 1

    def _create_node(self, client: Client, message: Any) -> None:
        entity = self._new_entity(client, message.entity, lib.PLIB_KIND_NODE)
        entity.topic = names.node(messages.text_of(message.name))
        entity.type_name = names.namespace(messages.text_of(message.node_namespace))
        self._domains.show(entity, entity.gid)
        self._enter(entity)
        client.send(messages.reply(message.header.serial))

    def _create_endpoint(self, client: Client, message: Any) -> Work:
        if message.kind not in qos.WRITERS and message.kind not in qos.READERS:
            raise ProtocolError(f"an endpoint of kind {message.kind}")
        if not qos.makes_sense(message.qos):
            raise ProtocolError("a QoS that makes no sense")
        entity = self._new_entity(client, message.entity, message.kind)
        entity.topic = names.topic(messages.text_of(message.topic))
        entity.type_name = names.type_name(messages.text_of(message.type))
        entity.type_hash = bytes(ffi.buffer(message.type_hash))
        entity.qos = copy_qos(message.qos)
        check_reply_stream(entity)
        entity.access = self._permissions.decide(entity)
        node = client.entities.get(message.node)
        entity.node = node_gid = node.gid if node is not None else bytes(16)
        if entity.kind in qos.READERS:
            return self._open(entity, node_gid, message.header.serial)
        entity.bell = message.bell if message.bell < lib.PLIB_BELLS_MAX else 0
        entity.ring_capacity = message.ring_capacity
        entity.label = self._permissions.label(entity)
        ring, clear = self._segments.ring(
            client, message.ring_capacity, message.payload_size, entity.label
        )
        serial = message.header.serial
        self._enter(entity)

        self._await(entity, ring, lambda: self._open(entity, node_gid, serial))
        send_map(client, ring, lib.PLIB_OBJECT_RING_OWN, entity.number, clear=clear)
        client.notify()  # one that registers again after a restart does not wait for the reply
        return None

    def _open(self, entity: Entity, node_gid: bytes, serial: int) -> Iterator[None]:
        """Show an endpoint whose memory is there, and match it."""
        client = entity.client
        try:
            if entity.kind in qos.VISIBLE:
                self._domains.show(entity, node_gid)
            self._enter(entity)
            entity.ready = True
            yield from self._matcher.add(entity)
        except RefusalError as refusal:
            yield from self._remove(entity)
            client.send(messages.reply(serial, -refusal.code, refusal.text))
        else:
            client.send(messages.reply(serial))

    def _destroy(self, client: Client, message: Any) -> Iterator[None]:
        entity = client.entities.get(message.entity)
        if entity is None:
            raise RefusalError(errno.ENOENT, f"there is no entity {message.entity}")
        yield from self._remove(entity)
        client.send(messages.reply(message.header.serial))

    def _remove(self, entity: Entity) -> Iterator[None]:
        client = entity.client
        if client.entities.pop(entity.number, None) is not None:
            self._entities[client.uid] -= 1
        entity.ready = False
        self._domains.hide(entity)
        if entity.kind != lib.PLIB_KIND_NODE:
            yield from self._matcher.remove(entity)
            yield from self._matcher.forget_reader(entity)
            client.pool.extend(entity.segments)
            entity.segments = []

    # ---- memory --------------------------------------------------------------------------------

    def _reserve(self, client: Client, message: Any) -> None:
        entity = client.entities.get(message.entity)
        if entity is None or not entity.segments:
            raise ProtocolError("memory for something that is not a writer")
        if entity.grows:
            raise ProtocolError("memory for a writer that has not mapped what it asked for")
        if len(entity.segments) >= lib.PLIB_SEGMENTS_MAX:
            raise RefusalError(errno.EDQUOT, "the writer has as many segments as a writer may have")
        segment, clear = self._segments.segment(
            client, lib.PLIB_OBJECT_PAYLOAD_OWN, message.size, 0, entity.label
        )
        serial = message.header.serial

        def mapped() -> Iterator[None]:
            entity.grows = False
            yield from self._matcher.grow(entity, segment)
            client.send(messages.reply(serial))

        entity.grows = True
        self._await(entity, segment, mapped)
        index = len(entity.segments)
        send_map(client, segment, lib.PLIB_OBJECT_PAYLOAD_OWN, entity.number, index, clear=clear)

    def _await(self, entity: Entity, segment: SharedObject, then: Callable[[], Work]) -> None:
        """Give a writer a segment as soon as it is mapped, and go on; unless it is gone by then."""
        client = entity.client

        def mapped() -> Work:
            if client.entities.get(entity.number) is entity:
                entity.segments.append(segment)
                return then()
            client.pool.append(segment)
            return None

        client.waiting[segment.id] = mapped

    def _mapped(self, client: Client, message: Any) -> Work:
        item = client.objects.get(message.object)
        then = client.waiting.pop(message.object, None)
        if item is None or then is None:
            raise ProtocolError("MAPPED for an object that was not sent")
        item.seal()
        return then()

    def _released(self, client: Client, message: Any) -> None:
        self._matcher.released(client, message.object)

    # ---- what operators ask --------------------------------------------------------------------

    def participants(self) -> list[Client]:
        """Return all participants."""
        return list(self._prefixes.values())

    def note_losses(self) -> Iterator[None]:
        """Note as events what subscriptions lost since the last call, in steps."""
        for client in self.participants():
            for entity in list(client.entities.values()):
                for match in list(entity.matches.values()) if entity.kind in qos.WRITERS else ():
                    status.note_loss(match)
                    yield

    def _query(self, client: Client, message: Any) -> Work:
        serial = message.header.serial
        if message.what == lib.PLIB_QUERY_EVENTS:
            self.events.watch(client, serial)
            return None
        if message.what == lib.PLIB_QUERY_STATUS:
            return self._answer_status(client, serial)
        raise RefusalError(errno.EINVAL, f"plibd knows no query {message.what}")

    def _answer_status(self, client: Client, serial: int) -> Iterator[None]:
        participants = [one for one in self.participants() if may_see(client, one.uid)]
        report = yield from status.report(participants)
        report["users"] = self._users(participants)
        for part in messages.texts(serial, json.dumps(report)):
            client.send(part)

    def _users(self, participants: list[Client]) -> list[dict[str, Any]]:
        """Return what the users of these have, and what they may have."""
        return [
            {
                "uid": uid,
                "memory": self._segments.used[uid],
                "memory_limit": self.quota(uid).memory,
                "endpoints": self._entities[uid],
                "endpoints_limit": self.quota(uid).endpoints,
                "connections": self.connections[uid],
                "connections_limit": self.quota(uid).connections,
            }
            for uid in sorted({one.uid for one in participants})
        ]

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
from plib_py.daemon.access import Access, Action, Verdict
from plib_py.daemon.board import Board
from plib_py.daemon.client import Client, DomainKey, Entity, Work
from plib_py.daemon.events import Events, may_see
from plib_py.daemon.log import LOG, fields
from plib_py.daemon.matcher import Matcher, copy_qos, send_map
from plib_py.daemon.memory import Label, SharedObject
from plib_py.daemon.messages import ProtocolError, RefusalError
from plib_py.daemon.settings import Quota, Settings

REPLY = b"reply:"  # begins the topic of a stream of replies, before its reader's GID
ACTIONS = {
    lib.PLIB_KIND_PUBLISHER: Action.PUBLISH,
    lib.PLIB_KIND_SUBSCRIPTION: Action.SUBSCRIBE,
    lib.PLIB_KIND_CLIENT: Action.CALL,
    lib.PLIB_KIND_REPLY_READER: Action.CALL,
    lib.PLIB_KIND_SERVER: Action.SERVE,
    lib.PLIB_KIND_REPLY_WRITER: Action.SERVE,
}
ENTITIES_MAX = 8192  # nodes and endpoints of one participant


def check_reply_stream(entity: Entity) -> None:
    """Refuse to read replies that are for another participant's client.

    A client's replies come on a topic of its own that is named by the client's GID.
    """
    if (
        entity.kind == lib.PLIB_KIND_REPLY_READER
        and reply_prefix(entity.topic) != entity.client.prefix
    ):
        raise RefusalError(errno.EACCES, "a client may read its own replies only")


def reply_gid(topic: bytes) -> bytes:
    """Return the GID of the client that reads a stream of replies; b"" when there is none."""
    try:
        return bytes.fromhex(topic.removeprefix(REPLY).decode("ascii", "replace"))
    except ValueError:
        return b""


def reply_prefix(topic: bytes) -> bytes:
    """Return the GID prefix of the participant whose client reads a stream of replies."""
    return reply_gid(topic)[: lib.PLIB_GID_PREFIX_SIZE]


class Domain:
    """The participants of one domain id, or one that keeps to itself."""

    def __init__(self) -> None:
        self.board = Board()
        self.clients: set[Client] = set()
        self.changed = False


class Broker:
    """Membership, memory and the graph.

    Parameters
    ----------
    settings
        What participants and users may have and do.
    """

    def __init__(self, settings: Settings) -> None:
        self._memory_limit = settings.memory_limit
        self._access = settings.access
        self._quotas = settings.quotas
        self._domains: dict[DomainKey, Domain] = {}
        self._prefixes: dict[bytes, Client] = {}
        self._matcher = Matcher()
        self.events = Events()
        self._memory: Counter[int] = Counter()  # bytes of segments, by user
        self._entities: Counter[int] = Counter()  # by user
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
        self._memory_limit = settings.memory_limit
        self._access = settings.access
        self._quotas = settings.quotas
        entities = [
            entity
            for client in self._prefixes.values()
            for entity in client.entities.values()
            if entity.kind != lib.PLIB_KIND_NODE
        ]
        met = self._matcher.pairs_that_may_meet()
        for entity in entities:
            entity.access = self._verdict(entity).access
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
        domain = self._domains.get(client.domain)
        if domain is None:
            domain = self._domains[client.domain] = Domain()
        domain.clients.add(client)
        send_map(client, client.open_mailbox(), lib.PLIB_OBJECT_MAILBOX)
        send_map(client, domain.board.object, lib.PLIB_OBJECT_BOARD)
        calls = self._own_object(client, lib.PLIB_OBJECT_CALLS, lib.PLIB_CALLS_SIZE)
        client.waiting[calls.id] = lambda: client.watch_calls(calls)
        send_map(client, calls, calls.kind)
        self._matcher.open_page(client, client.uid, lambda: self._welcome(client, message))

    def _welcome(self, client: Client, hello: Any) -> None:
        client.welcome = True
        reply = messages.build("plib_msg_reply", lib.PLIB_MSG_REPLY, hello.header.serial)
        reply.version = lib.PLIB_PROTOCOL_VERSION
        reply.gid_prefix = client.prefix
        reply.uid = client.uid
        reply.memory_limit = self._memory_limit
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
        self._memory[client.uid] -= client.memory
        client.memory = 0
        if self._prefixes.get(client.prefix) is client:
            del self._prefixes[client.prefix]
        domain = None if client.domain is None else self._domains.get(client.domain)
        if domain is None:
            return
        domain.clients.discard(client)
        LOG.debug(
            "pid %d (user %d, %s) is gone",
            client.pid,
            client.uid,
            client.program,
            extra=fields("leave", client.uid, pid=client.pid, program=client.program),
        )
        if client.domain is not None and not domain.clients:
            domain.board.close()
            del self._domains[client.domain]

    def _domain_of(self, client: Client) -> Domain:
        assert client.domain is not None, "only who said HELLO has anything in a graph"
        return self._domains[client.domain]

    def graphs_changed(self) -> bool:
        """Return whether a graph changed since the last announcement."""
        return any(domain.changed for domain in self._domains.values())

    def announce_graphs(self) -> None:
        """Wake who watches a graph that changed since the last call, once for all changes."""
        for domain in self._domains.values():
            if not domain.changed:
                continue
            domain.changed = False
            for client in domain.clients:
                client.notify_graph()

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
        self._show(entity, entity.gid)
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
        entity.access = self._decide(entity)
        node = client.entities.get(message.node)
        node_gid = node.gid if node is not None else bytes(16)
        if entity.kind in qos.READERS:
            return self._open(entity, node_gid, message.header.serial)
        entity.bell = message.bell if message.bell < lib.PLIB_BELLS_MAX else 0
        entity.ring_capacity = message.ring_capacity
        entity.label = self._label(entity)
        ring, clear = self._ring(client, message.ring_capacity, message.payload_size, entity.label)
        serial = message.header.serial
        self._enter(entity)

        self._await(entity, ring, lambda: self._open(entity, node_gid, serial))
        send_map(client, ring, lib.PLIB_OBJECT_RING_OWN, entity.number, clear=clear)
        client.notify()  # one that registers again after a restart does not wait for the reply
        return None

    def _decide(self, entity: Entity) -> Access:
        """Return what the policy lets an endpoint do.

        Raises
        ------
        RefusalError
            Nothing.
        """
        verdict = self._verdict(entity)
        if verdict.access is Access.DENIED:
            client, action = entity.client, ACTIONS[entity.kind]
            text = self._name_for_policy(entity)
            LOG.warning(
                "rule %r denies pid %d (user %d, %s) to %s %s",
                verdict.rule,
                client.pid,
                client.uid,
                names.printable(client.identity.program),
                action.value,
                text,
                extra=fields(
                    "denial",
                    client.uid,
                    pid=client.pid,
                    rule=verdict.rule,
                    action=action.value,
                    name=text,
                ),
            )
            raise RefusalError(
                errno.EACCES,
                f"rule {verdict.rule!r} of plibd's access policy denies user {client.uid} to "
                f"{action.value} {text}",
            )
        return verdict.access

    def _verdict(self, entity: Entity) -> Verdict:
        name = self._name_for_policy(entity)
        return self._access.decide(entity.client.identity, ACTIONS[entity.kind], name)

    def _name_for_policy(self, entity: Entity) -> str:
        """Return the topic or service; of a stream of replies, the service of its client."""
        name = entity.topic
        if entity.kind in (lib.PLIB_KIND_REPLY_READER, lib.PLIB_KIND_REPLY_WRITER):
            gid = reply_gid(entity.topic)
            reader = self._prefixes.get(gid[: lib.PLIB_GID_PREFIX_SIZE])
            number = int.from_bytes(gid[lib.PLIB_GID_PREFIX_SIZE :], "big")
            client = None if reader is None else reader.entities.get(number)
            name = b"" if client is None else client.topic
        return name.decode(errors="backslashreplace")

    def _label(self, entity: Entity) -> Label:
        """Return what tells who may read a writer's samples: its topic, or a client's user."""
        if entity.kind == lib.PLIB_KIND_REPLY_WRITER:
            reader = self._prefixes.get(reply_prefix(entity.topic))
            if reader is not None:
                return (entity.kind, reader.uid)
        return (entity.kind, entity.topic)

    def _open(self, entity: Entity, node_gid: bytes, serial: int) -> Iterator[None]:
        """Show an endpoint whose memory is there, and match it."""
        client = entity.client
        try:
            if entity.kind in qos.VISIBLE:
                self._show(entity, node_gid)
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
        self._hide(entity)
        if entity.kind != lib.PLIB_KIND_NODE:
            yield from self._matcher.remove(entity)
            yield from self._matcher.forget_reader(entity)
            client.pool.extend(entity.segments)
            entity.segments = []

    def _hide(self, entity: Entity) -> None:
        if entity.place is not None:
            domain = self._domain_of(entity.client)
            domain.board.remove(entity.place)
            domain.board.publish()
            domain.changed = True
            entity.place = None

    def _show(self, entity: Entity, node_gid: bytes) -> None:
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
        domain = self._domain_of(client)
        entity.place = domain.board.add(record)
        # Before the reply: who made it looks at the graph next.
        domain.board.publish()
        domain.changed = True

    # ---- memory --------------------------------------------------------------------------------

    def _own_object(
        self, client: Client, kind: int, size: int, control_size: int = 0
    ) -> SharedObject:
        item = SharedObject(kind, size, client, client.uid, control_size)
        client.objects[item.id] = item
        return item

    def _segment(
        self, client: Client, kind: int, size: int, control_size: int, label: Label
    ) -> tuple[SharedObject, bool]:
        """Return a segment for a writer of this label, and whether it has to be cleared.

        A pooled one that nobody uses any more, else a new one. Whoever was given a segment may
        keep it mapped, whatever it tells, and reads what is written later: under another label it
        serves again only when no other user ever got it. Its new readers are not to find what was
        written before.
        """
        for item in client.pool:
            fits = item.control_size == control_size and size <= item.size <= 4 * size
            may_be_seen = item.label == label or item.given_to <= {client.uid}
            if item.users == 0 and fits and item.kind == kind and may_be_seen:
                client.pool.remove(item)
                clear = item.label != label
                item.label = label
                return item, clear
        if client.memory + size > self._memory_limit:
            raise RefusalError(
                errno.EDQUOT,
                f"this process has {client.memory} bytes of segments and may have "
                f"{self._memory_limit}: use smaller messages or histories, or start plibd with a "
                "higher --memory-limit",
            )
        quota = self.quota(client.uid).memory
        if self._memory[client.uid] + size > quota:
            raise RefusalError(
                errno.EDQUOT,
                f"user {client.uid} has {self._memory[client.uid]} bytes of segments and may have "
                f"{quota}: use smaller messages or histories, or have limits.user.memory raised "
                "in plibd.yaml",
            )
        item = self._own_object(client, kind, size, control_size)
        client.memory += item.size
        self._memory[client.uid] += item.size
        item.label = label
        return item, False

    def _ring(
        self, client: Client, capacity: int, payload: int, label: Label
    ) -> tuple[SharedObject, bool]:
        if not lib.PLIB_RING_MIN <= capacity <= lib.PLIB_RING_MAX or capacity & (capacity - 1):
            raise ProtocolError(f"a ring of {capacity} samples")
        control = lib.PLIB_RING_DESCRIPTORS + capacity * lib.PLIB_DESCRIPTOR_SIZE
        return self._segment(client, lib.PLIB_OBJECT_RING_OWN, control + payload, control, label)

    def _reserve(self, client: Client, message: Any) -> None:
        entity = client.entities.get(message.entity)
        if entity is None or not entity.segments:
            raise ProtocolError("memory for something that is not a writer")
        if entity.grows:
            raise ProtocolError("memory for a writer that has not mapped what it asked for")
        if len(entity.segments) >= lib.PLIB_SEGMENTS_MAX:
            raise RefusalError(errno.EDQUOT, "the writer has as many segments as a writer may have")
        segment, clear = self._segment(
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
        for part in messages.texts(serial, json.dumps(report)):
            client.send(part)

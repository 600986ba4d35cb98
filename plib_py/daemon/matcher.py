"""Matching: which writer and reader get to know each other, and what each is told of the other."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon import messages, qos
from plib_py.daemon.access import Access
from plib_py.daemon.client import QUEUE_MAX, Client, DomainKey, Entity, Match, PeerPage, Work
from plib_py.daemon.log import LOG, fields
from plib_py.daemon.memory import SharedObject, next_id


class Topic:
    """The writers and readers of one topic and kind in one domain."""

    def __init__(self) -> None:
        self.writers: dict[Entity, None] = {}
        self.readers: dict[Entity, None] = {}


class Matcher:
    """Pairs writers and readers of all domains.

    What takes long in crowds is done in steps: functions that return an iterator do one match at
    each, and other clients' requests, also ones about the same endpoints, come between them.
    """

    def __init__(self) -> None:
        self._topics: dict[tuple[DomainKey | None, int, bytes], Topic] = {}

    def _key(self, entity: Entity) -> tuple[DomainKey | None, int, bytes]:
        kind = qos.PARTNER.get(entity.kind, entity.kind)
        return entity.client.domain, kind, entity.topic

    def add(self, entity: Entity) -> Iterator[None]:
        """Match a new endpoint with all that are there; those that come later do it themselves."""
        topic = self._topics.setdefault(self._key(entity), Topic())
        if entity.kind in qos.WRITERS:
            readers = list(topic.readers)
            topic.writers[entity] = None
            yield from self._consider_all([(entity, reader) for reader in readers])
        else:
            writers = list(topic.writers)
            topic.readers[entity] = None
            yield from self._consider_all([(writer, entity) for writer in writers])

    def _consider_all(self, pairs: list[tuple[Entity, Entity]]) -> Iterator[None]:
        for writer, reader in pairs:
            if writer.ready and reader.ready:
                self.consider(writer, reader)
            yield

    def remove(self, entity: Entity) -> Iterator[None]:
        """End an endpoint's matches; from the first step on it gets no others."""
        key = self._key(entity)
        topic = self._topics.get(key)
        if topic is not None:
            topic.writers.pop(entity, None)
            topic.readers.pop(entity, None)
            if not topic.writers and not topic.readers:
                del self._topics[key]
        for match in list(entity.matches.values()):
            if not match.ended:  # by its other end
                self._end(match, entity)
            yield

    def consider(self, writer: Entity, reader: Entity) -> None:
        """Match the two if they may and their types and QoS agree, once their pages are there."""
        if not may_meet(writer, reader):
            return
        if writer.type_name != reader.type_name or not qos.same_type(
            writer.type_hash, reader.type_hash
        ):
            _tell_incompatible(writer, reader, lib.PLIB_EVENT_INCOMPATIBLE_TYPE)
            return
        policy = qos.incompatible_policy(writer.qos, reader.qos)
        if policy != lib.PLIB_POLICY_NONE:
            _tell_incompatible(writer, reader, lib.PLIB_EVENT_INCOMPATIBLE_QOS, policy)
            return
        writer_page = self._page(writer.client, reader.client.uid)
        reader_page = self._page(reader.client, writer.client.uid)
        if not writer_page.object.ready:
            self._park(writer.client, writer, reader)
        elif not reader_page.object.ready:
            self._park(reader.client, writer, reader)
        else:
            self._match(writer, reader, writer_page, reader_page)

    def pairs_that_may_meet(self) -> set[tuple[Entity, Entity]]:
        """Return the writers and readers of the same topic that the policy lets meet."""
        return {
            (writer, reader)
            for topic in self._topics.values()
            for writer in topic.writers
            for reader in topic.readers
            if may_meet(writer, reader)
        }

    def review(self, before: set[tuple[Entity, Entity]]) -> None:
        """Match those that may meet now and were not to ``before``; part those that no longer may.

        Whoever is parted may have the segments mapped still, as a hostile reader would: what the
        writer is not to show them any more it publishes by another publisher.
        """
        now = self.pairs_that_may_meet()
        for writer, reader in before - now:
            for match in list(writer.matches.values()):
                if match.reader is reader:
                    self._end(match)
        for writer, reader in now - before:
            try:
                self.consider(writer, reader)
            except messages.RefusalError as refusal:  # there is no request to answer
                LOG.warning(
                    "endpoints of pid %d and pid %d are not matched until one is created anew: %s",
                    writer.client.pid,
                    reader.client.pid,
                    refusal.text,
                    extra=fields("refusal", reader.client.uid, pid=reader.client.pid),
                )

    def _park(self, client: Client, writer: Entity, reader: Entity) -> None:
        client.parked.append((writer, reader))
        if len(client.parked) > QUEUE_MAX:  # it does not read, or does not answer
            client.kick()

    def _page(self, client: Client, uid: int) -> PeerPage:
        page = client.pages.get(uid)
        if page is None:
            page = self.open_page(client, uid, lambda: self._page_ready(client))
            client.notify()
        return page

    def open_page(self, client: Client, uid: int, then: Callable[[], Work]) -> PeerPage:
        """Send a client its page for a user's processes; ``then`` follows when it is mapped."""
        page = PeerPage(client, uid)
        client.pages[uid] = page
        client.objects[page.object.id] = page.object
        client.waiting[page.object.id] = then
        send_map(client, page.object, page.object.kind)
        return page

    def _page_ready(self, client: Client) -> Iterator[None]:
        parked, client.parked = client.parked, []
        return self._consider_all(parked)

    def _match(
        self, writer: Entity, reader: Entity, writer_page: PeerPage, reader_page: PeerPage
    ) -> None:
        link = reader_page.links.take()
        start = writer_page.starts.take()
        if link is None or start is None:
            if link is not None:
                reader_page.links.give(link)
            raise messages.RefusalError(
                errno.EDQUOT,
                f"a process has {lib.PLIB_LINKS_MAX} matches with one user's processes: that is "
                "all that plib keeps, use fewer endpoints a process",
            )
        objects = [writer_page.object, *writer.segments]
        match = Match(next_id(), writer, reader, link, start, reader_page, writer_page, objects)
        writer.matches[match.id] = match
        reader.matches[match.id] = match
        # The writer first, and its epoch raised: what it publishes after the reader attached finds
        # the match in its socket.
        use(writer.client, reader_page.object, lib.PLIB_OBJECT_PEER)
        writer.client.send(self._message(match, lib.PLIB_ROLE_WRITER))
        writer.client.notify()
        for item in objects:
            kind = lib.PLIB_OBJECT_PEER if item is objects[0] else lib.PLIB_OBJECT_SEGMENT
            use(reader.client, item, kind)
        reader.client.send(self._message(match, lib.PLIB_ROLE_READER))
        reader.client.notify()

    def _message(self, match: Match, role: int) -> bytes:
        own, peer = match.writer, match.reader
        page = match.reader_page
        if role == lib.PLIB_ROLE_READER:
            own, peer = peer, own
            page = match.writer_page
        message: Any = messages.build("plib_msg_match", lib.PLIB_MSG_MATCH)
        message.match = match.id
        message.role = role
        message.entity = own.number
        message.peer_gid = peer.gid
        message.peer_uid = peer.client.uid
        message.peer_pid = peer.client.pid
        message.peer_page = page.object.id
        message.link = match.link
        message.start = match.start
        message.bell = match.writer.bell
        message.ring_capacity = match.writer.ring_capacity
        message.control_size = match.writer.segments[0].control_size
        message.peer_qos = peer.qos[0]
        if role == lib.PLIB_ROLE_READER:
            message.segment_count = len(match.writer.segments)
            for index, segment in enumerate(match.writer.segments):
                message.segments[index] = segment.id
        return messages.pack(message)

    def grow(self, writer: Entity, segment: SharedObject) -> Iterator[None]:
        """Hand a writer's new segment to its matched readers; later ones get it with the others."""
        index = len(writer.segments) - 1
        for match in list(writer.matches.values()):
            yield
            if match.ended or segment in match.objects:
                continue
            client = match.reader.client
            match.objects.append(segment)
            use(client, segment, lib.PLIB_OBJECT_SEGMENT)
            message: Any = messages.build("plib_msg_segment", lib.PLIB_MSG_SEGMENT)
            message.match = match.id
            message.object = segment.id
            message.entity = match.reader.number
            message.index = index
            client.send(messages.pack(message))
            client.notify()

    def _end(self, match: Match, gone: Entity | None = None) -> None:
        """End a match, because one of its endpoints, ``gone``, is no more."""
        for end, role in (
            (match.writer, lib.PLIB_ROLE_WRITER),
            (match.reader, lib.PLIB_ROLE_READER),
        ):
            end.matches.pop(match.id, None)
            if end is gone or end.client.closed:
                continue
            message = messages.build("plib_msg_unmatch", lib.PLIB_MSG_UNMATCH)
            message.match, message.role, message.entity = match.id, role, end.number
            end.client.send(messages.pack(message))
            end.client.notify()
        match.ended = True
        # The writer lets go of the reader's page at once; a living reader may have samples left.
        disuse(match.writer.client, match.reader_page.object)
        if match.reader is gone or match.reader.client.closed:
            self._finish(match)
        else:
            match.reader.ended[match.id] = match.reader.client.ended[match.id] = match

    def forget_reader(self, reader: Entity) -> Iterator[None]:
        """Finish a destroyed reader's ended matches, which it will not let go of by itself."""
        while reader.ended:
            self._finish(next(iter(reader.ended.values())))
            yield

    def released(self, client: Client, match_id: int) -> None:
        """Finish an ended match: the reader's process has taken what was left of it."""
        match = client.ended.get(match_id)
        if match is not None:
            self._finish(match)

    def _finish(self, match: Match) -> None:
        match.reader.ended.pop(match.id, None)
        match.reader.client.ended.pop(match.id, None)
        match.reader_page.links.give(match.link)
        match.writer_page.starts.give(match.start)
        for item in match.objects:
            disuse(match.reader.client, item)

    def drop(self, client: Client) -> Iterator[None]:
        """Forget a dead client: its endpoints have been removed, its memory is to go back."""
        while client.ended:
            self._finish(next(iter(client.ended.values())))
            yield
        for item in client.mapped:  # the living have theirs for longer than it
            item.mapped_by.discard(client)
        client.mapped.clear()
        for item in client.objects.values():
            item.dead = True
            for user in list(item.mapped_by):
                release_if_unused(user, item)
                yield


def may_meet(writer: Entity, reader: Entity) -> bool:
    """Return whether the access policy lets two endpoints exchange samples."""
    if writer.client.uid != reader.client.uid:
        return writer.access is reader.access is Access.GRANTED
    return Access.DENIED not in (writer.access, reader.access)


def _tell_incompatible(writer: Entity, reader: Entity, event: int, policy: int = 0) -> None:
    """Tell both why they are not matched."""
    for entity in (writer, reader):
        message: Any = messages.build("plib_msg_incompatible", lib.PLIB_MSG_INCOMPATIBLE)
        message.entity, message.event, message.policy = entity.number, event, policy
        entity.client.send(messages.pack(message))
        entity.client.notify()


def send_map(
    client: Client,
    item: SharedObject,
    kind: int,
    entity: int = 0,
    index: int = 0,
    *,
    clear: bool = False,
) -> None:
    """Announce an object; its descriptor goes along unless the client has it mapped."""
    message: Any = messages.build("plib_msg_map", lib.PLIB_MSG_MAP)
    message.object = item.id
    message.size = item.size
    message.control_size = item.control_size
    message.kind = kind
    message.uid = item.uid
    message.entity = entity
    message.index = index
    message.clear = clear
    descriptor = item.read_only
    if item.owner is client:  # a pooled object is mapped there already
        descriptor = None if item.ready else item.writable
    client.send(messages.pack(message), descriptor)


def use(client: Client, item: SharedObject, kind: int) -> None:
    """Count a match's use of an object; map it for the client when it is the first."""
    item.users += 1
    if item.owner is client:
        return
    if item not in client.mapped:
        client.mapped[item] = 0
        item.mapped_by.add(client)
        item.given_to.add(client.uid)
        send_map(client, item, kind)
    client.mapped[item] += 1


def disuse(client: Client, item: SharedObject) -> None:
    """Take a match's use back; a dead object that nobody of the client's uses is unmapped."""
    item.users -= 1
    if item.owner is client or item not in client.mapped:
        return
    client.mapped[item] -= 1
    release_if_unused(client, item)


def release_if_unused(client: Client, item: SharedObject) -> None:
    """Tell a client to unmap a dead object that no match of its uses any more."""
    if not item.dead or client.mapped.get(item) != 0:
        return
    del client.mapped[item]
    item.mapped_by.discard(client)
    if client.closed:
        return
    message = messages.build("plib_msg_object", lib.PLIB_MSG_RELEASE)
    message.object = item.id
    client.send(messages.pack(message))
    client.notify()


def copy_qos(source: Any) -> Any:
    """Return a ``struct plib_qos`` of its own."""
    return ffi.new("struct plib_qos *", source)

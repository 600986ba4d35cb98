"""What holds between any two messages, in plibd's view of its clients."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from plib_py._native import lib
from plib_py.daemon import qos
from plib_py.daemon.broker import Broker
from plib_py.daemon.client import Client, Match
from plib_py.daemon.domains import Domain

SEGMENTS = (lib.PLIB_OBJECT_RING_OWN, lib.PLIB_OBJECT_PAYLOAD_OWN)


def check(broker: Broker, clients: list[Client], memory_limit: int) -> None:
    """Check all of it."""
    for client in clients:
        check_entities(client)
        check_memory(client, memory_limit)
    check_matches(clients)
    for domain in broker._domains.values():
        check_board(domain)
    present = [client for client in clients if client.domain is not None]
    assert set(chain(*(domain.clients for domain in broker._domains.values()))) == set(present)
    assert set(broker._prefixes.values()) == set(present)


def check_entities(client: Client) -> None:
    """Each is known by its number, and has no more segments than its matches can tell."""
    for number, entity in client.entities.items():
        assert entity.number == number
        assert entity.client is client
        assert len(entity.segments) <= lib.PLIB_SEGMENTS_MAX
        if entity.kind in qos.WRITERS:
            assert entity.ready == bool(entity.segments)


def check_memory(client: Client, limit: int) -> None:
    """Each segment is accounted for, and nowhere twice."""
    segments = [item for item in client.objects.values() if item.kind in SEGMENTS]
    assert client.memory == sum(item.size for item in segments) <= limit
    used = Counter(
        item.id
        for item in chain(client.pool, *(entity.segments for entity in client.entities.values()))
    )
    waiting = {item.id for item in segments if item.id in client.waiting}
    assert all(count == 1 for count in used.values())
    assert not waiting & set(used)
    assert waiting | set(used) == {item.id for item in segments}


def check_matches(clients: list[Client]) -> None:
    """Both ends know of a match, and no two have a place in a page or an object miscounted."""
    live: dict[int, Match] = {}
    for client in clients:
        for entity in client.entities.values():
            for number, match in entity.matches.items():
                assert number == match.id
                assert entity in (match.writer, match.reader)
                assert not match.ended
                live[number] = match
    for match in live.values():
        for end in (match.writer, match.reader):
            assert end.ready
            assert end.client.entities[end.number] is end
            assert match.id in end.matches
        assert match.writer.client.domain == match.reader.client.domain
    ended = [match for client in clients for match in client.ended.values()]
    assert all(match.ended for match in ended)
    # What a reader may still look at serves no other writer.
    seen = {item.id for match in ended for item in match.objects[1:]}
    used = {item.id for c in clients for e in c.entities.values() for item in e.segments}
    assert not seen & used
    kept = [*live.values(), *ended]
    assert all(count == 1 for count in Counter((m.reader_page, m.link) for m in kept).values())
    assert all(count == 1 for count in Counter((m.writer_page, m.start) for m in kept).values())
    uses = Counter(item.id for match in kept for item in match.objects)
    uses.update(match.reader_page.object.id for match in live.values())
    for client in clients:
        for item in client.objects.values():
            assert item.users == uses[item.id]


def check_board(domain: Domain) -> None:
    """Every place on it is some entity's, once."""
    places = [
        entity.place
        for client in domain.clients
        for entity in client.entities.values()
        if entity.place is not None
    ]
    assert len(places) == len(set(places))
    assert len(places) == domain.board._count - len(domain.board._free)

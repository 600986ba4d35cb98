"""What plibd tells of participants: what they have, and how their samples flow.

The counters are read from what participants write for their peers: they tell the truth about those
that do, and harm nobody else.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

from plib_py import system
from plib_py._native import ffi, lib
from plib_py.daemon import names, qos
from plib_py.daemon.client import Client, Entity, Match
from plib_py.daemon.log import LOG, fields

VERSION = system.version()  # as it was when this plibd started; another may be installed since
RING_HEAD = "struct plib_ring"
LINK = "struct plib_link"
KINDS = {
    lib.PLIB_KIND_NODE: "node",
    lib.PLIB_KIND_PUBLISHER: "publisher",
    lib.PLIB_KIND_SUBSCRIPTION: "subscription",
    lib.PLIB_KIND_CLIENT: "client",
    lib.PLIB_KIND_SERVER: "server",
}


def _read(descriptor: int | None, name: str, place: int) -> Any:
    """Return a copy of a struct in shared memory, zeros when it cannot be read."""
    data = b"" if descriptor is None else os.pread(descriptor, ffi.sizeof(name), place)
    copy = ffi.new(f"{name} *")
    ffi.buffer(copy)[0 : len(data)] = data
    return copy


def link_of(match: Match) -> Any:
    """Return what a match's reader tells its writer, a ``struct plib_link``."""
    place = lib.PLIB_PEER_LINKS + match.link * ffi.sizeof(LINK)
    return _read(match.reader_page.object.read_only, LINK, place)


def note_loss(match: Match) -> None:
    """Note as an event what a match's reader lost since the last call."""
    link = link_of(match)
    if link.match != match.id or link.lost <= match.lost:
        return
    lost, match.lost = link.lost - match.lost, link.lost
    client = match.reader.client
    name = match.writer.topic.decode(errors="replace")
    LOG.debug(
        "pid %d (user %d, %s) lost %d samples of %s",
        client.pid,
        client.uid,
        client.program,
        lost,
        name,
        extra=fields("lost", client.uid, pid=client.pid, name=name, count=lost),
    )


def report(participants: list[Client]) -> Generator[None, None, dict[str, Any]]:
    """Return all of it, in steps.

    Parameters
    ----------
    participants
        Those to tell of; of their peers it tells what they have with them.
    """
    found = []
    for client in participants:
        if client.closed or client.domain is None:
            continue
        entities = []
        nodes = _nodes(client)
        for entity in list(client.entities.values()):
            if entity.kind in KINDS:
                entities.append({**_entity(entity), "node": nodes.get(entity.node, "")})
            yield
        found.append(
            {
                "pid": client.pid,
                "uid": client.uid,
                "program": client.program,
                "executable": names.printable(client.identity.program),
                "domain": client.domain[0],
                "enclave": client.enclave.decode(errors="replace"),
                "memory": client.memory,
                "entities": entities,
            }
        )
    return {"plibd": _plibd(), "participants": found}


def _plibd() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "uid": os.geteuid(),
        "version": VERSION,
        "protocol": lib.PLIB_PROTOCOL_VERSION,
    }


def _nodes(client: Client) -> dict[bytes, str]:
    """Return the full names of a participant's nodes, by GID."""
    names = {}
    for entity in client.entities.values():
        if entity.kind == lib.PLIB_KIND_NODE:
            # A node has its namespace where others have their type.
            name = b"/".join((entity.type_name.rstrip(b"/"), entity.topic))
            names[entity.gid] = name.decode(errors="replace")
    return names


def _entity(entity: Entity) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": KINDS[entity.kind],
        "gid": entity.gid.hex(),
        "name": entity.topic.decode(errors="replace"),
        "type": entity.type_name.decode(errors="replace"),
    }
    if entity.kind in qos.WRITERS and entity.segments:
        ring = _read(entity.segments[0].read_only, RING_HEAD, 0)
        values["published"] = ring.head
        values["bytes"] = ring.bytes
        values["kept"] = max(0, ring.head - ring.tail)
        values["memory"] = sum(segment.size for segment in entity.segments)
        values["matches"] = [_match(match, ring.head) for match in entity.matches.values()]
    return values


def _match(match: Match, head: int) -> dict[str, Any]:
    link = link_of(match)
    attached = link.match == match.id
    return {
        "reader": match.reader.gid.hex(),
        "pid": match.reader.client.pid,
        "uid": match.reader.client.uid,
        "queued": max(0, head - link.cursor) if attached else 0,
        "held": sum(1 for hold in link.hold if hold != 0) if attached else 0,
        "taken": link.taken if attached else 0,
        "lost": link.lost if attached else 0,
        "delay": link.delay / 1e9 if attached else 0.0,
    }

"""The ROS graph: nodes and endpoints, as plibd publishes them."""

import enum
import errno
from dataclasses import dataclass
from typing import Any

from plib_py._native import ffi, lib
from plib_py.qos import QoS
from plib_py.typesupport import hash_text

# Tries to read an unchanging graph; what the last one saw has to do.
_ATTEMPTS = 8


class EntityKind(enum.IntEnum):
    """What an entity of the graph is."""

    NODE = lib.PLIB_KIND_NODE
    PUBLISHER = lib.PLIB_KIND_PUBLISHER
    SUBSCRIPTION = lib.PLIB_KIND_SUBSCRIPTION
    CLIENT = lib.PLIB_KIND_CLIENT
    SERVER = lib.PLIB_KIND_SERVER


@dataclass(frozen=True)
class GraphEntity:
    """A node or an endpoint.

    Attributes
    ----------
    kind : EntityKind
        What it is.
    name : str
        Full name of the node, topic or service: "/robot/camera".
    type : str
        Type of the topic or service; empty for a node.
    type_hash : str or None
        The type's version, "RIHS01_..."; None when unknown.
    gid, node_gid : bytes
        What identifies it, and its node; 16 bytes each.
    uid, pid : int
        User and process, as the kernel told plibd.
    qos : QoS
        Offered or requested; without meaning for a node.
    enclave : str
        Of a node: its security enclave.
    """

    kind: EntityKind
    name: str
    type: str
    type_hash: str | None
    gid: bytes
    node_gid: bytes
    uid: int
    pid: int
    qos: QoS
    enclave: str


def read(participant: Any) -> list[GraphEntity]:
    """Copy the board. Bounded: O(entities)."""
    entities: list[GraphEntity] = []
    for _ in range(_ATTEMPTS):
        version = lib.plib_graph_version(participant)
        entities = _read_once(participant)
        if lib.plib_graph_version(participant) == version:
            break
    return entities


def _read_once(participant: Any) -> list[GraphEntity]:
    entities = []
    record = ffi.new("struct plib_graph_entity *")
    visible = {int(kind) for kind in EntityKind}
    for index in range(lib.plib_graph_count(participant)):
        status = lib.plib_graph_read(participant, index, record)
        # Free, or plibd died while writing it: its successor writes the board anew.
        if status in (-errno.ENOENT, -errno.EAGAIN) or record.kind not in visible:
            continue
        entities.append(_convert(record))
    return entities


def _convert(record: Any) -> GraphEntity:
    kind = EntityKind(record.kind)
    name, text = _text(record.name), _text(record.type)
    node = kind is EntityKind.NODE
    return GraphEntity(
        kind=kind,
        # A node's record has its namespace where others have their type.
        name=f"{text.rstrip('/')}/{name}" if node else name,
        type="" if node else text,
        type_hash=hash_text(bytes(record.type_hash)),
        gid=bytes(record.gid),
        node_gid=bytes(record.node_gid),
        uid=record.uid,
        pid=record.pid,
        qos=QoS.from_c(record.qos),
        enclave=_text(record.enclave),
    )


def _text(field: Any) -> str:
    text: bytes = ffi.string(field)
    return text.decode(errors="replace")

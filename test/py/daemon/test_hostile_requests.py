"""What plibd does with requests that no plib would send; most were found by ``make fuzz``."""

from __future__ import annotations

import gc
import socket
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from plib_py._native import ffi, lib
from plib_py.daemon import matcher, messages
from plib_py.daemon.access import Access, AccessPolicy
from plib_py.daemon.broker import Broker
from plib_py.daemon.client import Client
from plib_py.daemon.settings import Settings

FEW = 10


class Guest:
    """A client of a broker, and its end of the socket."""

    def __init__(self, broker: Broker, mailboxes: Any, uid: int) -> None:
        self._broker = broker
        self._end, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._end.setblocking(False)
        self.client = Client(ours, mailboxes, set())
        self.client.uid = uid
        hello = messages.build("plib_msg_hello", lib.PLIB_MSG_HELLO)
        hello.version = lib.PLIB_PROTOCOL_VERSION
        hello.secret = bytes([uid % 256]) * lib.PLIB_SECRET_SIZE
        self.say(hello)
        self.map_all()

    def say(self, message: Any) -> None:
        for _ in self._broker.handle(self.client, messages.pack(message)):
            pass

    def map_all(self) -> None:
        for number in list(self.client.waiting):
            mapped: Any = messages.build("plib_msg_object", lib.PLIB_MSG_MAPPED)
            mapped.object = number
            self.say(mapped)

    def create(self, number: int, kind: int, **qos: int) -> None:
        message: Any = messages.build("plib_msg_create_endpoint", lib.PLIB_MSG_CREATE_ENDPOINT)
        message.entity, message.kind = number, kind
        message.topic, message.type = b"topic", b"type"
        message.ring_capacity, message.payload_size = lib.PLIB_RING_MIN, 4096
        for name, value in qos.items():
            setattr(message.qos, name, value)
        self.say(message)

    def create_node(self, number: int) -> None:
        message: Any = messages.build("plib_msg_create_node", lib.PLIB_MSG_CREATE_NODE)
        message.entity, message.name = number, b"node"
        self.say(message)

    def reserve(self, number: int) -> None:
        message: Any = messages.build("plib_msg_reserve", lib.PLIB_MSG_RESERVE)
        message.entity, message.size = number, 4096
        self.say(message)

    def destroy(self, number: int) -> None:
        message: Any = messages.build("plib_msg_destroy", lib.PLIB_MSG_DESTROY)
        message.entity = number
        self.say(message)

    def close(self) -> None:
        for _ in self._broker.drop(self.client):
            pass
        self.client.close()
        self._end.close()


@pytest.fixture
def guests() -> Iterator[list[Guest]]:
    """Two clients, of two users."""
    boxes = ffi.new("struct plib_mailboxes **")
    assert lib.plib_mailboxes_create(3, boxes) == 0
    broker = Broker(Settings(memory_limit=1 << 24, access=AccessPolicy(default=Access.GRANTED)))
    guests = [Guest(broker, boxes[0], 1001), Guest(broker, boxes[0], 1002)]
    yield guests
    for guest in guests:
        guest.close()
    assert not broker._domains
    lib.plib_mailboxes_destroy(boxes[0])


def test_a_writer_gets_no_more_segments_than_its_matches_can_tell(guests: list[Guest]) -> None:
    hostile, other = guests
    hostile.create(1, lib.PLIB_KIND_PUBLISHER)
    hostile.map_all()
    hostile.reserve(1)
    with pytest.raises(messages.ProtocolError, match="has not mapped"):
        hostile.reserve(1)
    for _ in range(lib.PLIB_SEGMENTS_MAX - 2):
        hostile.map_all()
        hostile.reserve(1)
    hostile.map_all()
    assert len(hostile.client.entities[1].segments) == lib.PLIB_SEGMENTS_MAX
    hostile.reserve(1)  # is refused in a reply
    assert not hostile.client.waiting
    other.create(1, lib.PLIB_KIND_SUBSCRIPTION)
    for guest in (hostile, other, hostile):
        guest.map_all()
    assert len(other.client.entities[1].matches) == 1


@pytest.mark.parametrize("asks", ["create", "reserve"])
def test_memory_of_a_writer_that_is_gone_makes_it_no_comeback(
    guests: list[Guest], asks: str
) -> None:
    hostile, _ = guests
    hostile.create(1, lib.PLIB_KIND_PUBLISHER)
    if asks == "reserve":
        hostile.map_all()
        hostile.reserve(1)
    hostile.destroy(1)
    hostile.create_node(1)
    hostile.map_all()
    assert hostile.client.entities[1].kind == lib.PLIB_KIND_NODE
    assert len(hostile.client.pool) == (2 if asks == "reserve" else 1)
    # What is there serves the next one.
    memory = hostile.client.memory
    hostile.create(2, lib.PLIB_KIND_PUBLISHER)
    assert hostile.client.memory == memory
    hostile.map_all()
    assert hostile.client.entities[2].ready


def test_a_client_that_maps_no_page_does_not_have_plibd_remember_without_end(
    guests: list[Guest], monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile, other = guests
    monkeypatch.setattr(matcher, "QUEUE_MAX", FEW)
    other.create(1, lib.PLIB_KIND_PUBLISHER)
    other.map_all()
    hostile.create(1, lib.PLIB_KIND_SUBSCRIPTION)
    other.map_all()
    for _ in range(2 * FEW):
        if hostile.client.closed:
            break
        hostile.destroy(1)
        hostile.create(1, lib.PLIB_KIND_SUBSCRIPTION)
    assert hostile.client.closed
    assert len(hostile.client.parked) == FEW + 1
    assert not other.client.closed


@pytest.mark.parametrize(
    "qos",
    [
        {"reliability": 2},
        {"durability": 2},
        {"history": 2},
        {"liveliness": 2},
        {"deadline": -1},
        {"lifespan": -(1 << 63)},
        {"lease": -1},
    ],
)
def test_a_qos_that_makes_no_sense_reaches_nobody(guests: list[Guest], qos: dict[str, int]) -> None:
    with pytest.raises(messages.ProtocolError, match="QoS"):
        guests[0].create(1, lib.PLIB_KIND_PUBLISHER, **qos)


def test_who_left_is_forgotten_without_a_garbage_collection(guests: list[Guest]) -> None:
    """plibd's collector looks at young objects only: old ones in a cycle would stay for ever."""
    broker, boxes = guests[0]._broker, guests[0].client._mailboxes
    gc.collect()
    gc.disable()
    try:
        third = Guest(broker, boxes, 1003)
        for guest in (guests[0], third):
            guest.create(1, lib.PLIB_KIND_PUBLISHER)
            guest.create(2, lib.PLIB_KIND_SUBSCRIPTION)
            guest.map_all()
        for guest in (guests[0], third):
            guest.map_all()
        assert len(third.client.entities[2].matches) == 2
        client = weakref.ref(third.client)
        writer = weakref.ref(third.client.entities[1])
        third.close()
        del third, guest
        guests[0].destroy(2)
        assert client() is None
        assert writer() is None
    finally:
        gc.enable()

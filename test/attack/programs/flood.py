"""Troubles plibd: flood.py WAY      says when it is at work, and what came of it at a line

malformed     messages that are none, truncated and too long ones, one connection each
truncated     the beginning of an endpoint, to see what plibd takes for the type that is not there
oversized     an endpoint with much behind it
requests      as many requests as plibd takes, without reading the replies
connections   thousands of connections
descriptors   messages with descriptors in them
quota         publishers with memory until plibd gives no more
crowd         thousands of subscribers of a topic, and a publisher that comes and goes
"""

from __future__ import annotations

import array
import contextlib
import itertools
import mmap
import os
import random
import socket
import sys
import threading
from collections.abc import Iterator

from attacker import RawClient, hear, say

from plib_py._native import ffi, lib
from plib_py.daemon import messages

SMALLEST = 1 << 20  # bytes of a segment that are asked for
CROWD = 4000  # subscribers
CONNECTIONS = int(os.environ.get("CONNECTIONS", "3000"))


def connect() -> socket.socket:
    """Return a connection on which nothing was said yet."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(10)
    client.connect(os.environ["PLIB_SOCKET"])
    return client


def nonsense() -> Iterator[bytes]:
    """Return messages that plibd has to refuse."""
    whole = messages.pack(messages.build("plib_msg_hello", lib.PLIB_MSG_HELLO, 1))
    for size in (1, 7, 15, 16, 17, len(whole) - 1):
        yield whole[:size]
    yield whole + b"\0"
    yield b"\xff" * 4096
    yield b"\0" * 65536
    for name, kind in (
        ("plib_msg_create_node", lib.PLIB_MSG_CREATE_NODE),
        ("plib_msg_create_endpoint", lib.PLIB_MSG_CREATE_ENDPOINT),
        ("plib_msg_destroy", lib.PLIB_MSG_DESTROY),
        ("plib_msg_reserve", lib.PLIB_MSG_RESERVE),
        ("plib_msg_object", lib.PLIB_MSG_MAPPED),
        ("plib_msg_object", lib.PLIB_MSG_RELEASED),
    ):
        yield messages.pack(messages.build(name, kind, 1))  # before HELLO
    for _ in range(200):
        yield random.randbytes(random.randrange(1, 2048))


def malformed(stop: threading.Event) -> str:
    """Send each on a connection of its own."""
    while not stop.is_set():
        for data in nonsense():
            with contextlib.suppress(OSError), connect() as client:
                client.send(data)
                client.setblocking(False)
                client.recv(4096)
    return "refused"


def endpoint() -> bytes:
    """Return a message that is right."""
    request = messages.build("plib_msg_create_endpoint", lib.PLIB_MSG_CREATE_ENDPOINT, 2)
    request.entity, request.kind = 1, lib.PLIB_KIND_SUBSCRIPTION
    request.topic, request.type = b"/mine", b"x/msg/X"
    return messages.pack(request)


def type_on_board(client: RawClient, prefix: bytes) -> bytes:
    """Return the type of the client's endpoint, as the graph has it."""
    gid = prefix + (1).to_bytes(4, "big")
    (fd,) = client.descriptors(lib.PLIB_OBJECT_BOARD)
    size = ffi.sizeof("struct plib_board_record")
    with mmap.mmap(fd, lib.PLIB_BOARD_SIZE, prot=mmap.PROT_READ) as board:
        for place in range(lib.PLIB_BOARD_RECORDS, lib.PLIB_BOARD_SIZE, size):
            record = ffi.from_buffer("struct plib_board_record *", board[place : place + size])
            if bytes(ffi.buffer(record.gid)) == gid:
                return bytes(ffi.string(record.type))
    raise AssertionError


def truncated(stop: threading.Event) -> str:
    """Send the beginning of a message, and look what plibd takes for the rest."""
    data = endpoint()
    data = data[: data.index(b"/mine") + 5]
    while not stop.is_set():
        with contextlib.suppress(OSError), contextlib.closing(RawClient()) as client:
            prefix = bytes(client.hello().gid_prefix)[: lib.PLIB_GID_PREFIX_SIZE]
            client.socket.send(data)
            if client.until_reply(2).status == 0 and type_on_board(client, prefix) != b"":
                return "sees plibd's memory"
    return "refused"


def oversized(stop: threading.Event) -> str:
    """Send a message with much behind it."""
    data = endpoint().ljust(4096, b"\xff")
    while not stop.is_set():
        with contextlib.suppress(OSError), contextlib.closing(RawClient()) as client:
            client.hello()
            client.socket.send(data)
            client.until_reply(2)
    return "refused"


def requests(stop: threading.Event) -> str:
    """Ask without end, and read nothing."""
    client = RawClient()
    client.hello()
    client.socket.setblocking(False)
    for number in itertools.count(1):
        if stop.is_set():
            break
        request = messages.build("plib_msg_create_node", lib.PLIB_MSG_CREATE_NODE, number)
        request.entity, request.name = number, b"n"
        try:
            client.send(request)
        except BlockingIOError:
            continue
        except OSError:
            return "dropped"
    return "served in turn"


def connections(stop: threading.Event) -> str:
    """Open as many as there can be, and keep them."""
    kept = []
    for _ in range(CONNECTIONS):
        with contextlib.suppress(OSError):
            kept.append(connect())
    say(len(kept))
    stop.wait()
    return "kept"


def descriptors(stop: threading.Event) -> str:
    """Send descriptors along, with right and with wrong messages."""
    fds = array.array("i", [0, 1, 2] * 20)
    while not stop.is_set():
        for data in (messages.pack(messages.build("plib_msg_hello", lib.PLIB_MSG_HELLO, 1)), b"x"):
            with contextlib.suppress(OSError), connect() as client:
                client.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
                client.recv(4096)
    return "not taken"


def quota(stop: threading.Event) -> str:
    """Ask for segments, for less and less, until there are no more, or more than memory."""
    client = RawClient()
    client.hello()
    client.endpoint(lib.PLIB_KIND_PUBLISHER, b"/mine", b"x/msg/X")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    had, size = 0, memory // 12
    result = "has more than the machine"
    while had < memory:
        reply = client.request("plib_msg_reserve", lib.PLIB_MSG_RESERVE, entity=1, size=size)
        if reply.status == 0:
            had += size
        elif size > SMALLEST:
            size //= 2
        else:
            result = ffi.string(reply.text).decode().split(":")[0]
            break
    stop.wait()
    return result


def crowd(stop: threading.Event) -> str:
    """Have plibd match and part as many as it matches at all."""
    subscribers, publisher = RawClient(), RawClient()
    for client in (subscribers, publisher):
        client.hello()
    for number in range(1, CROWD + 1):
        subscribers.endpoint(lib.PLIB_KIND_SUBSCRIPTION, b"/crowd", b"x/msg/X", number)
    reading = threading.Thread(target=read_all, args=(subscribers,))
    reading.start()
    say("there")
    while not stop.is_set():
        publisher.endpoint(lib.PLIB_KIND_PUBLISHER, b"/crowd", b"x/msg/X")
        publisher.request("plib_msg_destroy", lib.PLIB_MSG_DESTROY, entity=1)
    subscribers.socket.shutdown(socket.SHUT_RDWR)
    reading.join()
    return "served in turn"


def read_all(client: RawClient) -> None:
    """Let go of what ended, as subscribers do, until the connection ends."""
    with contextlib.suppress(OSError):
        while True:
            message, _ = client.receive()
            if message.header.type == lib.PLIB_MSG_UNMATCH:
                match = message.unmatch.match
                client.send(messages.build("plib_msg_object", lib.PLIB_MSG_RELEASED, object=match))


def main() -> None:
    """Attack until the line that ends it."""
    ways = (malformed, truncated, oversized, requests, connections, descriptors, quota, crowd)
    way = {each.__name__: each for each in ways}
    stop = threading.Event()
    result: list[str] = []
    thread = threading.Thread(target=lambda: result.append(way[sys.argv[1]](stop)))
    thread.start()
    say("at work")
    while hear() != "stop":
        pass
    stop.set()
    thread.join()
    say(*result)
    os._exit(0)


if __name__ == "__main__":
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main()

"""A subscriber that opens the read-only descriptor of a publisher's ring anew, to write to it."""

from __future__ import annotations

import mmap
import os

from attacker import RawClient, hear, say

from plib_py._native import lib


def attack(fd: int) -> str:
    """Overwrite the publisher's ring."""
    try:
        writable = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
        with mmap.mmap(writable, 0, mmap.MAP_SHARED, mmap.PROT_WRITE | mmap.PROT_READ) as memory:
            memory[:64] = b"\xff" * 64
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "done"


def main() -> None:
    """Become a reader, then attack."""
    client = RawClient()
    client.hello()
    client.endpoint(lib.PLIB_KIND_SUBSCRIPTION, b"/victims", b"attack_msgs/msg/Numbers")
    while not client.descriptors(lib.PLIB_OBJECT_SEGMENT):
        message, fd = client.receive()
        if message.header.type == lib.PLIB_MSG_MAP:
            client.maps[message.map.object] = (message.map, fd)
            if message.map.kind == lib.PLIB_OBJECT_PEER_OWN:
                client.mapped(message.map.object)
    say("reads")
    hear()
    say(attack(client.descriptors(lib.PLIB_OBJECT_SEGMENT)[0]))
    hear()


if __name__ == "__main__":
    main()

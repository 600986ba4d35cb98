"""Leaves its connection and its record of calls to a child, and ends.

The child says "dropped" when plibd closes the connection. At a line it makes the record say that
the process it came from has been in a call for long.
"""

from __future__ import annotations

import mmap
import os
import select
import sys
import time
from typing import Any

from attacker import RawClient, hear, say

from plib_py._native import ffi, lib


class Leaver(RawClient):
    """Keeps its record of calls mapped."""

    calls: mmap.mmap

    def before_mapped(self, one: Any, fd: int | None) -> None:
        """Map it as the library does, though not private to this process."""
        if one.kind == lib.PLIB_OBJECT_CALLS and fd is not None:
            self.calls = mmap.mmap(fd, one.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


def main() -> None:
    """Join, fork, end."""
    client = Leaver()
    client.hello()
    if os.fork() != 0:
        os._exit(0)
    os.setsid()  # a number is not used again while it names a session
    say("left")
    ready, _, _ = select.select([client.socket, sys.stdin], [], [], 60)
    if client.socket in ready:
        say("dropped" if client.socket.recv(64) == b"" else "spoken to")
        return
    hear()
    record = ffi.from_buffer("struct plib_call *", client.calls)
    record.thread = 1
    record.entered = time.monotonic_ns() - 10**10
    record.function = lib.PLIB_CALL_TAKE
    hear()


if __name__ == "__main__":
    main()

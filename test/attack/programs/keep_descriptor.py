"""A publisher that keeps the descriptor of its ring, to change it behind its readers' backs.

keep_descriptor.py WAY      makes the ring, waits for a line, attacks, says what came of it
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import sys
from typing import Any

from attacker import RawClient, hear, libc, outcome, say

from plib_py._native import lib

F_ADD_SEALS, F_SEAL_SEAL = 1033, 0x01
PUNCH_HOLE = 0x01 | 0x02


class Keeper(RawClient):
    """Keeps a duplicate of each descriptor; seals first when it is told to."""

    seals_first = False
    chmods_first = False

    def before_mapped(self, one: Any, fd: int | None) -> None:
        """Before plibd seals it."""
        if one.kind != lib.PLIB_OBJECT_RING_OWN:
            return
        if self.seals_first:
            fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL)
        if self.chmods_first:
            try:
                os.fchmod(fd, 0o666)
            except PermissionError:
                say("refused")
                sys.exit()


def attack(way: str, fd: int) -> str:
    """Do it; return what came of it."""
    try:
        if way == "ftruncate":
            os.ftruncate(fd, 0)
        elif way == "write":
            os.pwrite(fd, b"\xff" * 4096, 0)
        elif way == "mmap":
            mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        elif way == "reopen":
            os.close(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
        elif way == "PUNCH_HOLE":
            size = ctypes.c_long(4096)
            return outcome(libc.fallocate(fd, PUNCH_HOLE, ctypes.c_long(0), size))
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "done"


def main() -> None:
    """Attack an own ring."""
    way = sys.argv[1]
    client = Keeper()
    client.seals_first = way == "seal first"
    client.chmods_first = way == "chmod first"
    client.hello()
    try:
        client.endpoint(lib.PLIB_KIND_PUBLISHER, b"/kept", b"attack_msgs/msg/Numbers")
    except (ConnectionError, OSError):
        say("dropped")
        return
    say("made")
    hear()
    with contextlib.suppress(IndexError):
        say(attack(way, client.descriptors(lib.PLIB_OBJECT_RING_OWN)[0]))
    hear()


if __name__ == "__main__":
    assert errno.EPERM
    main()

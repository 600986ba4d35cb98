"""Joins as somebody else: forge.py PREFIX     prints the prefix that plibd gives it"""

from __future__ import annotations

import sys

from attacker import RawClient, say

from plib_py._native import ffi, lib


def main() -> None:
    """Show plibd the prefix that everybody knows instead of the secret that nobody does."""
    wanted = bytes.fromhex(sys.argv[1])
    client = RawClient()
    reply = client.hello(wanted.ljust(lib.PLIB_SECRET_SIZE, b"\0"))
    given = bytes(ffi.buffer(reply.gid_prefix))[: lib.PLIB_GID_PREFIX_SIZE]
    say("its name" if given == wanted else "another name")


if __name__ == "__main__":
    main()

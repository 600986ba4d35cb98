"""Tries to read the replies to another participant's client: eavesdrop.py PREFIX"""

from __future__ import annotations

import os
import sys

from attacker import RawClient, say

from plib_py._native import ffi, lib


def main() -> None:
    """Ask plibd for the stream."""
    client = RawClient()
    client.hello()
    reply = client.endpoint(
        lib.PLIB_KIND_REPLY_READER, f"reply:{sys.argv[1]}00000002".encode(), b"x/srv/X"
    )
    say("given" if reply.status == 0 else os.strerror(-reply.status))
    say(ffi.string(reply.text).decode())


if __name__ == "__main__":
    main()

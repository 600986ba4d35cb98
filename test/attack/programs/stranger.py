"""Joins, if plibd lets it, and says as whom or why not; stays until told to end."""

from __future__ import annotations

from attacker import RawClient, hear, say

from plib_py._native import ffi


def main() -> None:
    """Do it."""
    client = RawClient()
    reply = client.hello()
    if reply.status == 0:
        say("user", reply.uid)
    else:
        say("refused:", ffi.string(reply.text).decode())
    hear()


if __name__ == "__main__":
    main()

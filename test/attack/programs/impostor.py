"""Listens where somebody else expects its own plibd: impostor.py SOCKET"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from attacker import say


def main() -> None:
    """Wait for a victim, and tell what it says."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(sys.argv[1])
    Path(sys.argv[1]).chmod(0o777)
    listener.listen(16)
    say("listening")
    while True:
        connection, _ = listener.accept()
        data = connection.recv(8192)
        say(f"{len(data)} bytes" if data else "nothing")
        if data:
            return


if __name__ == "__main__":
    main()

"""What plibd and a service manager tell each other (sd_listen_fds(3), sd_notify(3))."""

from __future__ import annotations

import os
import socket

FIRST = 3  # the descriptor that follows stdin, stdout and stderr


def inherited_socket() -> socket.socket | None:
    """Return the listening socket that the service manager opened, None when it did not.

    Raises
    ------
    OSError
        It is not a socket of the kind that participants connect to.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    if pid != str(os.getpid()) or count in ("", "0"):
        return None
    listening = socket.socket(fileno=FIRST)
    kind = (listening.family, listening.type)
    if count != "1" or kind != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
        raise OSError("the service manager's socket is no ListenSequentialPacket= with a path")
    listening.set_inheritable(False)
    listening.setblocking(False)
    return listening


def notify(state: str) -> None:
    """Tell the service manager, if there is one: ``READY=1``, ``STATUS=...``."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        manager.connect("\0" + address[1:] if address.startswith("@") else address)
        manager.sendall(state.encode())

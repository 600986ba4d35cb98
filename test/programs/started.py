"""A plibd that participants started by themselves."""

import os
import select
import signal
from pathlib import Path

from plib_py import system as plib_system


def stop_daemon(socket: str) -> None:
    """End the plibd that a participant started on demand; it must leave nothing behind."""
    daemon = plib_system.find_daemon()
    assert daemon is not None
    assert (daemon.socket, daemon.uid) == (socket, os.geteuid())
    pidfd = os.pidfd_open(daemon.pid)
    signal.pidfd_send_signal(pidfd, signal.SIGTERM)
    assert select.select([pidfd], [], [], 30)[0]
    os.close(pidfd)
    assert list(Path(socket).parent.iterdir()) == []

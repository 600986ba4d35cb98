"""What plibd does when the system has no descriptors or memory left for it."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import socket

from plib_py.daemon.messages import RefusalError

NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


def refusal(error: OSError) -> RefusalError:
    """Return what to tell the participant for whom something could not be had."""
    if error.errno == errno.EMFILE:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        text = (
            f"plibd has {limit} files open, which is all that it may: raise the limit of its "
            "process (LimitNOFILE= of its service, or ulimit -n where it is started)"
        )
    elif error.errno == errno.ENFILE:
        text = "as many files are open as the system admits: raise the sysctl fs.file-max"
    else:
        text = f"plibd gets no shared memory from the system: {os.strerror(error.errno or 0)}"
    return RefusalError(error.errno or errno.EIO, text)


class Spare:
    """A descriptor that is kept back.

    With it, who connects when there is no other left is turned away. Else the connection would
    wait, and plibd would be told of it again and again.
    """

    def __init__(self) -> None:
        self._fd: int | None = None
        self._open()

    def turn_away(self, listening: socket.socket) -> None:
        """Accept a connection and close it."""
        self.close()
        with contextlib.suppress(OSError):
            listening.accept()[0].close()
        with contextlib.suppress(OSError):  # another process was quicker: next time
            self._open()

    def close(self) -> None:
        """Give it back."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self) -> None:
        self._fd = os.open("/", os.O_PATH | os.O_CLOEXEC)

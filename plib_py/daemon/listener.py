"""plibd's socket: where it is, who may connect, and how two plibds end as one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path

from plib_py._native import ffi, lib


class AlreadyRunningError(Exception):
    """Another plibd serves this socket."""


def default_path() -> str:
    """Return the socket that participants of this user look for."""
    buffer = ffi.new("char[256]")
    error = lib.plib_socket_path(ffi.NULL, buffer, 256)
    if error != 0:
        raise OSError(-error, ffi.string(lib.plib_error_text()).decode())
    return str(ffi.string(buffer).decode())


class Listener:
    """The listening socket at ``path``.

    The directory is locked while a plibd starts or ends (see ``launch.c``): a participant that
    starts plibd lets it inherit the lock as ``lock_fd``. The socket of a service manager that
    ``inherited`` is stays the manager's.
    """

    def __init__(
        self,
        path: str,
        mode: int,
        group: int | None,
        lock_fd: int | None = None,
        inherited: socket.socket | None = None,
    ) -> None:
        self.path = path
        self._inode: int | None = None
        if inherited is not None:
            self.socket = inherited
            return
        self._directory = str(Path(path).parent)
        Path(self._directory).mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (
            os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY) if lock_fd is None else lock_fd
        )
        try:
            if lock_fd is None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            self._refuse_second()
            self.socket = self._bind(mode, group)
        finally:
            os.close(lock)

    def _refuse_second(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
            try:
                probe.connect(self.path)
            except OSError:
                return
        raise AlreadyRunningError(f"another plibd listens at {self.path}")

    def _bind(self, mode: int, group: int | None) -> socket.socket:
        with contextlib.suppress(FileNotFoundError):
            Path(self.path).unlink()  # left by a plibd that was killed
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        # Nobody else may connect before the mode is what was asked for.
        umask = os.umask(0o177)
        try:
            listening.bind(self.path)
        finally:
            os.umask(umask)
        if group is not None:
            os.chown(self.path, -1, group)
        Path(self.path).chmod(mode)
        listening.listen(1024)
        self._inode = Path(self.path).stat().st_ino
        return listening

    def _owns_path(self) -> bool:
        with contextlib.suppress(OSError):
            return Path(self.path).stat().st_ino == self._inode
        return False

    def try_retire(self) -> bool:
        """Stop listening if nobody is starting a plibd here; ``False``: stay.

        A participant may have connected between the last look and this call: such a connection is
        closed unanswered, and its participant looks again and starts another plibd.
        """
        if self._inode is None:
            self.close()
            return True
        lock = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            self.close()
            return True
        finally:
            os.close(lock)

    def close(self) -> None:
        """Remove the socket and stop listening."""
        if self.socket.fileno() >= 0 and self._owns_path():
            Path(self.path).unlink()
        self.socket.close()

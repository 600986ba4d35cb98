"""plibd's socket: where it is, who may connect, and how two plibds end as one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import time
from pathlib import Path

from plib_py._native import ffi, lib
from plib_py.daemon.client import peer_process

PATIENCE = 10.0  # seconds, for the start or end of another plibd


class _Lock:
    """The lock under which plibds start and end at ``socket``: a file that no other user may open.

    It is there only while it is held, and removed by whoever holds it.
    """

    def __init__(self, socket: str, inherited: int | None = None) -> None:
        self._path = Path(socket).with_name("plibd.lock")
        self._fd = inherited

    def try_lock(self) -> bool:
        """Lock it; ``False``: somebody else holds it."""
        flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        if os.fstat(lock).st_nlink == 0:  # by whoever held it before
            os.close(lock)
            return False
        self._fd = lock
        return True

    def lock(self) -> None:
        """Wait until nobody else starts or ends a plibd here, but no longer than that takes."""
        end = time.monotonic() + PATIENCE
        while self._fd is None and time.monotonic() < end:
            if not self.try_lock():
                time.sleep(0.01)

    def unlock(self) -> None:
        """Give it back, if it is held."""
        if self._fd is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = None


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

    A file beside it is locked while a plibd starts or ends (see ``launch.c``): a participant that
    starts plibd lets it inherit the lock as ``lock_fd``. The socket of a service manager that
    ``inherited`` is stays the manager's.

    With ``replace`` it takes the place of the plibd that listens there, if one does, and ends that
    one. At each moment one of the two is there to connect to.
    """

    def __init__(
        self,
        path: str,
        mode: int,
        group: int | None,
        lock_fd: int | None = None,
        inherited: socket.socket | None = None,
        replace: bool = False,
    ) -> None:
        self.path = path
        self.removed = False  # at its end
        self._inode: int | None = None
        if inherited is not None:
            self.socket = inherited
            return
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _Lock(path, lock_fd)
        try:
            lock.lock()
            other = self._find_other()
            if other is None:
                self.socket = self._bind(mode, group)
            elif replace:
                with contextlib.closing(other):
                    self._take_over(other, mode, group)
            else:
                other.close()
                raise AlreadyRunningError(f"another plibd listens at {self.path}")
        finally:
            lock.unlock()

    def _find_other(self) -> socket.socket | None:
        """Return a connection to the plibd that listens, None when none does."""
        probe = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            probe.connect(self.path)
        except OSError:
            probe.close()
            return None
        return probe

    def _take_over(self, other: socket.socket, mode: int, group: int | None) -> None:
        """Put a socket in place of another plibd's, and end that one.

        Raises
        ------
        OSError
            It cannot be ended, and was left alone; or it does not end.
        """
        try:
            pid, process = peer_process(other)
        except OSError as error:  # it has no number here
            raise OSError(f"the plibd at {self.path} runs outside of this container") from error
        try:
            signal.pidfd_send_signal(process, 0)
            self.socket = self._bind(mode, group, replace=True)
            with contextlib.suppress(ProcessLookupError):  # it may end by itself
                signal.pidfd_send_signal(process, signal.SIGTERM)
            if not select.select([process], [], [], PATIENCE)[0]:
                raise OSError(f"the plibd at {self.path}, process {pid}, does not end: kill it")
        except PermissionError as error:
            raise OSError(
                f"the plibd at {self.path} is somebody else's: its user or root replaces it"
            ) from error
        finally:
            os.close(process)

    def _bind(self, mode: int, group: int | None, *, replace: bool = False) -> socket.socket:
        final = Path(self.path)
        place = final.with_name(".new") if replace else final
        with contextlib.suppress(FileNotFoundError):
            place.unlink()  # left by a plibd that was killed
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        # Nobody else may connect before the mode is what was asked for.
        umask = os.umask(0o177)
        try:
            listening.bind(str(place))
        finally:
            os.umask(umask)
        if group is not None:
            os.chown(place, -1, group)
        place.chmod(mode)
        listening.listen(1024)
        self._inode = place.stat().st_ino
        if replace:
            place.rename(final)
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
        lock = _Lock(self.path)
        if not lock.try_lock():
            return False
        try:
            self.close()
        finally:
            lock.unlock()
        return True

    def close(self) -> None:
        """Remove the socket, unless another plibd's is in its place, and stop listening."""
        if self.socket.fileno() >= 0 and self._owns_path():
            Path(self.path).unlink()
            self.removed = True
        self.socket.close()

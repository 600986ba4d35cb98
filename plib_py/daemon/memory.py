"""Shared memory: how a segment is made, sealed and handed out.

plibd makes each object, fixes its size, and gives its one writer a writable descriptor. The writer
maps it, closes the descriptor and says so; then plibd seals the object against any further writable
mapping, write or hole, checks that all is as it left it, and only now others get it, read-only.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import stat
import time
from typing import TYPE_CHECKING

from plib_py.daemon.exhaustion import refusal

if TYPE_CHECKING:
    from plib_py.daemon.client import Client

F_ADD_SEALS = 1033
F_GET_SEALS = 1034
F_SEAL_SEAL = 0x01
F_SEAL_SHRINK = 0x02
F_SEAL_GROW = 0x04
F_SEAL_FUTURE_WRITE = 0x10
F_SEAL_EXEC = 0x20
MFD_NOEXEC_SEAL = 0x08
PAGE = 4096

SIZE_SEALS = F_SEAL_SHRINK | F_SEAL_GROW
FINAL_SEALS = SIZE_SEALS | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL

# What was written under one label may be read by whoever may read the label's writers.
Label = tuple[object, ...]

# Ids are never used twice, not even by the next plibd: they start at this one's start time.
_ids = itertools.count(time.time_ns())


def next_id() -> int:
    """Return an id for an object or a match, unique across restarts."""
    return next(_ids)


class TamperedError(Exception):
    """A writer changed what plibd relies on (seals, size, mode) before it could be sealed."""


def _memfd(name: str) -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create(name, flags | MFD_NOEXEC_SEAL)
    except OSError:  # Linux before 6.3 does not know the flag
        return os.memfd_create(name, flags)


class SharedObject:
    """One sealed memfd.

    Parameters
    ----------
    kind
        ``enum plib_object_kind`` as its writer maps it.
    size
        Bytes; rounded up to whole pages.
    owner
        The client that writes it; ``None``: plibd itself.
    uid
        Of a peer page: the user whose processes read it.
    control_size
        Of a ring: bytes before the payload.

    Raises
    ------
    RefusalError
        The system has no descriptor or memory for it.
    """

    def __init__(
        self, kind: int, size: int, owner: Client | None, uid: int = 0, control_size: int = 0
    ) -> None:
        self.id = next_id()
        self.kind = kind
        self.size = (size + PAGE - 1) // PAGE * PAGE
        self.owner = owner
        self.uid = uid
        self.control_size = control_size
        self.ready = False
        self.dead = False
        self.users = 0  # matches whose reader has not let go of it
        self.mapped_by: set[Client] = set()
        self.label: Label = ()
        self.given_to: set[int] = set()  # users who ever got it; a hostile one keeps it mapped
        self._writable: int | None = None
        self.read_only: int | None = None
        try:
            self._create()
        except OSError as error:
            self.close()
            raise refusal(error) from error

    def _create(self) -> None:
        self._writable = _memfd("plib")
        os.ftruncate(self._writable, self.size)
        # A memfd's mode is 0777: another user who holds a descriptor could open it anew, writable.
        os.fchmod(self._writable, 0o400)
        fcntl.fcntl(self._writable, F_ADD_SEALS, SIZE_SEALS)
        self.read_only = os.open(f"/proc/self/fd/{self._writable}", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def writable(self) -> int:
        """The descriptor for its writer, until it is sealed."""
        if self._writable is None:
            raise ValueError("sealed")
        return self._writable

    def seal(self) -> None:
        """Seal it for good after its writer has mapped it, and check it.

        Raises
        ------
        TamperedError
            Its seals, size or mode are not what plibd made.
        """
        if self._writable is None:
            return
        fd = self._writable
        try:
            fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
        except OSError as error:
            raise TamperedError("its writer sealed it first") from error
        seals = fcntl.fcntl(fd, F_GET_SEALS) & ~F_SEAL_EXEC
        status = os.fstat(fd)
        if seals != FINAL_SEALS or status.st_size != self.size:
            raise TamperedError(f"seals {seals:#x}, {status.st_size} bytes")
        if stat.S_IMODE(status.st_mode) != 0o400:
            raise TamperedError(f"mode {stat.S_IMODE(status.st_mode):o}")
        os.close(fd)
        self._writable = None
        self.ready = True

    def close(self) -> None:
        """Close plibd's descriptors; mappings live on in the processes that have them."""
        for fd in (self._writable, self.read_only):
            if fd is not None:
                os.close(fd)
        self._writable = None
        self.read_only = None

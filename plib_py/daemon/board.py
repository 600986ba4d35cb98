"""The board: the ROS graph of one domain id, in memory that its participants read."""

from __future__ import annotations

import errno
import heapq
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon.memory import SharedObject
from plib_py.daemon.messages import RefusalError


class Board:
    """Nodes and endpoints of one domain id, written by plibd alone."""

    def __init__(self) -> None:
        self.object = SharedObject(lib.PLIB_OBJECT_BOARD, lib.PLIB_BOARD_SIZE, None)
        self._address = lib.plib_daemon_map(self.object.writable, self.object.size, 1)
        if self._address == ffi.NULL:
            self.object.close()
            raise MemoryError("cannot map the board")
        self.object.seal()
        self._free: list[int] = []
        self._count = 0

    def add(self, record: Any) -> int:
        """Put a ``struct plib_board_record`` on the board; return its place.

        Raises
        ------
        RefusalError
            The domain has as many nodes and endpoints as the board holds.
        """
        if self._free:
            place = heapq.heappop(self._free)
        elif self._count < lib.PLIB_BOARD_MAX:
            place = self._count
            self._count += 1
        else:
            raise RefusalError(
                errno.EDQUOT,
                f"this domain already has {lib.PLIB_BOARD_MAX} nodes and endpoints, which is all "
                "that plibd keeps: use another ROS_DOMAIN_ID",
            )
        lib.plib_board_write(self._address, place, record)
        return place

    def remove(self, place: int) -> None:
        """Free a place."""
        lib.plib_board_write(self._address, place, ffi.new("struct plib_board_record *"))
        heapq.heappush(self._free, place)

    def publish(self) -> None:
        """Have readers see the changes since the last call."""
        lib.plib_board_publish(self._address, self._count)

    def close(self) -> None:
        """Unmap it and close its descriptor."""
        lib.plib_daemon_unmap(self._address, self.object.size)
        self.object.close()

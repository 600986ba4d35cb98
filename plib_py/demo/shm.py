"""What a middleware leaves in /dev/shm."""

import contextlib
import fcntl
import os
from pathlib import Path

_FOLDER = Path("/dev/shm")
_FAST_DDS = ("fastdds_", "fastrtps_", "sem.fastdds_", "sem.fastrtps_")


class SharedMemoryFiles:
    """The files that were there when it was created, to tell later ones from."""

    def __init__(self) -> None:
        self._before = self._names()

    def remove_new(self) -> int:
        """Count the files that have come and that no process uses, and remove those of Fast DDS.

        Returns
        -------
        int
            How many there were.
        """
        left = [name for name in self._names() - self._before if not _in_use(name)]
        for name in left:
            if name.startswith(_FAST_DDS):
                with contextlib.suppress(OSError):
                    (_FOLDER / name).unlink()
        return len(left)

    @staticmethod
    def _names() -> set[str]:
        try:
            return {path.name for path in _FOLDER.iterdir()}
        except OSError:
            return set()


def _in_use(name: str) -> bool:
    """Tell whether a process holds a lock of the Fast DDS segment that the file belongs to."""
    segment = name.removeprefix("sem.").removesuffix("_mutex")
    segment = segment.removesuffix("_el").removesuffix("_sl")
    return any(_is_locked(_FOLDER / f"{segment}{suffix}") for suffix in ("_el", "_sl"))


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False

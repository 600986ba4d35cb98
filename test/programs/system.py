"""What the kernel says about processes: their descriptors and their shared memory."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0  # seconds; a machine may be busy, a hang is longer
ACCEPTS = 0x10000  # __SO_ACCEPTCON
SLEEPING = {"202", "230", "232", "271", "281", "449"}


def wait_until(condition: Callable[[], bool], otherwise: str, patience: float = PATIENCE) -> None:
    """Look again and again until something holds that no event announces; fail if it does not."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"within {patience:g} s: {otherwise}"
        time.sleep(0.005)


def listens(path: str) -> bool:
    """Return whether somebody listens at a Unix socket, which has its name before that."""
    # Number, users, protocol, flags, type, state, inode and name, where it has one.
    entries = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return any(entry[7:] == [path] and int(entry[3], 16) & ACCEPTS for entry in entries)


def sleeps(pid: int) -> bool:
    """Return whether a process's main thread waits in the kernel."""
    return Path(f"/proc/{pid}/syscall").read_text().split()[0] in SLEEPING


def descriptors_of(pid: int) -> int:
    """Return the number of a process's open descriptors."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory_descriptors_of(pid: int) -> list[str]:
    """Return the targets of a process's open descriptors that are shared memory."""
    return [target for target, _ in memory_modes_of(pid)]


def memory_modes_of(pid: int) -> list[tuple[str, tuple[int, int]]]:
    """Return those descriptors' targets, with the modes of the memory and of the descriptor."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
            modes = entry.stat().st_mode, entry.lstat().st_mode
        except FileNotFoundError:
            continue  # closed since it was listed
        if "memfd:" in target:
            found.append((target, modes))
    return found


@dataclass(frozen=True)
class Mapping:
    """One of plib's segments in a process."""

    inode: int
    start: int
    end: int
    writable: bool
    sealed: bool  # by mseal
    resident: int  # KiB
    key: int  # protection key, 0: none


HEADER = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+) +/memfd:plib")


def mappings_of(pid: int) -> list[Mapping]:
    """Return plib's segments that a process has mapped."""
    mappings: list[Mapping] = []
    current: re.Match[str] | None = None
    resident = 0
    key = 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"^[0-9a-f]+-[0-9a-f]+ ", line):
            current = HEADER.match(line)
            key = 0
        elif current and line.startswith("Rss:"):
            resident = int(line.split()[1])
        elif current and line.startswith("ProtectionKey:"):
            key = int(line.split()[1])
        elif current and line.startswith("VmFlags:"):
            flags = line.split()[1:]
            start, end, mode, inode = current.groups()
            mappings.append(
                Mapping(
                    inode=int(inode),
                    start=int(start, 16),
                    end=int(end, 16),
                    writable="w" in mode,
                    sealed="sl" in flags,
                    resident=resident,
                    key=key,
                )
            )
    return mappings

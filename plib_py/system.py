"""The host: what it has, where plibd listens, and what is installed."""

import errno
import importlib.metadata
import os
import platform
import shutil
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

import plib_py
from plib_py._native import ffi, lib
from plib_py.errors import DaemonUnavailable, PermissionDenied, check

_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Daemon:
    """A plibd that listens.

    Attributes
    ----------
    socket : str
        Where.
    pid, uid : int
        Its process and user, as the kernel says; 0 for a process that has no number here.
    """

    socket: str
    pid: int
    uid: int

    @property
    def is_outside(self) -> bool:
        """Whether it runs outside of the container that this process is in."""
        return self.pid == 0


def socket_path(option: str | None = None) -> str:
    """Return the socket that a participant with this ``socket`` option uses. Setup."""
    path = ffi.new("char[]", 4096)
    chosen = ffi.NULL if option is None else ffi.new("char[]", os.fsencode(option))
    check(lib.plib_socket_path(chosen, path, len(path)), "no path for plibd's socket")
    return os.fsdecode(ffi.string(path))


def find_daemon(option: str | None = None) -> Daemon | None:
    """Return the plibd that listens, or None; never starts one. Setup.

    Raises
    ------
    PermissionDenied
        Its socket excludes this user.
    DaemonUnavailable
        There is a socket, but it cannot be connected to.
    """
    path = socket_path(option)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(path)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        except PermissionError as error:
            raise PermissionDenied(
                f"permission denied on plibd's socket {path}", errno.EACCES
            ) from error
        except OSError as error:
            raise DaemonUnavailable(
                f"plibd does not answer at {path}: {error}", error.errno or 0
            ) from error
        credentials = connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
        )
    pid, uid, _ = struct.unpack("3i", credentials)
    return Daemon(path, pid, uid)


def version() -> str:
    """Return plib's version."""
    # As pip and as colcon install it.
    for distribution in ("rmw-plib", "plib_py"):
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def cpu_model() -> str:
    """Return the name of the CPU, or its architecture when Linux does not know it."""
    for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def find_program(name: str) -> str | None:
    """Return the path of ``plib`` or ``plibd``, of this installation if it has one."""
    for prefix in _prefixes():
        candidate = prefix / "bin" / name
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return str(candidate)
    return shutil.which(name)


def find_library(name: str) -> str | None:
    """Return the path of a library of this installation, or of the folders the linker looks in."""
    folders = [prefix / "lib" for prefix in _prefixes()]
    folders += [Path(folder) for folder in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)]
    return next((str(folder / name) for folder in folders if (folder / name).is_file()), None)


def find_share(name: str) -> Path | None:
    """Return a folder below share/rmw_plib of this installation, None when it lacks it."""
    folders = (prefix / "share" / "rmw_plib" / name for prefix in _prefixes())
    return next((folder for folder in folders if folder.is_dir()), None)


def _prefixes() -> list[Path]:
    """Return where this installation's lib/ and bin/ may be: above this package."""
    return list(Path(plib_py.__file__).resolve().parents)[1:6]

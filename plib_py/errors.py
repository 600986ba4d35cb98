# ruff: noqa: N818 - the names say what happened, as TimeoutError's siblings without "Error" do.
"""What can go wrong, as exceptions; each carries the text of the C library.

Those that have a counterpart in Python derive from it too: ``except TimeoutError`` works.
"""

import errno
import os
from typing import Any

from plib_py._native import ffi, lib


class Error(Exception):
    """Base of all exceptions of plib.

    Attributes
    ----------
    errno : int
        The C library's error number (positive), or 0.
    published : int
        From `Publisher.publish_many`: how many messages had been published before.
    """

    published = 0

    errno: Any  # OSError, from which some of the classes derive too, declares it so.

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.errno = code

    def __str__(self) -> str:
        return self.text


class DaemonUnavailable(Error, ConnectionError):
    """No plibd could be reached or started, or it went away."""


class PermissionDenied(Error, PermissionError):
    """The permissions of plibd's socket, or its policy, exclude this user."""


class ProtocolMismatch(Error):
    """The running plibd is of another version than this library."""


class Unsupported(Error):
    """The kernel lacks what plib needs."""


class InvalidArgument(Error, ValueError):
    """An argument is out of range."""


class QuotaExceeded(Error):
    """A quota of plibd, or the participant's memory limit, is used up."""


class MessageTooLarge(Error):
    """The message is larger than the participant's memory limit."""


class Timeout(Error, TimeoutError):
    """The time passed before it happened."""


class MalformedMessage(Error, ValueError):
    """What was received is no message of the type."""


class ServiceUnavailable(Error, ConnectionError):
    """The service's last server went away before it answered."""


class Busy(Error):
    """Too many samples are held, or a loan is out."""


class Closed(Error):
    """The object was closed, or belongs to the process that this one was forked from."""


_CLASSES: dict[int, type[Error]] = {
    errno.ECONNREFUSED: DaemonUnavailable,
    errno.ENOTCONN: DaemonUnavailable,
    errno.ENOENT: DaemonUnavailable,
    # Only set-up calls are turned into exceptions by number: their deadline is plibd's.
    errno.ETIMEDOUT: DaemonUnavailable,
    errno.EACCES: PermissionDenied,
    errno.EPERM: PermissionDenied,
    errno.EPROTO: ProtocolMismatch,
    errno.ENOSYS: Unsupported,
    errno.EINVAL: InvalidArgument,
    errno.ENAMETOOLONG: InvalidArgument,
    errno.EDQUOT: QuotaExceeded,
    errno.ENOMEM: QuotaExceeded,
    errno.ENOSPC: QuotaExceeded,
    errno.EMSGSIZE: MessageTooLarge,
    errno.EBUSY: Busy,
}


def from_code(status: int, doing: str) -> Error:
    """Return the exception for a C function's result.

    Parameters
    ----------
    status : int
        A negative errno value, as the calling thread's last C call returned it.
    doing : str
        What failed, for the beginning of the text.
    """
    text = ffi.string(lib.plib_error_text()).decode(errors="replace")
    return _CLASSES.get(-status, Error)(f"{doing}: {text or errno_text(status)}", -status)


def check(status: int, doing: str) -> None:
    """Raise the exception for a negative C result; see `from_code`."""
    if status < 0:
        raise from_code(status, doing)


def errno_text(status: int) -> str:
    """Return the system's words for a negative errno value."""
    return os.strerror(-status)

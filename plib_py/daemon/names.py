"""Names that participants choose, which others then read in lists, logs and terminals."""

from __future__ import annotations

import errno
import re

from plib_py.daemon.messages import RefusalError

_TOKEN = r"[A-Za-z_][A-Za-z0-9_]*"
_NODE = re.compile(_TOKEN)
_PATH = re.compile(rf"(/{_TOKEN})+")
_TYPE = re.compile(rf"{_TOKEN}(/{_TOKEN})*")
# Of an endpoint that avoids ROS's namespaces, as DDS has them; also plib's own streams of replies.
_FOREIGN = re.compile(r"[ -.0-~][ -~]*")


def topic(name: bytes) -> bytes:
    """Return a topic's or service's name, if it is one.

    Raises
    ------
    RefusalError
        It is neither a full name of ROS's nor, without a leading slash, printable ASCII.
    """
    if name.startswith(b"/"):
        return _check("topic or service name", name, _PATH, 'of the form "/camera/image_raw"')
    return _check("topic or service name", name, _FOREIGN, "printable ASCII, and not empty")


def type_name(name: bytes) -> bytes:
    """Return a type's name, or raise `RefusalError`."""
    return _check("type name", name, _TYPE, 'of the form "std_msgs/msg/String"')


def node(name: bytes) -> bytes:
    """Return a node's name, or raise `RefusalError`."""
    return _check("node name", name, _NODE, "letters, digits and _, with no digit first")


def namespace(name: bytes) -> bytes:
    """Return a node's namespace, or raise `RefusalError`; "" and "/" are the root."""
    return _check_path("namespace", name, '"/" or of the form "/robot/arm"')


def enclave(name: bytes) -> bytes:
    """Return a security enclave's name, or raise `RefusalError`; "" and "/" are the root."""
    return _check_path("enclave", name, '"/" or of the form "/robot/arm"')


def printable(text: bytes | str) -> str:
    """Return what a process says of itself, with what no line of a log is to have written out.

    That is its program's name and path, which are not refused: any file may be called anything.
    """
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def _check_path(what: str, name: bytes, form: str) -> bytes:
    return name if name in (b"", b"/") else _check(what, name, _PATH, form)


def _check(what: str, name: bytes, pattern: re.Pattern[str], form: str) -> bytes:
    text = name.decode("latin-1")  # no pattern has more than ASCII
    if pattern.fullmatch(text):
        return name
    shown = ascii(name.decode(errors="backslashreplace"))
    if len(shown) > 100:  # a reply has little room, and what is wanted comes last
        shown = f"{shown[:100]}..."
    raise RefusalError(errno.EINVAL, f"invalid {what} {shown}: it has to be {form}")

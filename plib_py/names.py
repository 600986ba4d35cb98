"""Names of the ROS graph: validated, and expanded to full names."""

import re

from plib_py._native import lib
from plib_py.errors import InvalidArgument

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FULL = re.compile(rf"(/{_TOKEN.pattern})+")
_TYPE = re.compile(rf"{_TOKEN.pattern}(/{_TOKEN.pattern})*")


def check_node(name: str) -> str:
    """Return a node's name, or raise `InvalidArgument`."""
    return _check("node name", name, _TOKEN, "letters, digits and _, with no digit first")


def check_type(name: str) -> str:
    """Return a type's name, or raise `InvalidArgument`."""
    return _check("type name", name, _TYPE, 'of the form "std_msgs/msg/String"')


def full_namespace(namespace: str) -> str:
    """Return a namespace with its leading slash, or raise `InvalidArgument`."""
    _check_text("namespace", namespace)
    namespace = namespace if namespace.startswith("/") else f"/{namespace}"
    if namespace == "/":
        return namespace
    return _check("namespace", namespace, _FULL, 'of the form "/robot/arm"')


def full_topic(topic: str, namespace: str, node: str | None) -> str:
    """Return a topic's full name: relative ones are of the namespace, "~/" ones of the node.

    Raises
    ------
    InvalidArgument
        The name is malformed, or private without a node.
    """
    _check_text("topic", topic)
    prefix = "" if namespace == "/" else namespace
    full = topic
    if topic.startswith("~/"):
        if node is None:
            raise InvalidArgument(f"topic {topic!r} is a node's own, but there is no node")
        full = f"{prefix}/{node}/{topic[2:]}"
    elif not topic.startswith("/"):
        full = f"{prefix}/{topic}"
    return _check("topic", full, _FULL, 'of the form "/camera/image_raw"')


def _check_text(what: str, name: object) -> None:
    if not isinstance(name, str):
        raise InvalidArgument(f"invalid {what} {name!r}: it has to be a str")


def _check(what: str, name: str, pattern: re.Pattern[str], form: str) -> str:
    _check_text(what, name)
    if not pattern.fullmatch(name):
        raise InvalidArgument(f"invalid {what} {name!r}: it has to be {form}")
    if len(name) >= lib.PLIB_NAME_SIZE:
        raise InvalidArgument(f"{what} {name!r} is longer than {lib.PLIB_NAME_SIZE - 1} characters")
    return name

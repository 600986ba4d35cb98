"""What messages consist of, told alike for ROS's classes and those of `plib_py.messages`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

# As IDL, and with it ROS's classes, call what .msg files call otherwise.
_IDL_NAMES = {"bool": "boolean", "byte": "octet", "float32": "float", "float64": "double"}

INTEGERS = {
    f"{sign}int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if not sign else (0, 2**bits - 1)
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
}
FLOATS = ("float", "double", "long double")
TEXTS = ("string", "wstring")


@dataclass(frozen=True)
class Field:
    """A field of a message.

    Attributes
    ----------
    name : str
        As in the .msg file.
    attribute : str
        Of the message's class.
    base : str
        Its type, or its elements': "uint8", "octet", "boolean", "double", "string",
        "std_msgs/msg/Header".
    many : bool
        Whether it is an array or a sequence.
    size : int or None
        Of an array; None for sequences.
    bound : int or None
        The most elements of a sequence.
    text_bound : int or None
        The most characters of a string.
    """

    name: str
    attribute: str
    base: str
    many: bool = False
    size: int | None = None
    bound: int | None = None
    text_bound: int | None = None

    @property
    def nested(self) -> bool:
        """Whether it is of messages."""
        return "/" in self.base


def of(message: Any) -> tuple[Field, ...]:
    """Return the fields of a message or of a message's class."""
    return _of_class(message if isinstance(message, type) else type(message))


def type_name(message: Any) -> str:
    """Return "std_msgs/msg/String" for a message or a message's class."""
    kind = message if isinstance(message, type) else type(message)
    if hasattr(kind, "__msgtype__"):
        return str(kind.__msgtype__)
    package, folder = kind.__module__.split(".")[:2]
    return f"{package}/{folder}/{kind.__name__}"


@functools.cache
def _of_class(message_class: Any) -> tuple[Field, ...]:
    if hasattr(message_class, "__msgtype__"):
        made: tuple[Field, ...] = message_class.plib_fields
        return made
    names = message_class.get_fields_and_field_types()
    return tuple(map(_of_ros, names, message_class.SLOT_TYPES))


def _of_ros(name: str, slot: Any) -> Field:
    """Convert what rosidl_parser says of a field."""
    many = hasattr(slot, "value_type")
    element = slot.value_type if many else slot
    text_bound = None
    if hasattr(element, "namespaced_name"):
        base = "/".join(element.namespaced_name())
    elif hasattr(element, "typename"):
        base = element.typename
    else:
        base = "wstring" if "WString" in type(element).__name__ else "string"
        text_bound = getattr(element, "maximum_size", None)
    return Field(
        name,
        name,
        base,
        many,
        size=getattr(slot, "size", None) if many else None,
        bound=getattr(slot, "maximum_size", None) if many else None,
        text_bound=text_bound,
    )


def idl_name(basic: str) -> str:
    """Return what ROS's classes call a basic type of .msg files."""
    return _IDL_NAMES.get(basic, basic)

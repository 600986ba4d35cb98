"""YAML to messages, as ``ros2 topic pub`` and ``ros2 service call`` take it."""

from __future__ import annotations

import numbers
import time
from typing import Any

from plib_py import _fields, messages
from plib_py._fields import Field
from plib_py.errors import InvalidArgument

_TIME = "builtin_interfaces/msg/Time"
_HEADER = "std_msgs/msg/Header"
_NOW, _AUTO = "now", "auto"


class Filled:
    """A message made of YAML.

    Attributes
    ----------
    message
        The message.
    """

    def __init__(self, message: Any) -> None:
        self.message = message
        self._times: list[Any] = []

    def stamp(self) -> None:
        """Set the times that were given as "now", and those of headers given as "auto"."""
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        for each in self._times:
            each.sec, each.nanosec = seconds, nanoseconds

    def keep_current(self, moment: Any) -> None:
        """Have a time set by `stamp`."""
        self._times.append(moment)


def filled(message_class: Any, text: str) -> Filled:
    """Make a message and set the fields that YAML names.

    Parameters
    ----------
    message_class : type
        Of the message.
    text : str
        A mapping of the fields' names to values; empty: all have their defaults.

    Raises
    ------
    InvalidArgument
        It is no YAML, or not of that type's fields; the text tells where.
    """
    made = Filled(message_class())
    values = _parse(text)
    if values is not None:
        _fill(made, made.message, values, "")
    return made


def _parse(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidArgument(f"the values are no YAML: {error}") from error


def _fill(made: Filled, message: Any, values: Any, path: str) -> None:
    name = _fields.type_name(message)
    if not isinstance(values, dict):
        raise InvalidArgument(
            f"{path or 'the value'} has to be a mapping of the fields of {name}, not {values!r}"
        )
    fields = {field.name: field for field in _fields.of(message)}
    for key, value in values.items():
        field = fields.get(key)
        if field is None:
            has = ", ".join(fields) or "none"
            raise InvalidArgument(f"{name} has no field {key!r}; its fields: {has}")
        _set(made, message, field, value, f"{path}.{key}" if path else str(key))


def _set(made: Filled, message: Any, field: Field, value: Any, path: str) -> None:
    if field.nested and not field.many:
        nested = getattr(message, field.attribute)
        if field.base == _TIME and value == _NOW:
            made.keep_current(nested)
        elif field.base == _HEADER and value == _AUTO:
            made.keep_current(nested.stamp)
        else:
            _fill(made, nested, value, path)
        return
    converted: Any = _array(made, field, value, path) if field.many else _value(field, value, path)
    if field.base == "octet" and not hasattr(message, "__msgtype__"):
        # ROS's classes want bytes where others have numbers.
        converted = [bytes([each]) for each in converted] if field.many else bytes([converted])
    setattr(message, field.attribute, converted)


def _array(made: Filled, field: Field, values: Any, path: str) -> list[Any]:
    if not isinstance(values, list):
        raise InvalidArgument(f"{path} has to be a list, not {values!r}")
    if field.size is not None and len(values) != field.size:
        raise InvalidArgument(f"{path} has {field.size} elements, not {len(values)}")
    if field.bound is not None and len(values) > field.bound:
        raise InvalidArgument(f"{path} has at most {field.bound} elements, not {len(values)}")
    if not field.nested:
        return [_value(field, each, f"{path}[{index}]") for index, each in enumerate(values)]
    message_class = messages.get(field.base)
    made_here = [message_class() for _ in values]
    for index, (message, each) in enumerate(zip(made_here, values, strict=True)):
        _fill(made, message, each, f"{path}[{index}]")
    return made_here


def _value(field: Field, value: Any, path: str) -> Any:
    base = field.base
    if base in _fields.TEXTS:
        return _text(field, value, path)
    if base == "boolean":
        if not isinstance(value, bool):
            raise InvalidArgument(f"{path} has to be true or false, not {value!r}")
        return value
    if base in _fields.FLOATS:
        return _float(value, path)
    low, high = _fields.INTEGERS.get(base, (0, 255))
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidArgument(
            f"{path} has to be a whole number from {low} to {high}, not {value!r}"
        )
    return value


def _text(field: Field, value: Any, path: str) -> str:
    # A text that YAML takes for a number needs no quotes, as in ROS.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidArgument(f"{path} has to be a text, not {value!r}; quote it")
    text = str(value)
    if field.text_bound is not None and len(text) > field.text_bound:
        raise InvalidArgument(f"{path} has at most {field.text_bound} characters, not {len(text)}")
    return text


def _float(value: Any, path: str) -> float:
    if isinstance(value, str):
        # YAML 1.1 does not take 1e-3 for a number.
        try:
            return float(value)
        except ValueError:
            pass
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InvalidArgument(f"{path} has to be a number, not {value!r}")
    return float(value)

"""Messages as text: YAML and CSV as ``ros2 topic echo`` prints them, ROS's ``repr``, and JSON."""

from __future__ import annotations

import functools
import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plib_py import _fields
from plib_py._fields import Field
from plib_py.errors import InvalidArgument


@dataclass(frozen=True)
class Style:
    """How much of a message is printed, and how.

    Attributes
    ----------
    truncate : int or None
        The most elements of an array and characters of a string; None: all.
    no_arr, no_str : bool
        Whether only the length of arrays and strings is printed.
    flow : bool
        Whether arrays are printed in one line.
    """

    truncate: int | None = None
    no_arr: bool = False
    no_str: bool = False
    flow: bool = False


def yaml_text(message: Any, style: Style) -> str:
    """Return a message as YAML, with the newline at its end."""
    rosidl = _rosidl(message)
    if rosidl is not None:
        return str(rosidl.message_to_yaml(message, flow_style=style.flow, **_rosidl_options(style)))
    return _dump(_plain(message, style), style.flow)


def csv_text(message: Any, style: Style) -> str:
    """Return a message's values in one line, with commas between them."""
    rosidl = _rosidl(message)
    if rosidl is not None:
        return str(rosidl.message_to_csv(message, **_rosidl_options(style)))
    values = [
        _csv(field, getattr(message, field.attribute), style) for field in _fields.of(message)
    ]
    return ",".join(values)


def repr_text(message: Any) -> str:
    """Return a message as ROS's classes show it: "std_msgs.msg.String(data='hi')"."""
    if not hasattr(message, "__msgtype__"):
        return repr(message)
    name = _fields.type_name(message).replace("/", ".")
    fields = [
        f"{field.name}={_repr(field, getattr(message, field.attribute))}"
        for field in _fields.of(message)
    ]
    return f"{name}({', '.join(fields)})"


def json_value(message: Any) -> dict[str, Any]:
    """Return a message as what JSON can have.

    A ``byte`` is a number; what is no finite number is "NaN", "Infinity" or "-Infinity".
    """
    return {
        field.name: _json(field, getattr(message, field.attribute)) for field in _fields.of(message)
    }


def select(message: Any, path: str) -> tuple[Any, Field | None]:
    """Follow a path such as "pose.position" or "transforms[0].header".

    Returns
    -------
    value, Field or None
        What is there; without a field it is a message.

    Raises
    ------
    InvalidArgument
        There is no such field.
    """
    value, field = message, None
    for part in path.split("."):
        name, *indices = part.replace("]", "").split("[")
        field = None if value is None else _find(value, field, name, path)
        value = getattr(value, field.attribute) if field else None
        for index in indices:
            value, field = _element(value, field, index, path)
    return value, None if field is None or (field.nested and not field.many) else field


def value_text(value: Any, field: Field | None, style: Style) -> str:
    """Return as YAML what `select` found, with the newline at its end."""
    if field is None:
        return yaml_text(value, style)
    if field.many:
        return _dump(_plain_field(field, value, style), style.flow)
    return f"{_plain_field(field, value, style)}\n"


def value_csv(value: Any, field: Field | None, style: Style) -> str:
    """Return as CSV what `select` found."""
    return csv_text(value, style) if field is None else _csv(field, value, style)


def value_json(value: Any, field: Field | None) -> Any:
    """Return as what JSON can have what `select` found."""
    return json_value(value) if field is None else _json(field, value)


def _find(value: Any, field: Field | None, name: str, path: str) -> Field:
    fields = () if field is not None and (field.many or not field.nested) else _fields.of(value)
    for each in fields:
        if each.name == name:
            return each
    has = ", ".join(each.name for each in fields) or "none"
    raise InvalidArgument(f"there is no field {path!r}: no {name!r} among the fields ({has})")


def _element(value: Any, field: Field | None, index: str, path: str) -> tuple[Any, Field]:
    if field is None or not field.many or not index.isdecimal():
        raise InvalidArgument(f"there is no field {path!r}: [{index}] is not of an array")
    if int(index) >= len(value):
        # Sequences differ from message to message; this one is too short.
        raise InvalidArgument(f"there is no {path!r} in this message: it has {len(value)} elements")
    return value[int(index)], Field(field.name, field.attribute, field.base)


def _rosidl(message: Any) -> Any:
    """Return ROS's own conversion for a message of ROS's classes, None where there is none."""
    return None if hasattr(message, "__msgtype__") else _rosidl_convert()


@functools.cache
def _rosidl_convert() -> Any:
    try:
        return importlib.import_module("rosidl_runtime_py.convert")
    except ImportError:
        return None


def _rosidl_options(style: Style) -> dict[str, Any]:
    return {"truncate_length": style.truncate, "no_arr": style.no_arr, "no_str": style.no_str}


def _plain(message: Any, style: Style) -> dict[str, Any]:
    return {
        field.name: _plain_field(field, getattr(message, field.attribute), style)
        for field in _fields.of(message)
    }


def _plain_field(field: Field, value: Any, style: Style) -> Any:
    if not field.many:
        return _plain_value(field, value, style)
    if style.no_arr:
        return _array_length(field, len(value))
    return _each(field, value, style, _plain_value)


def _plain_value(field: Field, value: Any, style: Style) -> Any:
    if field.nested:
        return _plain(value, style)
    if field.base == "octet":
        return value.decode("latin-1") if isinstance(value, bytes) else chr(value)
    if field.base in _fields.TEXTS:
        if style.no_str:
            return f"<string length: <{len(value)}>>"
        if style.truncate is not None and len(value) > style.truncate:
            return f"{value[: style.truncate]}..."
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """Return a value of a basic type as Python's own."""
    return value.item() if hasattr(value, "item") else value


def _each(
    field: Field, values: Any, style: Style, show: Callable[[Field, Any, Style], Any]
) -> list[Any]:
    """Return what is shown of a list's elements, and "..." for those that are left out."""
    cut = style.truncate is not None and len(values) > style.truncate
    shown = values[: style.truncate] if cut else values
    texts = [show(field, each, style) for each in _elements(shown)]
    return [*texts, "..."] if cut else texts


def _elements(values: Any) -> Any:
    """Return the elements of a list, array.array or NumPy array as Python's own."""
    return values.tolist() if hasattr(values, "tolist") else values


def _array_length(field: Field, length: int) -> str:
    if field.size is not None:
        return f"<array type: {field.base}[{field.size}]>"
    bound = f"[{field.bound}]" if field.bound else ""
    return f"<sequence type: {field.base}{bound}, length: {length}>"


@functools.cache
def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Leaves the order of fields alone, and prints messages always as blocks."""

        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    def represent(dumper: Any, data: dict[str, Any]) -> Any:
        items = [(dumper.represent_data(key), dumper.represent_data(data[key])) for key in data]
        return yaml.nodes.MappingNode("tag:yaml.org,2002:map", items)

    Dumper.add_representer(dict, represent)
    return Dumper


def _dump(value: Any, flow: bool) -> str:
    import yaml

    text: str = yaml.dump(
        value,
        Dumper=_dumper(),
        allow_unicode=True,
        width=sys.maxsize,
        default_flow_style=flow,
    )
    return text


def _csv(field: Field, value: Any, style: Style) -> str:
    if not field.many:
        return _csv_value(field, value, style)
    if style.no_arr:
        return _array_length(field, len(value))
    return ",".join(_each(field, value, style, _csv_value))


def _csv_value(field: Field, value: Any, style: Style) -> str:
    if field.nested:
        return csv_text(value, style)
    if field.base == "octet":
        return str(value if isinstance(value, bytes) else bytes([value]))
    return str(_plain_value(field, value, style))


def _repr(field: Field, value: Any) -> str:
    if field.nested:
        if field.many:
            return f"[{', '.join(map(repr_text, value))}]"
        return repr_text(value)
    if field.base == "octet":
        if field.many:
            return repr([bytes([each]) for each in value])
        return repr(bytes([value]))
    if field.size is not None and hasattr(value, "dtype") and field.base != "boolean":
        return repr(value)
    return repr(_elements(value) if field.many else _scalar(value))


def _json(field: Field, value: Any) -> Any:
    if field.nested:
        return [json_value(each) for each in value] if field.many else json_value(value)
    if not field.many:
        return _json_scalar(_scalar(value))
    values = _elements(value)
    if field.base in _fields.INTEGERS or field.base in _fields.TEXTS:
        return list(values)
    return [_json_scalar(each) for each in values]


def _json_scalar(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[0]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value

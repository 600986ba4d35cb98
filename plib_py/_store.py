"""Message types without ROS: what ``rosbags`` knows, and what programs define."""

import functools
import re
import threading
from collections.abc import Callable
from typing import Any

import numpy
from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, TypesysError, get_types_from_idl, get_typestore
from rosbags.typesys.base import make_typesdict, normalize_fieldname
from rosbags.typesys.msg import MSGParser
from rosbags.typesys.store import Typestore

from plib_py import _fields, _wide
from plib_py.errors import InvalidArgument, MalformedMessage, Unsupported
from plib_py.typesupport import Codec, ServiceCodec

_ENCAPSULATION = 4  # bytes
# What an empty message has on the wire.
_PLACEHOLDER = "structure_needs_at_least_one_member"
_EVENT_INFO = "service_msgs/msg/ServiceEventInfo"
# Basic types that are known by name only.
_UNSUPPORTED = {"wchar", "float128"}
# In ROS 2 a ``char`` is a number, and a ``byte`` one without sign; the hash tells bytes apart.
_AS_HASHED = {"char": "uint8"}
_AS_SENT = {"char": "uint8", "byte": "uint8"}
_FLOATS = ("float32", "float64")
# Of the types that rosbags brings along, which has no defaults.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "geometry_msgs/msg/Quaternion": {"w": 1.0},
    "sensor_msgs/msg/NavSatStatus": {"status": -2},
}


class Store:
    """Types and their classes by name; used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # rosbags' types for definitions are stricter than what it reads and makes.
        self._types: Any = get_typestore(Stores.ROS2_KILTED)
        # What types look like to ROS when it computes their hashes; services are here only.
        self._hashed: Any = Typestore()
        for name, definition in self._types.fielddefs.items():
            self._types.fielddefs[name] = self._note(name, definition)
        _wide.add_to(self._types)
        self._defaults = dict(_DEFAULTS)
        self._classes: dict[str, Any] = {}
        self._completed: set[str] = set()  # with the classes of all that they consist of
        self._services: dict[str, Any] = {}
        self.defined: set[str] = set()

    def define(self, name: str, text: str) -> None:
        """Add a message or service from the text of its .msg or .srv file.

        Raises
        ------
        InvalidArgument
            The text is malformed, or there is another type of that name.
        """
        package, kind, short = name.split("/")
        with self._lock:
            if kind == "msg":
                self._define_message(name, name, text)
            else:
                self._define_service(package, short, text)
            self.defined.add(name)

    def define_idl(self, name: str, text: str) -> None:
        """Add the messages of an .idl file, one of which has this name.

        Defaults in it are left out.

        Raises
        ------
        InvalidArgument
            As `define`, or it has no such message.
        Unsupported
            A field is of a type that only ROS's own classes have.
        """
        # What it includes is to be defined, too, as every type that another one refers to.
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#include")]
        with self._lock:
            try:
                found: dict[str, Any] = get_types_from_idl("\n".join(lines))
                if name not in found:
                    raise InvalidArgument(f"{name} is not in its file, which has {sorted(found)}")
                for each, definition in found.items():
                    self._check_basic_types(each, definition)
                    self._types.register({each: _renamed(definition, _AS_SENT)})
                    # Here a ``char`` is a character.
                    self._hashed.fielddefs[each] = definition
                    self.defined.add(each)
            except (TypesysError, ValueError) as error:
                raise InvalidArgument(f"{name} cannot be defined: {error}") from error

    def find(self, name: str) -> Any:
        """Return the class of a message or service, or None."""
        with self._lock:
            if name in self._services:
                return self._services[name]
            if name not in self._types.types:
                return None
            return self._message_class(name)

    def codec(self, message_type: Any) -> Codec[Any]:
        """Return the codec of a message's class."""
        name = message_type.__msgtype__
        with self._lock:
            return self._codec(name)

    def service_codec(self, service_type: Any) -> ServiceCodec[Any, Any]:
        """Return the codec of a service's class."""
        name = service_type.__srvtype__
        with self._lock:
            request, response = self._codec(f"{name}_Request"), self._codec(f"{name}_Response")
            return ServiceCodec(name, self._hash(name), request, response)

    def definition(self, name: str) -> str:
        """Return a message's text, followed by those of the messages that it consists of."""
        with self._lock:
            return str(self._hashed.generate_msgdef(name, ros_version=2)[0])

    def _define_message(self, name: str, parsed_as: str, text: str) -> None:
        try:
            [message] = MSGParser(f"MSG: {parsed_as}\n{text}").specification()
            [definition] = make_typesdict([message]).values()
            definition = _wide.recognised(definition)
            self._types.register({name: _renamed(definition, _AS_SENT)})
        except (TypesysError, ValueError) as error:
            raise InvalidArgument(f"{name} cannot be defined: {error}") from error
        self._note(name, definition)
        self._defaults.setdefault(name, {}).update(
            (field.name, _unescaped(field.value))
            for field in message.fields
            if field.value is not None
        )

    def _check_basic_types(self, name: str, definition: Any) -> None:
        for field, desc in definition[1]:
            kind, detail = desc[1][0] if desc[0] in (Nodetype.ARRAY, Nodetype.SEQUENCE) else desc
            if kind == Nodetype.BASE and (
                detail[0] in _UNSUPPORTED or (detail[0] == _wide.BASIC and detail[1])
            ):
                raise Unsupported(
                    f"{field} of {name} is a {'bounded ' * bool(detail[1])}{detail[0]}, which is "
                    "known neither here nor to ROS: use string, wstring or a number"
                )

    def _note(self, name: str, definition: Any) -> Any:
        """Keep what the hash needs, and return what the serialization does."""
        self._hashed.fielddefs[name] = _renamed(definition, _AS_HASHED)
        return _renamed(definition, _AS_SENT)

    def _define_service(self, package: str, short: str, text: str) -> None:
        name = f"{package}/srv/{short}"
        parts = _split(name, text)
        for end, part in zip(("Request", "Response"), parts, strict=True):
            # Names without a package are of the package's messages, as in a message's own file.
            self._define_message(f"{name}_{end}", f"{package}/msg/{short}_{end}", part)
        # What ROS computes a service's hash from.
        request, response = (Nodetype.NAME, f"{name}_Request"), (Nodetype.NAME, f"{name}_Response")
        event = (Nodetype.NAME, f"{name}_Event")
        self._hashed.fielddefs[f"{name}_Event"] = (
            [],
            [
                ("info", (Nodetype.NAME, _EVENT_INFO)),
                ("request", (Nodetype.SEQUENCE, (request, 1))),
                ("response", (Nodetype.SEQUENCE, (response, 1))),
            ],
        )
        self._hashed.fielddefs[name] = (
            [],
            [
                ("request_message", request),
                ("response_message", response),
                ("event_message", event),
            ],
        )
        if name not in self._services:
            members = {
                "__doc__": f"The service {name}.",
                "__srvtype__": name,
                "Request": self._message_class(f"{name}_Request"),
                "Response": self._message_class(f"{name}_Response"),
            }
            self._services[name] = type(short, (), members)

    def _hash(self, name: str) -> str:
        try:
            return str(self._hashed.hash_rihs01(name))
        except KeyError as error:
            raise InvalidArgument(
                f"{name} refers to {error.args[0]}, which is not defined: define or load it, too"
            ) from error

    def _message_class(self, name: str) -> Any:
        if name not in self._classes:
            fields = self._types.fielddefs[name][1]
            given = self._defaults.get(name, {})
            defaults = {
                normalize_fieldname(field): self._default(desc, given.get(field))
                for field, desc in fields
            }
            numbers = {normalize_fieldname(field): _numbers(desc) for field, desc in fields}
            made = _make_class(name, self._types.types[name], defaults, numbers)
            made.plib_fields = tuple(
                _field(field, desc)
                for field, desc in self._hashed.fielddefs[name][1]
                if field != _PLACEHOLDER
            )
            self._classes[name] = made
            self._types.types[name] = made
        return self._classes[name]

    def _default(self, desc: Any, given: Any = None) -> Callable[[], Any]:
        """Return what makes a field's value when a message is made without it."""
        kind, detail = desc
        if kind == Nodetype.BASE and detail[0] in _FLOATS:
            number = float(given or 0)
            return lambda: number
        if given is not None:
            return lambda: list(given) if isinstance(given, list) else given
        if kind == Nodetype.BASE:
            value = "" if detail[0] == "string" else False if detail[0] == "bool" else 0
            return lambda: value
        if desc == _wide.SENT:
            return str
        if kind == Nodetype.NAME:
            return lambda: self._nested(detail)()
        element, length = detail
        length = length if kind == Nodetype.ARRAY else 0
        if (dtype := _dtype(element)) is not None:
            return functools.partial(numpy.zeros, length, dtype)
        make = self._default(element)
        return lambda: [make() for _ in range(length)]

    def _nested(self, name: str) -> Any:
        made = self.find(name)
        if made is None:
            raise InvalidArgument(f"{name} is not defined: define or load it, too")
        return made

    @functools.cache  # noqa: B019 - there is one store, and it stays
    def _codec(self, name: str) -> Codec[Any]:
        type_hash = self._hash(name)
        self._complete(name)
        types = self._types

        def encode(message: Any) -> Any:
            if getattr(message, "__msgtype__", None) != name:
                raise InvalidArgument(f"a {type(message).__name__} is no {name}")
            try:
                return types.serialize_cdr(message, name)
            except Exception as error:  # whatever a value of a wrong type leads to
                raise InvalidArgument(f"a field of the {name} is wrong: {error}") from error

        def decode(data: bytes) -> Any:
            # Plain CDR of either byte order. What follows the message is ignored, as ROS does,
            # whose rclpy leaves a few bytes there.
            if data[:2] not in (b"\0\0", b"\0\1") or len(data) < _ENCAPSULATION:
                raise MalformedMessage(f"no {name}: not plain CDR")
            definition = types.get_msgdef(name)
            read = definition.deserialize_cdr_le if data[1] else definition.deserialize_cdr_be
            try:
                body = memoryview(data)[_ENCAPSULATION:]
                return read(body, 0, definition.cls, types)[0]
            except Exception as error:  # whatever wrong bytes lead to
                raise MalformedMessage(f"no {name}: {error}") from error

        return Codec(name, type_hash, encode, decode)

    def _complete(self, name: str) -> None:
        """Make the classes of a type and of those that it consists of, for what is received."""
        if name in self._completed:
            return
        self._completed.add(name)
        self._message_class(name)
        for _, desc in self._types.fielddefs[name][1]:
            kind, detail = desc
            if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
                kind, detail = detail[0]
            if kind == Nodetype.NAME and (kind, detail) != _wide.SENT:
                self._complete(detail)


class _Numbers:
    """A field that is an array of numbers: whatever can become one may be assigned to it.

    Reading finds the value in the message itself.
    """

    def __init__(self, type_name: str, name: str, dtype: Any) -> None:
        self._what = f"{name} of {type_name}"
        self._name = name
        self._dtype = numpy.dtype(dtype)

    def __set__(self, message: Any, value: Any) -> None:
        message.__dict__[self._name] = self._convert(value)

    def _convert(self, value: Any) -> Any:
        try:
            if isinstance(value, (bytes, bytearray, memoryview)):
                value = numpy.frombuffer(value, numpy.uint8)
            if not isinstance(value, numpy.ndarray):
                value = numpy.array(value, self._dtype)
            if value.dtype != self._dtype:
                value = value.astype(self._dtype, casting="same_kind")
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidArgument(f"{self._what}: no array of {self._dtype}: {error}") from error
        return numpy.ascontiguousarray(value).reshape(-1)


def _make_class(name: str, base: Any, defaults: dict[str, Any], numbers: dict[str, Any]) -> Any:
    """Return a message's class: rosbags' own, with defaults, arrays and a comparison."""

    def initialise(self: Any, *values: Any, **named: Any) -> None:
        if len(values) != len(defaults):
            for field, default in list(defaults.items())[len(values) :]:
                if field not in named:
                    named[field] = default()
        base.__init__(self, *values, **named)

    def equals(self: Any, other: Any) -> Any:
        if type(other) is not type(self):
            return NotImplemented
        pairs = ((getattr(self, each), getattr(other, each)) for each in defaults)
        return all(numpy.array_equal(mine, theirs) for mine, theirs in pairs)

    members: dict[str, Any] = {
        "__init__": initialise,
        "__eq__": equals,
        "__hash__": None,
        "__doc__": f"The message {name}; fields that are not given have their defaults.",
        "__module__": "plib_py.messages",
    }
    for field, dtype in numbers.items():
        if dtype is not None:
            members[field] = _Numbers(name, field, dtype)
    return type(name.rsplit("/", 1)[1], (base,), members)


def _split(name: str, text: str) -> list[str]:
    """Return the two halves of a .srv file."""
    halves: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip() == "---":
            halves.append([])
        else:
            halves[-1].append(line)
    if len(halves) != 2:
        raise InvalidArgument(
            f"{name} cannot be defined: a service has one line of --- between request and response"
        )
    return ["\n".join(half) for half in halves]


def _renamed(definition: Any, basic_names: dict[str, str]) -> Any:
    """Return a type's constants and fields, with other names for some basic types."""

    def rename(desc: Any) -> Any:
        kind, detail = desc
        if kind == Nodetype.BASE and detail[0] == _wide.BASIC and basic_names is _AS_SENT:
            return _wide.SENT
        if kind == Nodetype.BASE:
            return kind, (basic_names.get(detail[0], detail[0]), detail[1])
        if kind == Nodetype.NAME:
            return desc
        return kind, (rename(detail[0]), detail[1])

    constants, fields = definition
    return constants, [(field, rename(desc)) for field, desc in fields]


def _field(name: str, desc: Any) -> _fields.Field:
    kind, detail = desc
    many = kind in (Nodetype.ARRAY, Nodetype.SEQUENCE)
    of_kind, of_detail = detail[0] if many else desc
    nested = of_kind == Nodetype.NAME
    return _fields.Field(
        name,
        normalize_fieldname(name),
        of_detail if nested else _fields.idl_name(of_detail[0]),
        many,
        size=detail[1] if kind == Nodetype.ARRAY else None,
        bound=(detail[1] or None) if kind == Nodetype.SEQUENCE else None,
        text_bound=None if nested else (of_detail[1] or None),
    )


def _unescaped(value: Any) -> Any:
    return re.sub(r"\\(['\"])", r"\1", value) if isinstance(value, str) else value


def _dtype(desc: Any) -> Any:
    """Return NumPy's name for a basic type of number, None for other types."""
    kind, detail = desc
    if kind != Nodetype.BASE or detail[0] == "string":
        return None
    return detail[0]


def _numbers(desc: Any) -> Any:
    """Return NumPy's name for the elements of an array of numbers, None for other fields."""
    kind, detail = desc
    return _dtype(detail[0]) if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE) else None


@functools.cache
def store() -> Store:
    """Return the process's store."""
    return Store()

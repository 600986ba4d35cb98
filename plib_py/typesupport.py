"""How messages become bytes and back: ROS's own serialization, that of ``rosbags``, or none at all.

ROS messages are CDR as every ROS 2 middleware has it: 4 bytes of encapsulation header, then the
body. For ROS's classes ``rclpy`` does the conversion, with whichever rmw implementation it has
loaded; it is imported with the first ROS message and not before. Others are of `plib_py.messages`.
"""

import functools
import importlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from plib_py import names
from plib_py._native import lib
from plib_py.errors import InvalidArgument, MalformedMessage, Unsupported

Message = TypeVar("Message")
Request = TypeVar("Request")
Response = TypeVar("Response")

_RIHS = re.compile(r"RIHS([0-9]{2})_([0-9a-f]{64})")


@dataclass(frozen=True)
class RawType:
    """A type whose messages are published and received as they are: `bytes`.

    Attributes
    ----------
    name : str
        As in the ROS graph, "std_msgs/msg/String". Subscriptions of that ROS type expect CDR.
    hash : str, optional
        The type's version, "RIHS01_" and 64 hexadecimal digits. Without it every version matches.

    Raises
    ------
    InvalidArgument
        A malformed name or hash.
    """

    name: str
    hash: str | None = None

    def __post_init__(self) -> None:
        names.check_type(self.name)
        if self.hash is not None:
            hash_bytes(self.hash)


@dataclass(frozen=True)
class RawServiceType(RawType):
    """A service whose requests and responses are `bytes`; as `RawType`, "std_srvs/srv/SetBool"."""


@dataclass(frozen=True)
class Codec(Generic[Message]):
    """A type as publishers and subscriptions use it.

    Attributes
    ----------
    name : str
        "std_msgs/msg/String"
    hash : str or None
        The type's version, None when unknown: it then matches any.
    encode : callable
        Makes bytes of a message.
    decode : callable
        Makes a message of bytes.
    raw : bool
        Whether both leave everything as it is.
    """

    name: str
    hash: str | None
    encode: Callable[[Any], Any]
    decode: Callable[[bytes], Message]
    raw: bool = False


@dataclass(frozen=True)
class ServiceCodec(Generic[Request, Response]):
    """A service's type as clients and services use it.

    Attributes
    ----------
    name : str
        "std_srvs/srv/SetBool"
    hash : str or None
        The type's version, None when unknown: it then matches any.
    request, response : Codec
        Its messages.
    """

    name: str
    hash: str | None
    request: Codec[Request]
    response: Codec[Response]


def codec(message_type: Any) -> Codec[Any]:
    """Return the codec of a `RawType`, of a message class or of what `messages.get` knows by name.

    Raises
    ------
    InvalidArgument
        It is none of them.
    Unsupported
        What it needs is not installed: rclpy, or rosbags.
    """
    if isinstance(message_type, str):
        message_type = importlib.import_module("plib_py.messages").get(message_type)
    if isinstance(message_type, RawType) and not isinstance(message_type, RawServiceType):
        return _raw_codec(message_type)
    if isinstance(message_type, type) and hasattr(message_type, "__msgtype__"):
        known: Codec[Any] = importlib.import_module("plib_py._store").store().codec(message_type)
        return known
    if not isinstance(message_type, type) or not hasattr(message_type, "_fields_and_field_types"):
        raise InvalidArgument(
            f"{message_type!r} is no message type: give a message class, its name "
            '("std_msgs/msg/String") or RawType(name)'
        )
    return _ros_codec(message_type)


def service_codec(service_type: Any) -> ServiceCodec[Any, Any]:
    """Return the codec of a `RawServiceType`, a service class or a name; raises as `codec`."""
    if isinstance(service_type, str):
        service_type = importlib.import_module("plib_py.messages").get(service_type)
    if isinstance(service_type, RawServiceType):
        raw = _raw_codec(service_type)
        return ServiceCodec(raw.name, raw.hash, raw, raw)
    if isinstance(service_type, type) and hasattr(service_type, "__srvtype__"):
        store = importlib.import_module("plib_py._store").store()
        known: ServiceCodec[Any, Any] = store.service_codec(service_type)
        return known
    request = getattr(service_type, "Request", None)
    if not isinstance(service_type, type) or not hasattr(request, "_fields_and_field_types"):
        raise InvalidArgument(
            f"{service_type!r} is no service type: give a service class, its name "
            '("std_srvs/srv/SetBool") or RawServiceType(name)'
        )
    return _ros_service_codec(service_type)


def hash_bytes(text: str) -> bytes:
    """Convert "RIHS01_..." to what the graph holds: version, value, zeros.

    Raises
    ------
    InvalidArgument
        It is not of that form.
    """
    match = _RIHS.fullmatch(text)
    if match is None:
        raise InvalidArgument(f'type hash {text!r} is not "RIHS01_" and 64 hexadecimal digits')
    value = bytes([int(match[1])]) + bytes.fromhex(match[2])
    return value.ljust(lib.PLIB_TYPE_HASH_SIZE, b"\0")


def hash_text(value: bytes) -> str | None:
    """Convert from what the graph holds to "RIHS01_...", or to None when it is unknown."""
    return f"RIHS{value[0]:02}_{value[1:33].hex()}" if value[0] else None


def _raw_codec(raw_type: RawType) -> Codec[bytes]:
    return Codec(raw_type.name, raw_type.hash, encode=_unchanged, decode=_unchanged, raw=True)


def _unchanged(data: Any) -> Any:
    return data


@functools.cache
def _ros_codec(message_type: type) -> Codec[Any]:
    try:
        serialization = importlib.import_module("rclpy.serialization")
    except ImportError as error:
        raise Unsupported(
            f"messages of {message_type.__name__} need rclpy, which cannot be imported: {error}"
        ) from error
    name = _ros_name(message_type)

    def encode(message: Any) -> Any:
        if not isinstance(message, message_type):
            raise InvalidArgument(f"a {type(message).__name__} is no {name}")
        return serialization.serialize_message(message)

    def decode(data: bytes) -> Any:
        try:
            return serialization.deserialize_message(data, message_type)
        except Exception as error:  # rclpy wraps rmw errors in private classes
            raise MalformedMessage(f"no {name}: {error}") from error

    return Codec(name, _installed_hash(name), encode, decode)


@functools.cache
def _ros_service_codec(service_type: Any) -> ServiceCodec[Any, Any]:
    name = _ros_name(service_type)
    request, response = _ros_codec(service_type.Request), _ros_codec(service_type.Response)
    return ServiceCodec(name, _installed_hash(name), request, response)


def _ros_name(ros_type: type) -> str:
    """Return "std_msgs/msg/String" for a class of the module ``std_msgs.msg._string``."""
    package, kind = ros_type.__module__.split(".")[:2]
    return f"{package}/{kind}/{ros_type.__name__}"


def _installed_hash(full_name: str) -> str | None:
    """Return the type's hash from the description that its package installs, or None.

    Generated Python classes do not know their hash; ``share/<package>/msg/<Name>.json`` does.
    """
    package, kind, name = full_name.split("/")
    for prefix in install_prefixes(package):
        description = prefix / "share" / package / kind / f"{name}.json"
        try:
            hashes = json.loads(description.read_text())["type_hashes"]
        except (OSError, ValueError, KeyError):
            continue
        for entry in hashes:
            if entry["type_name"] == full_name:
                return str(entry["hash_string"])
    return None


def install_prefixes(package: str) -> Iterator[Path]:
    """Yield where the package may be installed, its own prefix first."""
    module = sys.modules.get(package)
    if module is not None and module.__file__:
        # <prefix>/lib/pythonX.Y/site-packages/<package>/__init__.py
        yield from list(Path(module.__file__).resolve().parents)[1:6]
    yield Path(sys.prefix)
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            yield Path(prefix)

"""Message and service types by name, with or without ROS.

Where ROS is installed they are its own classes. Elsewhere ``rosbags`` (``pip install
rmw-plib[messages]``) knows the messages of ROS 2 Kilted; further types, and all services, are read
from their .msg and .srv files. Either way they are the same on the wire, and to ROS nodes::

    from plib_py import messages

    Twist = messages.get("geometry_msgs/msg/Twist")
    Pose, Reset = messages.load("turtle/msg/Pose.msg", "turtle/srv/Reset.srv")

    publisher = participant.create_publisher("/cmd_vel", Twist)

Without ROS, too, messages are made with keywords, and fields that are not given have their
defaults; arrays of numbers are NumPy arrays. Messages of .idl files are known there as well, apart
from their defaults; ``wchar`` and bounded ``wstring`` are not.

All functions are setup, and thread-safe.
"""

import functools
import importlib
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plib_py import _definitions, names, typesupport
from plib_py.errors import InvalidArgument, Unsupported

if TYPE_CHECKING:
    from plib_py import _store

_KINDS = ("msg", "srv")
_OWN = "rmw_plib"  # the package of plib's own messages


def get(name: str) -> Any:
    """Return the class of a message or service.

    What the program defined is looked for first, then the classes of an installed ROS, then what
    ``rosbags`` knows, then plib's own messages ("rmw_plib/msg/Statistics").

    Parameters
    ----------
    name : str
        "std_msgs/msg/String", "std_srvs/srv/SetBool"

    Returns
    -------
    type
        A message class, or one with ``Request`` and ``Response``.

    Raises
    ------
    InvalidArgument
        A malformed name, or nobody knows the type.
    Unsupported
        Neither ROS nor ``rosbags`` is installed.
    """
    package, kind, short = _split(name)
    if _has_rosbags() and name in _rosbags().defined:
        return _rosbags().find(name)
    ros = _ros_class(package, kind, short)
    if ros is not None:
        return ros
    found = _rosbags().find(name)
    if found is None and package == _OWN:
        found = _own(name)
    if found is None:
        raise InvalidArgument(
            f"{name} is not known: read its file with plib_py.messages.load(), or give its text "
            "to plib_py.messages.define()"
        )
    return found


def define(name: str, text: str) -> Any:
    """Add a message or service from the text of its .msg or .srv file.

    Parameters
    ----------
    name : str
        "my_robot/msg/Pose", "my_robot/srv/Reset"
    text : str
        As in the file.

    Returns
    -------
    type
        As `get`.

    Raises
    ------
    InvalidArgument
        The name or the text is malformed, or there is another type of that name.
    Unsupported
        ``rosbags`` is not installed.
    """
    _split(name)
    _rosbags().define(name, text)
    return _rosbags().find(name)


def load(*paths: str | os.PathLike[str], package: str | None = None) -> list[Any]:
    """Add messages and services from their files.

    Parameters
    ----------
    *paths : path
        .msg, .srv and .idl files, and folders, from which all of them are read; .idl files of
        messages only, and of a folder those that were not made from another file.
    package : str, optional
        Theirs. None: what the folder is called that contains their ``msg`` or ``srv`` folder, as in
        ROS packages.

    Returns
    -------
    list of type
        Their classes, in that order; those of a folder sorted by path.

    Raises
    ------
    InvalidArgument
        As `define`, or a file is of another kind.
    Unsupported
        As `define`, or an .idl file has a type that ROS does not support either.
    OSError
        A file cannot be read.
    """
    files = [file for path in paths for file in _files(Path(path))]
    return [_define_file(file, package) for file in files]


def definition(name: str) -> str:
    """Return the text of a message's definition, with those of the messages it consists of.

    Parameters
    ----------
    name : str
        "std_msgs/msg/Header"

    Returns
    -------
    str
        As recordings have it ("ros2msg"): the message's, then for each other a line of ``=``, a
        line "MSG: builtin_interfaces/Time", and its own.

    Raises
    ------
    InvalidArgument
        Nobody knows the message.
    Unsupported
        It is not installed, and neither is ``rosbags``.
    """
    _, kind, _ = _split(name)
    if kind != "msg":
        raise InvalidArgument(f"{name} is no message")
    if not (_has_rosbags() and name in _rosbags().defined):
        text = _definitions.installed(name)
        if text is not None:
            return text
    if _rosbags().find(name) is None:
        raise InvalidArgument(f"the definition of {name} is not known")
    return _rosbags().definition(name)


def serialize(message: Any) -> bytes:
    """Return a message as it is on the wire: encapsulation header and CDR.

    It is what `plib_py.Publisher.loan` has to be filled with on a topic of a ROS type.

    Parameters
    ----------
    message : object
        Of any class that publishers take.

    Raises
    ------
    InvalidArgument
        It is no message, or its fields do not have their types.
    """
    return bytes(typesupport.codec(type(message)).encode(message))


def deserialize(message_type: Any, data: bytes | memoryview) -> Any:
    """Return the message that bytes from the wire are; `plib_py.Subscription.take_loaned` has them.

    Parameters
    ----------
    message_type : type or str
        As for a subscription.
    data : bytes-like
        Encapsulation header and CDR.

    Raises
    ------
    MalformedMessage
        The bytes are no such message.
    """
    return typesupport.codec(message_type).decode(bytes(data))


def _own(name: str) -> Any:
    """Return the class of one of plib's own messages, which need no ROS that has built them."""
    from plib_py import system  # which asks plib_core

    folder = system.find_share("msg")
    if folder is not None:
        for file in _files(folder):
            _rosbags().define(_name_of(file, _OWN), file.read_text(encoding="utf-8"))
    return _rosbags().find(name)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = {each for kind in _KINDS for each in path.rglob(f"*.{kind}")}
    # ROS makes an .idl file of each other one, and installs both.
    made = {file.with_suffix(".idl") for file in found}
    others = (file for file in path.rglob("*.idl") if file.parent.name == "msg")
    return sorted([*found, *(file for file in others if file not in made)])


def _define_file(file: Path, package: str | None) -> Any:
    name, text = _name_of(file, package), file.read_text(encoding="utf-8")
    if file.suffix != ".idl":
        return define(name, text)
    _split(name)
    _rosbags().define_idl(name, text)
    return _rosbags().find(name)


def _name_of(file: Path, package: str | None) -> str:
    kind = file.suffix[1:]
    if kind not in (*_KINDS, "idl"):
        raise InvalidArgument(f"{file} is neither a .msg, a .srv nor an .idl file")
    if kind == "idl":
        kind = "msg"
        if file.resolve().parent.name == "srv":
            raise InvalidArgument(f"{file} is no .idl file of a message; give its .srv file")
    return f"{package or file.resolve().parent.parent.name}/{kind}/{file.stem}"


def _split(name: str) -> tuple[str, str, str]:
    parts = names.check_type(name).split("/")
    if len(parts) != 3 or parts[1] not in _KINDS:
        raise InvalidArgument(
            f'{name!r} is no type: it has to be of the form "std_msgs/msg/String" or '
            '"std_srvs/srv/SetBool"'
        )
    return parts[0], parts[1], parts[2]


def _ros_class(package: str, kind: str, short: str) -> Any:
    """Return a class of the installed ROS, None when it has none."""
    if not _has_rclpy():
        return None
    try:
        module = importlib.import_module(f"{package}.{kind}")
    except ImportError:
        return None
    found = getattr(module, short, None)
    return found if hasattr(type(found), "_TYPE_SUPPORT") else None


@functools.cache
def _has_rclpy() -> bool:
    return importlib.util.find_spec("rclpy") is not None


@functools.cache
def _has_rosbags() -> bool:
    return importlib.util.find_spec("rosbags") is not None


def _rosbags() -> "_store.Store":
    # It takes some time to import, which programs on bytes or with ROS need not spend.
    try:
        from plib_py import _store
    except ImportError as error:
        raise Unsupported(
            "message types need ROS or rosbags (pip install rmw-plib[messages]), which cannot be "
            f"imported: {error}"
        ) from error
    return _store.store()

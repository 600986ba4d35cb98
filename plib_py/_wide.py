"""``wstring`` for ``rosbags``, which reads its name but neither sends nor hashes it.

On the wire of ROS it is what a message with one sequence of 32-bit numbers is: how many, and UTF-16
with one unit a number. So a field of that type is sent as such a message, whose functions take and
return plain ``str``.
"""

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy
from rosbags.interfaces import Nodetype
from rosbags.typesys import store as rosbags_store

BASIC = "wstring"
TYPE_ID = 18  # of FIELD_TYPE_WSTRING in type_description_interfaces, for the type's hash
_NAME = "plib_py/msg/WString"
# What a field of that type is for the serialization.
SENT = (Nodetype.NAME, _NAME)


def add_to(types: Any) -> None:
    """Have a store of ``rosbags`` send wide strings, and the hash know them."""
    rosbags_store.TIDMAP.setdefault(BASIC, TYPE_ID)
    units = (Nodetype.SEQUENCE, ((Nodetype.BASE, ("uint32", 0)), 0))
    types.register({_NAME: ([], [("units", units)])})
    made = types.get_msgdef(_NAME)
    types.cache[_NAME] = dataclasses.replace(
        made,
        getsize_cdr=lambda pos, text, store: made.getsize_cdr(pos, _units(text), store),
        serialize_cdr_le=_writer(made.serialize_cdr_le),
        serialize_cdr_be=_writer(made.serialize_cdr_be),
        deserialize_cdr_le=_reader(made.deserialize_cdr_le),
        deserialize_cdr_be=_reader(made.deserialize_cdr_be),
    )


def recognised(definition: Any) -> Any:
    """Return what a .msg file defines, with ``wstring`` for a basic type, not for a message."""
    constants, fields = definition
    return constants, [(name, _recognised(desc)) for name, desc in fields]


def _recognised(desc: Any) -> Any:
    kind, detail = desc
    if kind == Nodetype.NAME:
        # Messages begin with a capital letter.
        return (Nodetype.BASE, (BASIC, 0)) if detail.rsplit("/", 1)[-1] == BASIC else desc
    if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
        return kind, (_recognised(detail[0]), detail[1])
    return desc


def _units(text: str) -> Any:
    data = text.encode("utf-16-le", "surrogatepass")
    return SimpleNamespace(units=numpy.frombuffer(data, "<u2").astype(numpy.uint32))


def _text(units: Any) -> str:
    data: bytes = units.astype("<u2").tobytes()
    return data.decode("utf-16-le", "surrogatepass")


def _writer(write: Any) -> Any:
    return lambda data, pos, text, store: write(data, pos, _units(text), store)


def _reader(read: Any) -> Any:
    return lambda data, pos, _, store: read(data, pos, _text, store)

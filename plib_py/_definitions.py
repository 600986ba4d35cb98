"""The text of ROS's message definitions, from the files that ROS packages install."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from plib_py.typesupport import install_prefixes

_SEPARATOR = "=" * 80
_BASIC = {
    "bool", "byte", "char", "float32", "float64", "string", "wstring",
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
}  # fmt: skip
# The type at the beginning of a line, without the size of an array or the bound of a string.
_TYPE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_/]*)")


def installed(name: str) -> str | None:
    """Return the text of a message, followed by those of the messages that it consists of.

    That is what rosbag2 and Foxglove call "ros2msg". None when a part of it is not installed.

    Parameters
    ----------
    name : str
        "std_msgs/msg/String"
    """
    texts: dict[str, str] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop(0)
        if each in texts:
            continue
        file = _file(each)
        if file is None:
            return None
        texts[each] = file.read_text(encoding="utf-8")
        waiting += _used(each, texts[each])
    first, *others = texts
    parts = [texts[first]]
    for each in others:
        package, _, short = each.split("/")
        parts.append(f"{_SEPARATOR}\nMSG: {package}/{short}\n{texts[each]}")
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def _file(name: str) -> Path | None:
    package, kind, short = name.split("/")
    files = (
        prefix / "share" / package / kind / f"{short}.msg" for prefix in install_prefixes(package)
    )
    return next((file for file in files if file.is_file()), None)


def _used(name: str, text: str) -> Iterator[str]:
    """Yield the messages that a message's text names as its fields' types."""
    package = name.partition("/")[0]
    for line in text.splitlines():
        found = _TYPE.match(line)
        if found is None or found[1] in _BASIC:
            continue
        of, _, short = found[1].rpartition("/")
        if not of:
            of = "std_msgs" if short == "Header" else package
        yield f"{of.removesuffix('/msg')}/msg/{short}"

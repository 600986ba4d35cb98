"""The library ``mcap``, imported when a recording is written or read."""

from __future__ import annotations

import importlib
from typing import Any

from plib_py.errors import Unsupported


def writer() -> Any:
    """Return ``mcap.writer``."""
    return _module("mcap.writer")


def reader() -> Any:
    """Return ``mcap.reader``."""
    return _module("mcap.reader")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unsupported(
            "recordings need mcap (pip install rmw-plib[record]), which cannot be imported: "
            f"{error}"
        ) from error

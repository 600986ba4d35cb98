"""Imported first by a program: from then on it is as if ROS were not installed."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

INSTALLED = {
    "_cffi_backend",
    "cffi",
    "click",
    "numpy",
    "plib_py",
    "rosbags",
    "typing_extensions",
    "yaml",
}


class Partial:
    """Finds what another finder does, of Python itself and of what plib_py needs."""

    def __init__(self, finder: Any) -> None:
        self._finder = finder

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return None for all others."""
        package = name.partition(".")[0]
        if package not in sys.stdlib_module_names and package not in INSTALLED:
            return None
        found: ModuleSpec | None = self._finder.find_spec(name, path, target)
        return found


sys.meta_path[:] = [Partial(finder) for finder in sys.meta_path]
assert not {"rclpy", "std_msgs", "rosidl_generator_py"} & sys.modules.keys()

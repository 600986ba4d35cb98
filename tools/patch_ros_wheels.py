"""Mend the CMake files of the ROS wheels, which carry paths of the machine that built them.

Without this, interface packages and whatever links fastdds or tracetools do not build. Run by the
virtual environment's own Python after each install of the wheels; a second run changes nothing.
"""

import re
import sys
import sysconfig
from pathlib import Path

import numpy

PREFIX = Path(sys.prefix)
SITE_PACKAGES = Path(sysconfig.get_path("platlib"))


def bundled(wheel: str, library: str) -> str:
    """Return the path of a system library that a wheel brought along under a mangled name."""
    return str(next((SITE_PACKAGES / f"{wheel}.libs").glob(f"{library}-*.so*")))


def replacements() -> list[tuple[str, str, str]]:
    """Return (files, pattern, replacement), files relative to the prefix's share folder."""
    return [
        (
            "*/cmake/export_*__rosidl_generator_pyExport.cmake",
            r"/opt/python/[^;\"]*/numpy/_core/include",
            numpy.get_include(),
        ),
        (
            "*/cmake/export_*__rosidl_generator_pyExport.cmake",
            r"/opt/python/[^;\"]*/include/python[\d.]+",
            sysconfig.get_path("include"),
        ),
        (
            "fastdds/cmake/fastdds-shared-targets.cmake",
            r"/usr/lib64/libtinyxml2\.so",
            bundled("ros_fastdds", "libtinyxml2"),
        ),
        (
            "tracetools/cmake/tracetools_exportExport.cmake",
            r'(?<=")lttng-ust(?=;)',
            bundled("ros_tracetools", "liblttng-ust"),
        ),
        (
            "tracetools/cmake/ament_cmake_export_libraries-extras.cmake",
            r'(?<=")lttng-ust;(?=dl")',
            "",
        ),
    ]


def main() -> None:
    """Mend every file that needs it and tell which."""
    mended = set()
    for files, pattern, replacement in replacements():
        for path in (PREFIX / "share").glob(files):
            before = path.read_text()
            after = re.sub(pattern, lambda _, text=replacement: text, before)
            if after != before:
                path.write_text(after)
                mended.add(path.relative_to(PREFIX))
    for path in sorted(mended):
        print(f"mended {path}")
    print(f"{len(mended)} CMake files of the ROS wheels mended")


if __name__ == "__main__":
    main()

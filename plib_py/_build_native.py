"""Write the C source of plib_py._native from plib_core's headers and calls.h; run by CMake.

What Python sees is declared once, in C, between the lines ``/* cffi: begin */`` and
``/* cffi: end */`` of the headers. The C compiler checks every size, offset and constant of it.
"""

import argparse
import re
from pathlib import Path

import cffi

HEADERS = ("protocol.h", "layout.h", "plib.h", "daemon.h")

_MARKED = re.compile(r"/\* cffi: begin \*/(.*?)/\* cffi: end \*/", re.DOTALL)
_INCLUDE = re.compile(r'^\s*#\s*include\s+"plib/(\w+\.h)"', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# Marks for readers, analysers and the compiler, which cffi's parser does not know.
_ATTRIBUTE = re.compile(
    r"\b(?:PLIB_(?:API|BOUNDED|WAIT|SETUP)\b|_Alignas\s*\([^)]*\)|__attribute__\s*\(\(.*?\)\))"
)


def in_include_order(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Return the headers, each after those that it includes, as declarations must come."""
    ordered: list[Path] = []

    def visit(name: str) -> None:
        path = folder / name
        if path not in ordered:
            for included in _INCLUDE.findall(path.read_text()):
                visit(included)
            ordered.append(path)

    for name in names:
        visit(name)
    return ordered


def declarations(header: Path) -> str:
    """Return what a header marks for cffi, without comments and attributes."""
    marked = "".join(_MARKED.findall(header.read_text()))
    return _ATTRIBUTE.sub("", _COMMENT.sub("", marked))


def main() -> None:
    """Generate the source file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the headers are")
    parser.add_argument("output", type=Path, help="the C file to write")
    arguments = parser.parse_args()

    headers = in_include_order(arguments.folder, HEADERS)
    ffi = cffi.FFI()
    for header in headers:
        ffi.cdef(declarations(header))
    includes = "".join(f'#include "plib/{header.name}"\n' for header in headers)
    own = Path(__file__).with_name("calls.h")
    ffi.cdef(declarations(own))
    includes += f'#include "{own.name}"\n'
    ffi.set_source("plib_py._native", includes)
    ffi.emit_c_code(str(arguments.output))
    # cffi leaves a file alone that would not change; the build has to see that it is up to date.
    arguments.output.touch()


if __name__ == "__main__":
    main()

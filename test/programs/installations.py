"""Another installed version of plib beside the one under test: a copy with a changed version."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

PREFIX = Path(sys.prefix)


def install_other(prefix: Path, version: str, *, protocol: int = 0) -> str:
    """Install a copy; return its plibd.

    Parameters
    ----------
    prefix
        Where.
    version
        What it says that it is.
    protocol
        How many versions of the protocol it is ahead.
    """
    here = Path(sysconfig.get_path("purelib"))
    there = prefix / here.relative_to(PREFIX)
    shutil.copytree(here / "plib_py", there / "plib_py")
    (metadata,) = here.glob("rmw_plib-*.dist-info")
    shutil.copytree(metadata, there / metadata.name)
    replace(there / metadata.name / "METADATA", "\nVersion: ", f"\nVersion: {version}\nX-Was: ")
    for library in (PREFIX / "lib").glob("libplib_core.so*"):
        shutil.copy(library, prefix / "lib", follow_symlinks=False)
    (prefix / "bin").mkdir()
    shutil.copy(PREFIX / "bin" / "plibd", prefix / "bin" / "plibd")
    # What plibd needs of others is in the environment of the one under test.
    python = prefix / "bin" / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    if protocol:
        replace(
            there / "plib_py" / "daemon" / "messages.py",
            "lib.PLIB_PROTOCOL_VERSION",
            f"(lib.PLIB_PROTOCOL_VERSION + {protocol})",
        )
    return str(prefix / "bin" / "plibd")


def replace(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which has to have it."""
    text = path.read_text()
    assert old in text, path
    path.write_text(text.replace(old, new))

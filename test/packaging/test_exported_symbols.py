import re
import subprocess
from pathlib import Path

import pytest


def exported(library: Path) -> set[str]:
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True
    ).stdout
    return {line.split()[2].partition("@")[0] for line in listing.splitlines()}


def test_every_rmw_function_of_fast_dds_is_exported(prefix: Path) -> None:
    # A function that we lack would be answered by Fast DDS, with our handles.
    fast_dds = {
        name for name in exported(prefix / "lib/librmw_fastrtps_cpp.so") if name.startswith("rmw_")
    }
    assert exported(prefix / "lib/librmw_plib.so") == fast_dds


def test_the_documentation_has_every_function(prefix: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "rmw.md").read_text()
    table = text[text.index("## Every function") :]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `rmw_")]
    documented = [name for row in rows for name in re.findall(r"`(rmw_\w+)`", row)]
    assert len(documented) == len(set(documented))
    assert set(documented) == exported(prefix / "lib/librmw_plib.so")


def test_plib_core_exports_its_api_only(prefix: Path) -> None:
    names = exported(prefix / "lib/libplib_core.so") - {"PLIB_0"}
    assert names
    assert all(name.startswith("plib_") for name in names)


@pytest.mark.parametrize("library", ["librmw_plib.so", "libplib_core.so"])
def test_libraries_are_found_without_ld_library_path(fresh, prefix: Path, library: str) -> None:
    listing = fresh("ldd", "-r", prefix / "lib" / library)
    assert "not found" not in listing.stdout
    assert "undefined symbol" not in listing.stdout + listing.stderr

import shutil
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

SITE_PACKAGES = Path(sysconfig.get_path("platlib"))
SELECTION = ("rmw_plib_select.py", "ros_wheels_rmw_plib.pth")


def test_fast_dds_stays_the_default(fresh, identifier: str) -> None:
    result = fresh(sys.executable, "-c", identifier)
    assert result.stdout == "rmw_fastrtps_cpp\n", result.stderr


def test_fast_dds_can_be_asked_for(fresh, identifier: str) -> None:
    result = fresh(sys.executable, "-c", identifier, RMW_IMPLEMENTATION="rmw_fastrtps_cpp")
    assert result.stdout == "rmw_fastrtps_cpp\n", result.stderr


def test_plib_can_be_asked_for(fresh, identifier: str) -> None:
    result = fresh(sys.executable, "-c", identifier, RMW_IMPLEMENTATION="rmw_plib")
    assert result.stdout == "rmw_plib\n", result.stderr


def test_children_of_python_use_the_same_rmw(fresh, identifier: str) -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {identifier!r}])"
    result = fresh(sys.executable, "-c", parent, RMW_IMPLEMENTATION="rmw_plib")
    assert result.stdout == "rmw_plib\n", result.stderr


def test_preloading_works_without_ld_library_path(fresh, prefix: Path) -> None:
    symbol = "import ctypes; print(bool(ctypes.CDLL(None).rmw_get_implementation_identifier))"
    result = fresh("python3", "-S", "-c", symbol, LD_PRELOAD=str(prefix / "lib/librmw_plib.so"))
    assert result.stdout == "True\n", result.stderr


def test_python_without_the_variable_pays_nothing(fresh) -> None:
    loaded = "import sys; print({'ctypes', 'rmw_plib_select'} & set(sys.modules))"
    assert fresh(sys.executable, "-c", loaded).stdout == "set()\n"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return an environment with plib's selection, but no library to select."""
    venv.create(tmp_path, symlinks=True)
    site_packages = Path(sysconfig.get_path("platlib", vars={"platbase": str(tmp_path)}))
    for name in SELECTION:
        shutil.copy(SITE_PACKAGES / name, site_packages)
    return tmp_path


@pytest.mark.parametrize("damage", ["missing", "garbage", "without libplib_core"])
def test_a_library_that_cannot_be_loaded_ends_python(
    fresh, broken: Path, prefix: Path, damage: str
) -> None:
    library = broken / "lib/librmw_plib.so"
    if damage == "garbage":
        library.write_text("not a library")
    elif damage == "without libplib_core":
        shutil.copy(prefix / "lib/librmw_plib.so", library)

    result = fresh(broken / "bin/python", "-c", "print('ran')", RMW_IMPLEMENTATION="rmw_plib")

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("rmw_plib: RMW_IMPLEMENTATION=rmw_plib, but")
    assert result.stderr.count("\n") == 1


def test_a_broken_library_disturbs_nobody_who_did_not_ask(fresh, broken: Path) -> None:
    assert fresh(broken / "bin/python", "-c", "print('ran')").stdout == "ran\n"


def test_rcl_refuses_to_run_plibs_users_on_fast_dds(
    fresh, broken: Path, prefix: Path, identifier: str
) -> None:
    # The second line of defence: Python without our .pth, as in an environment that lost it.
    (next(broken.glob("lib/python*/site-packages")) / SELECTION[1]).unlink()
    result = fresh(
        broken / "bin/python",
        "-c",
        identifier,
        RMW_IMPLEMENTATION="rmw_plib",
        PYTHONPATH=str(SITE_PACKAGES),
        LD_LIBRARY_PATH=":".join([f"{prefix}/lib", *map(str, SITE_PACKAGES.glob("ros_*.libs"))]),
    )
    assert result.returncode == 102, result.stderr
    assert result.stdout == ""

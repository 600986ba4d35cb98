import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("colcon", path=f"{sys.prefix}/bin"), reason="colcon is not installed"
    ),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, fresh, prefix: Path) -> Path:
    """Return a workspace that was built with colcon on top of the ROS wheels."""
    folder = tmp_path_factory.mktemp("workspace")
    result = fresh(
        *("colcon", "--log-base", folder / "log", "build", "--paths", REPOSITORY),
        *("--build-base", folder / "build", "--install-base", folder / "install"),
        *("--event-handlers", "console_direct+"),
        timeout=300,
        AMENT_PREFIX_PATH=str(prefix),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture
def sourced(fresh, workspace: Path):
    """Return a function that runs a shell command in the sourced workspace."""
    return lambda command: fresh("bash", "-c", f". {workspace}/install/setup.bash && {command}")


@pytest.mark.parametrize(
    "file", ["lib/librmw_plib.so", "lib/libplib_core.so", "bin/plib", "bin/plibd"]
)
def test_colcon_installs(workspace: Path, file: str) -> None:
    assert (workspace / "install/rmw_plib" / file).exists()


def test_the_ament_index_knows_the_rmw(workspace: Path) -> None:
    index = workspace / "install/rmw_plib/share/ament_index/resource_index"
    typesupports = (index / "rmw_typesupport/rmw_plib").read_text()
    assert "rosidl_typesupport_fastrtps_cpp" in typesupports


def test_the_variable_chooses_the_workspaces_plib(
    sourced, workspace: Path, identifier: str
) -> None:
    program = identifier + "; print(open('/proc/self/maps').read())"
    result = sourced(f'RMW_IMPLEMENTATION=rmw_plib python3 -c "{program}"')
    assert result.stdout.startswith("rmw_plib\n"), result.stderr
    loaded = {line.split()[-1] for line in result.stdout.splitlines() if "librmw_plib" in line}
    assert loaded == {str(workspace / "install/rmw_plib/lib/librmw_plib.so")}


def test_fast_dds_stays_the_default(sourced, identifier: str) -> None:
    result = sourced(f'python3 -c "{identifier}"')
    assert result.stdout == "rmw_fastrtps_cpp\n", result.stderr


def test_python_finds_the_workspaces_package(sourced, workspace: Path) -> None:
    result = sourced('python3 -c "import plib_py._native as n; print(n.__file__)"')
    assert result.stdout.startswith(str(workspace / "install")), result.stderr


@pytest.mark.parametrize("command", ["plib", "plibd"])
def test_commands_run(sourced, command: str) -> None:
    result = sourced(f"{command} --help")
    assert result.returncode == 0, result.stderr


def test_a_library_that_cannot_be_loaded_ends_python(sourced, workspace: Path) -> None:
    library = workspace / "install/rmw_plib/lib/librmw_plib.so"
    hidden = library.with_suffix(".hidden")
    library.rename(hidden)
    try:
        result = sourced("RMW_IMPLEMENTATION=rmw_plib python3 -c 'print(1)'")
    finally:
        hidden.rename(library)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "rmw_plib: RMW_IMPLEMENTATION=rmw_plib, but" in result.stderr

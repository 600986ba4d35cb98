import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

import plib_py
from plib_py import messages, typesupport

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
        timeout=580,
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


# Ends when it has heard each topic, with the classes that the workspace has built.
ROS_VIEWER = """
import rclpy, rclpy.utilities
from rmw_plib.msg import EndpointArray, Event, ParticipantArray, Statistics
from rclpy.qos import QoSProfile, DurabilityPolicy
assert rclpy.utilities.get_rmw_implementation_identifier() == "rmw_plib"
rclpy.init()
node = rclpy.create_node("viewer")
heard = {}
def hear(message):
    heard[type(message).__name__] = message
    if len(heard) == 4:
        members = heard["ParticipantArray"].participants
        assert "/plib_monitor" in [node for one in members for node in one.nodes]
        assert "/diagnostics" in [each.name for each in heard["EndpointArray"].endpoints]
        assert "/diagnostics" in [each.name for each in heard["Statistics"].publishers]
        assert heard["Event"].text and heard["Event"].event != Event.RELOAD
        print("heard all")
        raise SystemExit
latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
for kind, topic, qos in (
    (ParticipantArray, "participants", latched),
    (EndpointArray, "endpoints", latched),
    (Event, "events", latched),
    (Statistics, "statistics", 10),
):
    node.create_subscription(kind, "/plib/" + topic, hear, qos)
rclpy.spin(node)
"""


def test_the_messages_are_those_that_plib_py_makes(workspace: Path) -> None:
    share = workspace / "install/rmw_plib/share/rmw_plib/msg"
    names = sorted(file.stem for file in (REPOSITORY / "msg").glob("*.msg"))
    assert len(names) > 5
    for name in (f"rmw_plib/msg/{name}" for name in names):
        described = json.loads((share / f"{name.rsplit('/', 1)[1]}.json").read_text())
        hashes = {each["type_name"]: each["hash_string"] for each in described["type_hashes"]}
        assert typesupport.codec(messages.get(name)).hash == hashes[name]


@pytest.mark.parametrize("monitor", ["of the workspace", "that has no ROS messages"])
def test_nodes_of_the_workspace_hear_the_monitor(
    sourced, workspace: Path, tmp_path: Path, monitor: str, plibd, start_program, monkeypatch
) -> None:
    del plibd
    monkeypatch.setenv("ROS_DOMAIN_ID", "0")
    plib = f"{sys.prefix}/bin/plib"
    if monitor == "of the workspace":
        plib = f". {workspace}/install/setup.bash && exec {workspace}/install/rmw_plib/bin/plib"
    started = start_program(["bash", "-c", f"{plib} monitor"], {})
    assert started.line() == "publishing /plib/* and /diagnostics in domain 0"
    viewer = tmp_path / "viewer.py"
    viewer.write_text(ROS_VIEWER)
    with plib_py.Participant("one"):
        result = sourced(f"RMW_IMPLEMENTATION=rmw_plib python3 {viewer}")
    assert result.stdout == "heard all\n", result.stderr
    started.process.send_signal(signal.SIGTERM)
    assert started.wait() == 0, started.errors()

"""Containers need nothing of the host's but the folder of plibd's socket.

Mounts, processes, IPC and users are a container's own: no /tmp, /run or /dev/shm is shared, users
and processes have other numbers inside, and plib meets those outside all the same.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from containers import PROGRAMS, Users, in_container, needs_containers
from system import memory_descriptors_of, wait_until
from users import ALICE, BOB, as_user, needs_users

import plib_py
from plib_py import query

pytestmark = needs_containers
MEET = [sys.executable, "-u", str(PROGRAMS / "meet.py")]

Start = Callable[..., Any]
Meet = Callable[..., "Meeting"]


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a place for the logs of ROS that everybody may write."""
    with tempfile.TemporaryDirectory(prefix="plib-home-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def inside() -> dict[str, str]:
    """Return the variables of a container: none about plib, which looks for plibd at /run/plib."""
    return {"PLIB_SOCKET": "", "PLIBD": "", "HOME": "/tmp", "RMW_IMPLEMENTATION": "rmw_plib"}


class Meeting:
    """A program in a container and one outside that exchange messages.

    Parameters
    ----------
    kind
        Of both, as meet.py has it.
    start
        Starts a program.
    folder
        Of plibd's socket.
    home
        Where the one outside may write.
    users, uid
        Which users the container has, and whose both are.
    """

    def __init__(
        self, kind: str, start: Start, folder: Path, home: Path, users: Users, uid: int | None
    ) -> None:
        if kind == "rclpy":
            pytest.importorskip("rclpy")
        self._kind = kind
        self.inner = start(
            in_container(folder, *MEET, kind, "inside", "outside", users=users, uid=uid), inside()
        )
        command = [*MEET, kind, "outside", "inside"]
        self.outer = start(
            command if uid is None else as_user(uid, *command),
            {**inside(), "PLIB_SOCKET": f"{folder}/plibd.sock", "HOME": str(home)},
        )
        number = os.geteuid() if uid is None else uid
        assert self.outer.line().split()[2:] == ["user", str(number)]
        number_inside = 0 if users is Users.ROOTLESS else number
        assert self.inner.line() == f"process 1 user {number_inside}"

    def check(self) -> None:
        """Look whether each heard the other."""
        if self._kind == "rclpy":
            assert self.inner.line() == "heard 5 7 1048576"
            assert self.outer.line() == "heard 5 6 1048576"
        else:
            # Without a copy: they are one user, however that is called on either side.
            assert self.inner.line() == "heard 0 1 2 shared"
            assert self.outer.line() == "heard 0 1 2 shared"


@pytest.fixture
def meet(start_program: Start, home: Path) -> Callable[..., Meeting]:
    """Return a function that starts a meeting: meet(kind, folder, users, uid)."""

    def start(kind: str, folder: Path, users: Users, uid: int | None = None) -> Meeting:
        return Meeting(kind, start_program, folder, home, users, uid)

    return start


def node_of(participant: plib_py.Participant, name: str) -> plib_py.GraphEntity | None:
    """Return a node of the graph."""
    for entity in participant.graph():
        if (entity.kind, entity.name) == (plib_py.EntityKind.NODE, name):
            return entity
    return None


def wait_gone(participant: plib_py.Participant, name: str) -> None:
    """Wait until a node is not in the graph any more."""
    while node_of(participant, name) is not None:
        assert participant.wait_for_graph_change(30)


kinds = pytest.mark.parametrize("kind", ["rclpy", "plain"])


@kinds
@pytest.mark.parametrize("users", list(Users), ids=lambda users: users.name.lower())
def test_inside_and_outside_talk(plibd: Any, meet: Meet, kind: str, users: Users) -> None:
    if users is Users.HOST and os.geteuid() != 0:
        pytest.skip("only root makes containers without a user namespace")
    meet(kind, Path(plibd.socket).parent, users).check()


@pytest.fixture
def host_plibd(plibd_with: Callable[..., Any], no_plibd: str) -> Any:
    """Return a plibd that every user may connect to."""
    Path(no_plibd).parent.chmod(0o755)
    return plibd_with("--mode", "0666")


@needs_users
@kinds
@pytest.mark.parametrize(
    "users", [Users.ROOTLESS, Users.SAME], ids=lambda users: users.name.lower()
)
def test_rootless_containers_use_the_hosts_plibd(
    host_plibd: Any, meet: Meet, kind: str, users: Users
) -> None:
    """The host's root, whom plibd runs as, is nobody that such a container knows."""
    meet(kind, Path(host_plibd.socket).parent, users, ALICE).check()


@needs_users
def test_a_socket_elsewhere_is_not_believed_to_be_roots(
    host_plibd: Any, start_program: Start
) -> None:
    """Anybody whom the container does not know could have put it there."""
    folder = Path(host_plibd.socket).parent
    code = "import plib_py; plib_py.Participant('careful')"
    elsewhere = ["sh", "-c", 'mount --bind /run/plib /mnt && exec "$0" "$@"']
    command = [*elsewhere, sys.executable, "-c", code]
    careful = start_program(
        in_container(folder, *command, users=Users.ROOTLESS, uid=ALICE),
        {**inside(), "PLIB_SOCKET": "/mnt/plibd.sock"},
    )
    assert careful.wait() == 1
    assert "whom user 0 does not trust" in careful.errors()
    assert "have its directory mounted at /run/plib" in careful.errors()


def test_death_inside_is_noticed_outside(plibd: Any, meet: Meet) -> None:
    """Also by the number that plibd knows the process by, which is not the container's."""
    before = len(memory_descriptors_of(plibd.pid))
    meeting = meet("plain", Path(plibd.socket).parent, Users.ROOTLESS)
    meeting.check()
    with plib_py.Participant("observer") as observer:
        found = node_of(observer, "/inside")
        assert found is not None
        assert found.uid == os.geteuid()
        status = Path(f"/proc/{found.pid}/status").read_text()
        (numbers,) = (line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
        assert numbers == [str(found.pid), "1"]
        os.kill(found.pid, signal.SIGKILL)
        wait_gone(observer, "/inside")
    meeting.outer.send()
    assert meeting.outer.wait() == 0, meeting.outer.errors()
    wait_until(lambda: len(memory_descriptors_of(plibd.pid)) == before, "plibd keeps its memory")
    assert query.status()["participants"] == []


def test_plibd_may_be_restarted(plibd: Any, meet: Meet) -> None:
    """Its next socket is another file: what is mounted is the folder."""
    meeting = meet("plain", Path(plibd.socket).parent, Users.ROOTLESS)
    meeting.check()
    plibd.kill()
    plibd.start()
    for each in (meeting.inner, meeting.outer):
        each.send("again")
    meeting.check()
    with plib_py.Participant("observer") as observer:
        # They register again with their next wait, and are not asked before.
        while {node_of(observer, name) for name in ("/inside", "/outside")} & {None}:
            assert observer.wait_for_graph_change(30)


def test_a_whole_container_may_be_killed(plibd: Any, meet: Meet) -> None:
    before = len(memory_descriptors_of(plibd.pid))
    meeting = meet("plain", Path(plibd.socket).parent, Users.ROOTLESS)
    meeting.check()
    meeting.inner.end()
    meeting.outer.send()
    assert meeting.outer.wait() == 0, meeting.outer.errors()
    wait_until(lambda: len(memory_descriptors_of(plibd.pid)) == before, "plibd keeps its memory")


JOIN = """
import os, plib_py
assert os.geteuid() == 0
with plib_py.Participant("pretender") as participant:
    try:
        participant.create_publisher("/steering", plib_py.RawType("test_msgs/msg/Blob"))
    except plib_py.PermissionDenied as error:
        print(error, flush=True)
"""
ONLY_BOB = f"""
access:
  rules:
    - name: only bob steers
      user: {BOB}
      allow: {{publish: /steering}}
    - name: nobody else
      deny: {{publish: /steering}}
"""


@needs_users
def test_a_containers_root_is_who_started_it(
    plibd_with: Callable[..., Any], no_plibd: str, start_program: Start, tmp_path: Path
) -> None:
    """plibd and its policy go by the host's users."""
    folder = Path(no_plibd).parent
    folder.chmod(0o755)
    config = tmp_path / "plibd.yaml"
    config.write_text(ONLY_BOB)
    plibd_with("--mode", "0666", "--config", str(config))
    pretender = start_program(
        in_container(folder, sys.executable, "-c", JOIN, users=Users.ROOTLESS, uid=ALICE),
        inside(),
    )
    line = pretender.line()
    assert f"denies user {ALICE} to publish /steering" in line
    assert "'nobody else'" in line
    assert pretender.wait() == 0, pretender.errors()


@pytest.mark.parametrize("users", list(Users))
def test_the_command_knows_that_plibd_runs_outside(
    users: Users, plibd: Any, start_program: Start
) -> None:
    folder = Path(plibd.socket).parent

    def run(*arguments: str) -> tuple[int, str, str]:
        command = [f"{sys.prefix}/bin/plib", *arguments]
        plib = start_program(in_container(folder, *command, users=users), inside())
        output = plib.process.stdout.read().decode()
        return plib.wait(), output, plib.errors()

    outside = "the plibd at /run/plib/plibd.sock runs outside of this container"
    assert run("daemon", "stop") == (2, "", f"plib: {outside}: stop it there\n")
    assert run("daemon", "restart") == (2, "", f"plib: {outside}: restart it there\n")
    told = "plibd runs already, outside of this container, at /run/plib/plibd.sock\n"
    assert run("daemon", "start") == (0, told, "")
    _, output, _ = run("doctor")
    assert "(outside of this container)" in " ".join(output.split())


@needs_users
def test_plibd_may_itself_be_in_a_container(
    no_plibd: str, start_program: Start, meet: Meet
) -> None:
    """Processes outside have no number there."""
    folder = Path(no_plibd).parent
    folder.chmod(0o755)
    options = ["--foreground", "--socket", "/run/plib/plibd.sock", "--mode", "0666"]
    command = [f"{sys.prefix}/bin/plibd", *options]
    daemon = start_program(in_container(folder, *command, users=Users.HOST, mode="rw"), inside())
    assert daemon.line() == "listening on /run/plib/plibd.sock"
    meeting = meet("plain", folder, Users.ROOTLESS, ALICE)
    meeting.check()
    meeting.outer.end()
    with plib_py.Participant("observer") as observer:
        wait_gone(observer, "/outside")
    daemon.end()
    (folder / "plibd.sock").unlink()

"""What shells complete after `plib`: commands, and names of the running domain."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest
from plib_command import output, run

import plib_py

SERVICE = plib_py.RawServiceType("std_srvs/srv/SetBool")
STRING = plib_py.RawType("std_msgs/msg/String")


@pytest.fixture
def robot(plibd: object) -> Iterator[None]:
    """Have a node with a topic and a service."""
    del plibd
    with plib_py.Participant("arm", domain_id=0, namespace="/robot") as arm:
        arm.create_publisher("joints", STRING)
        arm.create_service("home", SERVICE)
        yield


def completed(words: str, shell: str = "bash") -> list[str]:
    """Return what a shell is told to offer for the last word."""
    done = run(
        _PLIB_COMPLETE=f"{shell}_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(shlex.split(words)) - (0 if words.endswith(" ") else 1)),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.split()]


@pytest.mark.usefixtures("no_plibd")
def test_commands_and_options_are_completed() -> None:
    assert sorted(completed("plib to")) == ["top", "topic"]
    assert completed("plib topic ec") == ["echo"]
    assert "--qos-depth" in completed("plib topic echo --qos-d")


@pytest.mark.usefixtures("robot")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("plib topic echo /ro", ["/robot/joints"]),
        ("plib topic hz /", ["/robot/joints"]),
        ("plib topic pub /robot/joints st", ["std_msgs/msg/String"]),
        ("plib record /robot", ["/robot/joints"]),
        ("plib node info /", ["/robot/arm"]),
        ("plib service call /", ["/robot/home"]),
        ("plib service call /robot/home ", ["std_srvs/srv/SetBool"]),
        ("plib topic echo /nothing", []),
        ("plib topic echo --domain 7 /", []),
    ],
)
def test_names_come_from_the_running_domain(words: str, offered: list[str]) -> None:
    assert completed(words) == offered


@pytest.mark.usefixtures("no_plibd")
def test_without_plibd_there_is_nothing_to_offer_and_no_complaint() -> None:
    assert completed("plib topic echo /") == []
    assert completed("plib node info /") == []


@pytest.mark.usefixtures("robot")
def test_bash_completes_with_the_printed_script() -> None:
    script = (
        'eval "$(plib completion bash)"; COMP_WORDS=(plib topic echo /ro); COMP_CWORD=3; '
        '_plib_completion plib; echo "${COMPREPLY[*]}"'
    )
    done = subprocess.run(
        ["bash", "-c", f"PATH={sys.prefix}/bin:$PATH; export ROS_DOMAIN_ID=0; {script}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "/robot/joints\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    script = output("completion", shell)
    assert f"_PLIB_COMPLETE={shell}_complete" in script

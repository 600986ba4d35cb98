import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from users import ALICE, as_user

from plib_py.cli import app

Result = subprocess.CompletedProcess


PLIB = f"{sys.prefix}/bin/plib"


def plib(*arguments: str, **variables: str) -> "Result[str]":
    return run(PLIB, *arguments, **variables)


def run(*command: str, **variables: str) -> "Result[str]":
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONSAFEPATH": "1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_line(result: "Result[str]", status: int) -> None:
    assert result.returncode == status, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("plib: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["topic", "node", "service"])
def test_an_empty_graph_is_no_error(no_plibd: str, what: str) -> None:
    result = plib(what, "list")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"no plibd is running at {no_plibd}: nothing to list\n"


@pytest.mark.usefixtures("no_plibd")
@pytest.mark.parametrize("what", ["topic", "node", "service"])
def test_an_empty_graph_is_json_too(what: str) -> None:
    assert json.loads(plib(what, "list", "--json").stdout) == []


@pytest.mark.parametrize(
    "command",
    [["topic", "list"], ["node", "list"], ["service", "list"], ["doctor"], ["topic", "echo", "/x"]],
)
def test_looking_starts_nothing(no_plibd: str, command: list[str]) -> None:
    plib(*command)
    assert list(Path(no_plibd).parent.iterdir()) == []


@pytest.mark.usefixtures("no_plibd")
@pytest.mark.parametrize(
    "arguments",
    [[], ["topic"], ["nonsense"], ["topic", "list", "--nonsense"], ["node", "list", "--domain=x"]],
)
def test_wrong_usage_is_told_in_one_line(arguments: list[str]) -> None:
    assert_one_line(plib(*arguments), 2)


@pytest.mark.usefixtures("no_plibd")
def test_a_malformed_domain_id_in_the_environment_is_told() -> None:
    result = plib("topic", "list", ROS_DOMAIN_ID="one")
    assert_one_line(result, 2)
    assert "ROS_DOMAIN_ID" in result.stderr


def test_a_socket_that_cannot_be_is_told(no_plibd: str) -> None:
    assert_one_line(plib("topic", "list", PLIB_SOCKET=no_plibd + "x" * 200), 2)


def test_a_socket_that_excludes_this_user_is_told(plibd) -> None:
    Path(plibd.socket).chmod(0o000)
    # Root may connect to every socket.
    become = as_user(ALICE) if os.geteuid() == 0 else []
    result = run(*become, PLIB, "topic", "list")
    assert_one_line(result, 2)
    assert "permission denied" in result.stderr


@pytest.mark.usefixtures("no_plibd")
def test_doctor_finds_no_problem_here() -> None:
    result = plib("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(result.stdout)}
    assert checks["plibd"]["status"] == "info"
    problems = [check for check in checks.values() if check["status"] == "problem"]
    assert (result.returncode, problems) == (0, [])
    assert Path(checks["librmw_plib.so"]["text"]).is_file()


def test_doctor_reports_a_problem_in_its_status(no_plibd: str) -> None:
    result = plib("doctor", PLIB_SOCKET=no_plibd + "x" * 200)
    assert result.returncode == 1
    assert "too long" in " ".join(result.stdout.split())


def commands(group: click.Group, words: list[str]) -> list[list[str]]:
    """Return the words of a group, of its commands, and of theirs."""
    found = [words]
    for name, command in group.commands.items():
        deeper = [*words, name]
        found += commands(command, deeper) if isinstance(command, click.Group) else [deeper]
    return found


def test_the_manual_has_every_command() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    missing = [words for words in commands(app.plib, ["plib"]) if " ".join(words) not in manual]
    assert missing == []


@pytest.mark.parametrize("command", commands(app.plib, []), ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    result = plib(*command, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: plib")


def test_the_version_is_told() -> None:
    result = plib("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("plib, version 0.")

"""`plib doctor`: what is missing is told with how to get it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from plib_command import PLIB

FILTER = str(Path(__file__).parent.parent / "programs" / "without_syscall.py")
FUTEX_WAITV, PIDFD_OPEN = "449", "434"


def checks(*become: str, **variables: str) -> dict[str, dict[str, Any]]:
    """Return the findings by name, of a command that was started in some way."""
    done = subprocess.run(
        [*become, PLIB, "doctor", "--json"],
        env={**os.environ, "PYTHONSAFEPATH": "1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    found = {check["name"]: check for check in json.loads(done.stdout)}
    problems = [check for check in found.values() if check["status"] == "problem"]
    assert done.returncode == int(bool(problems))
    return found


@pytest.mark.usefixtures("no_plibd")
def test_the_host_is_described() -> None:
    found = checks()
    assert {"CPU", "kernel", "mseal", "protection keys", "sealed memory", "pidfd", "memory",
            "open files", "message types", "recordings"} <= found.keys()  # fmt: skip
    assert found["sealed memory"]["status"] == "ok"
    assert "available" in found["memory"]["text"]
    assert all(check["cure"] == "" for check in found.values() if check["status"] == "ok")


@pytest.mark.usefixtures("no_plibd")
@pytest.mark.parametrize(
    ("number", "name"), [(FUTEX_WAITV, "kernel"), (PIDFD_OPEN, "pidfd")]
)  # fmt: skip
def test_a_call_that_a_container_refuses_is_told(number: str, name: str) -> None:
    check = checks(sys.executable, FILTER, number)[name]
    assert check["status"] == "problem"
    assert "seccomp" in check["cure"]


@pytest.mark.usefixtures("no_plibd")
@pytest.mark.parametrize(
    ("limit", "name", "cure"),
    [
        ("--nofile=512:512", "open files", "LimitNOFILE="),
        ("--as=8589934592", "address space", "ulimit -v unlimited"),
        ("--fsize=1048576", "file size", "ulimit -f unlimited"),
    ],
)
def test_low_limits_are_told(limit: str, name: str, cure: str) -> None:
    check = checks("prlimit", limit)[name]
    assert check["status"] == "warning"
    assert cure in check["cure"]


@pytest.mark.usefixtures("no_plibd")
def test_one_cpu_and_a_domain_that_was_turned_off_are_told() -> None:
    cpu = str(min(os.sched_getaffinity(0)))
    found = checks("taskset", "-c", cpu, PLIB_DOMAIN="off")
    assert "1 of " in found["CPU"]["text"]
    assert "second CPU" in found["CPU"]["text"]
    assert "PLIB_DOMAIN" in found["mseal"]["text"]


@pytest.mark.usefixtures("no_plibd")
def test_ros_that_runs_on_another_middleware_is_told() -> None:
    check = checks(RMW_IMPLEMENTATION="rmw_fastrtps_cpp")["RMW_IMPLEMENTATION"]
    assert check["status"] == "info"
    assert check["cure"] == "export RMW_IMPLEMENTATION=rmw_plib"

"""Processes that start as if from a fresh shell, whatever pytest itself was started with."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

# What the ROS wheels, a sourced workspace or the tester's shell may have put there.
INHERITED = (
    "_ROS_WHEELS_BOOTSTRAP_COMPLETE",
    "AMENT_PREFIX_PATH",
    "CMAKE_PREFIX_PATH",
    "COLCON_PREFIX_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PYTHONPATH",
    "RMW_IMPLEMENTATION",
)
IDENTIFIER = "import rclpy.utilities as u; print(u.get_rmw_implementation_identifier())"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def prefix() -> Path:
    """Return the environment that plib is installed in."""
    return Path(sys.prefix)


@pytest.fixture(scope="session")
def fresh() -> Run:
    """Return a function that runs a command in a fresh environment plus some variables."""

    def run(
        *command: str | Path, timeout: float = 60, cwd: Path | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if name not in INHERITED},
            # Not the tree's own plib_py, which has no compiled part.
            "PYTHONSAFEPATH": "1",
            "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
            **variables,
        }
        return subprocess.run(
            command,
            env=environment,
            cwd=cwd,
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def identifier() -> str:
    """Return a program that prints which rmw rclpy talks to."""
    return IDENTIFIER

"""monitor.launch.py: the monitor publishes in its domain, and ends well.

Runs where ROS's launch_testing is installed; test_scenarios.py tests the same without it.
"""

import tempfile
import unittest
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("launch_testing", reason="launch_testing is not installed")

import launch
import launch.launch_description_sources
import launch_testing
import launch_testing.actions
import launch_testing.asserts

FILE = Path(__file__).parents[2] / "launch" / "monitor.launch.py"


@pytest.mark.launch_test
def generate_test_description() -> Any:
    # Short, since the path of a socket has 107 characters at most.
    folder = tempfile.mkdtemp(prefix="plib-")
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(FILE))
    return launch.LaunchDescription(
        [
            launch.actions.SetEnvironmentVariable("PLIB_SOCKET", f"{folder}/plibd.sock"),
            launch.actions.SetEnvironmentVariable("ROS_DOMAIN_ID", "7"),
            launch.actions.IncludeLaunchDescription(source),
            launch_testing.actions.ReadyToTest(),
        ]
    )


class TestRunning(unittest.TestCase):
    def test_it_publishes(self, proc_output: Any) -> None:
        proc_output.assertWaitFor(
            "publishing /plib/* and /diagnostics in domain 7", timeout=30, stream="stdout"
        )


@launch_testing.post_shutdown_test()
class TestEnded(unittest.TestCase):
    def test_it_ends_well(self, proc_info: Any) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)

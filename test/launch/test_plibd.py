"""plibd.launch.py: plibd listens where it was told to, and ends well.

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

FILE = Path(__file__).parents[2] / "launch" / "plibd.launch.py"


@pytest.mark.launch_test
def generate_test_description() -> Any:
    # Short, since the path of a socket has 107 characters at most.
    folder = tempfile.mkdtemp(prefix="plib-")
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(FILE))
    included = launch.actions.IncludeLaunchDescription(
        source, launch_arguments={"socket": f"{folder}/plibd.sock"}.items()
    )
    return launch.LaunchDescription([included, launch_testing.actions.ReadyToTest()])


class TestRunning(unittest.TestCase):
    def test_it_listens(self, proc_output: Any) -> None:
        proc_output.assertWaitFor("listening on ", timeout=30, stream="stdout")


@launch_testing.post_shutdown_test()
class TestEnded(unittest.TestCase):
    def test_it_ends_well(self, proc_info: Any) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)

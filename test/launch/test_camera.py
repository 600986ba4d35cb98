"""examples/camera.launch.py: the viewer sees what the camera publishes, and both end well.

Runs where ROS's launch_testing is installed; test/examples runs the same without it.
"""

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

FILE = Path(__file__).parents[2] / "examples" / "camera.launch.py"


@pytest.mark.launch_test
def generate_test_description() -> Any:
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(FILE))
    return launch.LaunchDescription(
        [
            launch.actions.IncludeLaunchDescription(
                source, launch_arguments={"count": "1000000"}.items()
            ),
            launch_testing.actions.ReadyToTest(),
        ]
    )


class TestRunning(unittest.TestCase):
    def test_the_viewer_sees_the_camera(self, proc_output: Any) -> None:
        proc_output.assertWaitFor("1920x1080, brightness", timeout=60, stream="stdout")


@launch_testing.post_shutdown_test()
class TestEnded(unittest.TestCase):
    def test_both_end_well(self, proc_info: Any) -> None:
        launch_testing.asserts.assertExitCodes(proc_info, allowable_exit_codes=[0])

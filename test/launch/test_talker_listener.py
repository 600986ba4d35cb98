"""talker_listener.launch.py: both start, one hears the other, both end well.

Runs where ROS's launch_testing is installed; test_scenarios.py tests the same without it.
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

FILE = Path(__file__).parents[2] / "launch" / "talker_listener.launch.py"


@pytest.mark.launch_test
def generate_test_description() -> Any:
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(FILE))
    return launch.LaunchDescription(
        [
            launch.actions.IncludeLaunchDescription(source),
            launch_testing.actions.ReadyToTest(),
        ]
    )


class TestRunning(unittest.TestCase):
    def test_the_listener_hears_the_talker(self, proc_output: Any) -> None:
        proc_output.assertWaitFor('"heard": 100', timeout=60, stream="stdout")


@launch_testing.post_shutdown_test()
class TestEnded(unittest.TestCase):
    def test_both_end_well(self, proc_info: Any) -> None:
        # SIGINT, which launch sends first, ends rclpy's spin with KeyboardInterrupt.
        launch_testing.asserts.assertExitCodes(proc_info, allowable_exit_codes=[0, -2, 1])

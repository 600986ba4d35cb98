"""The camera and a ROS viewer: ``ros2 launch examples/camera.launch.py count:=100``.

Both run over plib, and the launch ends when the viewer has seen enough. plibd is started by
whichever comes first; for several users start the host's (docs/operations.md).
"""

import sys
from pathlib import Path

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.substitutions import LaunchConfiguration

HERE = Path(__file__).parent


def generate_launch_description() -> LaunchDescription:
    """Return the two programs."""
    camera = ExecuteProcess(
        name="camera", cmd=[sys.executable, str(HERE / "camera.py"), "capture"], output="screen"
    )
    viewer = ExecuteProcess(
        name="viewer",
        cmd=[
            sys.executable,
            str(HERE / "ros_viewer.py"),
            "--count",
            LaunchConfiguration("count"),
        ],
        output="screen",
    )
    ended = OnProcessExit(target_action=viewer, on_exit=[EmitEvent(event=Shutdown())])
    return LaunchDescription(
        [
            DeclareLaunchArgument("count", default_value="100", description="images to look at"),
            SetEnvironmentVariable("RMW_IMPLEMENTATION", "rmw_plib"),
            camera,
            viewer,
            RegisterEventHandler(ended),
        ]
    )

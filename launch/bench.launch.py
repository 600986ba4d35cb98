"""The same nodes over plib, then over Fast DDS: ``ros2 launch rmw_plib bench.launch.py``."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration

from plib_py.demo.scenarios import bench


def generate_launch_description() -> LaunchDescription:
    """Return the comparison, with its length as an argument."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "seconds", default_value="12", description="how long to measure each"
            ),
            *(
                ExecuteProcess(name=part.name, cmd=list(part.command), output="screen")
                for part in bench(LaunchConfiguration("seconds"))
            ),
        ]
    )

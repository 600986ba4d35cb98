"""A talker and a listener over plib: ``ros2 launch rmw_plib talker_listener.launch.py``."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration

from plib_py.demo.scenarios import talker_listener


def generate_launch_description() -> LaunchDescription:
    """Return the two nodes, and the RMW implementation that they use."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "rmw", default_value="rmw_plib", description="the RMW implementation"
            ),
            SetEnvironmentVariable("RMW_IMPLEMENTATION", LaunchConfiguration("rmw")),
            *(
                ExecuteProcess(
                    name=part.name,
                    cmd=list(part.command),
                    additional_env={
                        **part.environment,
                        "RMW_IMPLEMENTATION": LaunchConfiguration("rmw"),
                    },
                    output="screen",
                )
                for part in talker_listener()
            ),
        ]
    )

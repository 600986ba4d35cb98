"""plibd for all users of a host: ``sudo ros2 launch rmw_plib plibd.launch.py mode:=0660``.

Nobody needs it to talk to themselves: the first participant of a user starts one of its own.
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration

from plib_py.demo.scenarios import daemon


def generate_launch_description() -> LaunchDescription:
    """Return plibd, with its socket and who may connect to it as arguments."""
    parts = daemon(LaunchConfiguration("socket"), LaunchConfiguration("mode"))
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "socket",
                default_value="/run/plib/plibd.sock",
                description="where to listen; others find it in PLIB_SOCKET",
            ),
            DeclareLaunchArgument(
                "mode", default_value="0600", description="who may write the socket may connect"
            ),
            *(
                ExecuteProcess(name=part.name, cmd=list(part.command), output="screen")
                for part in parts
            ),
        ]
    )

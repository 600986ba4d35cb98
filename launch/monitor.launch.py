"""The node that tells how plib is doing: ``ros2 launch rmw_plib monitor.launch.py``.

With ``prometheus_port:=9464`` it serves Prometheus, too.
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration

from plib_py.demo.scenarios import monitor


def generate_launch_description() -> LaunchDescription:
    """Return the monitor, with its options as arguments."""
    parts = monitor(
        *(LaunchConfiguration(name) for name in ("period", "prometheus_port", "prometheus_address"))
    )
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "period", default_value="1.0", description="seconds between two looks"
            ),
            DeclareLaunchArgument(
                "prometheus_port", default_value="off", description="where to serve Prometheus"
            ),
            DeclareLaunchArgument(
                "prometheus_address",
                default_value="127.0.0.1",
                description="address to serve it at; whoever reaches it may read",
            ),
            *(
                ExecuteProcess(
                    name=part.name,
                    cmd=list(part.command),
                    additional_env=part.environment,
                    output="screen",
                )
                for part in parts
            ),
        ]
    )

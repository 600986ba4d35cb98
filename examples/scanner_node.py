"""A scanner as any ROS node is written: it publishes scans, and prints what nearest.py answers.

RMW_IMPLEMENTATION=rmw_plib python3 examples/scanner_node.py
"""

import contextlib
import math

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from sensor_msgs.msg import LaserScan, Range  # type: ignore[import-untyped]


class Scanner(Node):
    """Sees a wall that comes nearer."""

    def __init__(self) -> None:
        super().__init__("scanner")
        self._distance = 4.0
        self._scans = self.create_publisher(LaserScan, "scan", 10)
        self.create_subscription(Range, "nearest", self._hear, 10)
        self.create_timer(0.1, self._scan)

    def _scan(self) -> None:
        angles = [math.radians(angle) for angle in range(-60, 61)]
        self._scans.publish(
            LaserScan(
                angle_min=angles[0],
                angle_max=angles[-1],
                angle_increment=math.radians(1),
                range_max=30.0,
                ranges=[self._distance / math.cos(angle) for angle in angles],
            )
        )
        self._distance = max(0.5, self._distance - 0.5)

    def _hear(self, nearest: Range) -> None:
        print(f"nearest: {nearest.range:.1f} m", flush=True)


def main() -> None:
    """Run until Ctrl-C."""
    with rclpy.init(), contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(Scanner())


if __name__ == "__main__":
    main()

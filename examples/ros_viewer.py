"""A viewer as any ROS node is written; it meets examples/camera.py by its variable alone.

RMW_IMPLEMENTATION=rmw_plib python3 examples/ros_viewer.py --count 10
"""

import argparse
import contextlib

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image  # type: ignore[import-untyped]


class Viewer(Node):
    """Says what the images are like."""

    def __init__(self) -> None:
        super().__init__("ros_viewer")
        self.seen = 0
        self.create_subscription(Image, "image_raw", self._look, qos_profile_sensor_data)

    def _look(self, image: Image) -> None:
        self.seen += 1
        brightness = sum(image.data[:: len(image.data) // 100]) / 100
        print(f"{image.width}x{image.height}, brightness {brightness:.0f}", flush=True)


def main() -> None:
    """Look at as many images as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="how many")
    arguments, rest = parser.parse_known_args()  # ros2 launch adds some of its own
    with rclpy.init(args=rest):
        viewer = Viewer()
        with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
            while viewer.seen < arguments.count:
                rclpy.spin_once(viewer)


if __name__ == "__main__":
    main()

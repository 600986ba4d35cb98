"""A talker: std_msgs/String at 100 Hz."""

import sys

from rclpy.node import Node
from std_msgs.msg import String  # type: ignore[import-untyped]

from plib_py.demo.node import now, run

RATE = 100.0  # Hz


class Talker(Node):
    """Publishes numbered lines with the time."""

    def __init__(self) -> None:
        super().__init__("talker")
        self.sent = 0
        self.publisher = self.create_publisher(String, "chatter", 10)
        self.timer = self.create_timer(1 / RATE, self.publish)

    def publish(self) -> None:
        """Publish the next line, once somebody is there to hear it."""
        if self.sent == 0 and self.publisher.get_subscription_count() == 0:
            return
        self.publisher.publish(String(data=f"{self.sent + 1} {now()}"))
        self.sent += 1


if __name__ == "__main__":
    sys.exit(run(Talker, lambda talker: {"sent": talker.sent}))

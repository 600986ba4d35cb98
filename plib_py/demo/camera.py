"""A camera: 1 MiB sensor_msgs/Image at 30 Hz."""

import array
import sys

from rclpy.node import Node
from sensor_msgs.msg import Image  # type: ignore[import-untyped]

from plib_py.demo.node import now, run, tell

RATE = 30.0  # Hz
WIDTH, HEIGHT, CHANNELS = 592, 590, 3  # 1 MiB, near enough


class Camera(Node):
    """Publishes one image again and again, with a new stamp and number."""

    def __init__(self) -> None:
        super().__init__("camera")
        self.sent = 0
        self.image = Image(
            height=HEIGHT,
            width=WIDTH,
            encoding="rgb8",
            step=WIDTH * CHANNELS,
            data=array.array("B", bytes(WIDTH * HEIGHT * CHANNELS)),
        )
        self.publisher = self.create_publisher(Image, "image_raw", 10)
        self.timer = self.create_timer(1 / RATE, self.publish)

    def publish(self) -> None:
        """Publish the next image, once somebody is there to see it."""
        if self.sent == 0 and self.publisher.get_subscription_count() == 0:
            return
        self.image.header.frame_id = str(self.sent + 1)
        stamp = now()
        self.image.header.stamp.sec, self.image.header.stamp.nanosec = divmod(stamp, 10**9)
        self.publisher.publish(self.image)
        self.sent += 1
        # It may be killed at any time: what was sent is told at once.
        tell(sent=self.sent)


if __name__ == "__main__":
    sys.exit(run(Camera, lambda camera: {"sent": camera.sent}))

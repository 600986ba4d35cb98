"""A viewer: subscribes to both, and notes when what arrives."""

import sys
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import Image  # type: ignore[import-untyped]
from std_msgs.msg import String  # type: ignore[import-untyped]

from plib_py.demo.node import now, run, tell


class Stream:
    """What arrived of a topic: a row of {number: latency in us} for each life of its publisher."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lives: list[dict[int, float]] = []
        self.last = 0

    def note(self, number: int, stamp: int, arrived: int) -> None:
        """Note one message; numbers that begin again are a new life."""
        if not self.lives or number < self.last:
            self.lives.append({})
            tell(first=self.name, life=len(self.lives))
        self.last = number
        self.lives[-1][number] = (arrived - stamp) / 1e3


class Viewer(Node):
    """Subscribes to the camera and the talker."""

    def __init__(self) -> None:
        super().__init__("viewer")
        self.images = Stream("image")
        self.lines = Stream("text")
        self.create_subscription(Image, "image_raw", self.see, 10)
        self.create_subscription(String, "chatter", self.hear, 10)

    def see(self, image: Any) -> None:
        """Note an image."""
        arrived = now()
        stamp = image.header.stamp.sec * 10**9 + image.header.stamp.nanosec
        self.images.note(int(image.header.frame_id), stamp, arrived)

    def hear(self, text: Any) -> None:
        """Note a line."""
        arrived = now()
        number, stamp = text.data.split()
        self.lines.note(int(number), int(stamp), arrived)

    def result(self) -> dict[str, Any]:
        """Return for each stream and life: how many arrived and their latencies."""
        return {
            stream.name: [
                {"received": len(life), "latencies": list(life.values())} for life in stream.lives
            ]
            for stream in (self.images, self.lines)
        }


if __name__ == "__main__":
    sys.exit(run(Viewer, lambda viewer: viewer.result()))

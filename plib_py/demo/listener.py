"""A listener: hears what the talker says."""

import sys

from rclpy.node import Node
from std_msgs.msg import String  # type: ignore[import-untyped]

from plib_py.demo.node import run, tell

EVERY = 100  # messages


class Listener(Node):
    """Counts the talker's lines, and those that are missing between them."""

    def __init__(self) -> None:
        super().__init__("listener")
        self.heard = 0
        self.missing = 0
        self._last = 0
        self.create_subscription(String, "chatter", self.hear, 10)

    def hear(self, message: String) -> None:
        """Count a line; tell of the first, and of every hundredth."""
        number = int(message.data.split()[0])
        if self._last:
            self.missing += number - self._last - 1
        self._last = number
        self.heard += 1
        if self.heard == 1 or self.heard % EVERY == 0:
            tell(heard=self.heard, missing=self.missing)


if __name__ == "__main__":
    sys.exit(run(Listener, lambda listener: {"heard": listener.heard, "missing": listener.missing}))

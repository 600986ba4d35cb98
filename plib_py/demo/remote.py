"""A remote control: calls the switch at 10 Hz."""

import sys
from typing import Any

from rclpy.node import Node
from std_srvs.srv import SetBool  # type: ignore[import-untyped]

from plib_py.demo.node import now, run, tell

RATE = 10.0  # Hz


class Remote(Node):
    """Calls, and notes how long each answer took, in us."""

    def __init__(self) -> None:
        super().__init__("remote")
        self.sent = 0
        self.called = 0
        self.round_trips: list[float] = []
        self.client: Any = self.create_client(SetBool, "switch")
        self.timer = self.create_timer(1 / RATE, self.call)

    def call(self) -> None:
        """Call once, when the switch is there."""
        if self.sent == 0 and not self.client.service_is_ready():
            return
        called = now()
        future = self.client.call_async(SetBool.Request(data=self.sent % 2 == 0))
        self.sent += 1
        self.called = called

        def answered(future: Any) -> None:
            if future.result().success:
                self.round_trips.append((now() - called) / 1e3)
            if len(self.round_trips) == 1:
                tell(first="call", life=1)

        future.add_done_callback(answered)

    def result(self) -> dict[str, Any]:
        """Return what became of the calls; one that has only just begun does not count."""
        unanswered = len(self.round_trips) < self.sent
        begun = unanswered and now() - self.called < 1e9 / RATE
        return {"sent": self.sent - begun, "round_trips": self.round_trips}


if __name__ == "__main__":
    sys.exit(run(Remote, lambda remote: remote.result()))

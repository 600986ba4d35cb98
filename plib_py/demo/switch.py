"""A switch: serves std_srvs/SetBool."""

import sys
from typing import Any

from rclpy.node import Node
from std_srvs.srv import SetBool  # type: ignore[import-untyped]

from plib_py.demo.node import run


class Switch(Node):
    """Is on or off."""

    def __init__(self) -> None:
        super().__init__("switch")
        self.on = False
        self.served = 0
        self.service = self.create_service(SetBool, "switch", self.turn)

    def turn(self, request: Any, response: Any) -> Any:
        """Turn it on or off."""
        self.served += 1
        self.on = request.data
        response.success = True
        response.message = "on" if self.on else "off"
        return response


if __name__ == "__main__":
    sys.exit(run(Switch, lambda switch: {"served": switch.served}))

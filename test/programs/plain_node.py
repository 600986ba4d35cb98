"""An unmodified rclpy node, as the tutorials write it: publishes, serves, has a parameter, logs."""

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger


class Plain(Node):
    """Publishes ten times a second and answers."""

    def __init__(self) -> None:
        super().__init__("plain", namespace="robot")
        self.declare_parameter("speed", 1.5)
        self._publisher = self.create_publisher(String, "chatter", 10)
        self.create_service(Trigger, "ping", self._ping)
        self.create_timer(0.1, self._tick)

    def _tick(self) -> None:
        stamp = self.get_clock().now().nanoseconds
        self._publisher.publish(String(data=f"{stamp} {self.get_parameter('speed').value}"))

    def _ping(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.get_logger().info("pinged")
        response.success = True
        response.message = "pong"
        return response


def main() -> None:
    """Run until Ctrl-C."""
    rclpy.init()
    node = Plain()
    print("up", flush=True)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()

"""A plain Python program that drives a ROS robot; ROS need not be installed where it runs.

pip install rmw-plib[messages]
python examples/without_ros.py

It publishes geometry_msgs/Twist on /cmd_vel and prints what comes on /chatter. On the robot's side,
any node will do that runs with RMW_IMPLEMENTATION=rmw_plib::

    ros2 topic echo /cmd_vel
    ros2 topic pub /chatter std_msgs/msg/String "data: hello"
"""

import argparse

import plib_py
from plib_py import messages

Twist = messages.get("geometry_msgs/msg/Twist")
Vector3 = messages.get("geometry_msgs/msg/Vector3")


def run(count: int) -> None:
    """Publish for each message that is heard, so many times."""
    with plib_py.Participant("plain_python") as participant:
        velocities = participant.create_publisher("/cmd_vel", Twist)
        texts = participant.create_subscription("/chatter", "std_msgs/msg/String")
        print("waiting for a robot", flush=True)
        velocities.wait_matched()
        for number, sample in enumerate(texts, 1):
            print(f"heard {sample.message.data}", flush=True)
            velocities.publish(Twist(linear=Vector3(x=0.1 * number)))
            if number == count:
                break
        velocities.wait_acked(1.0)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10, help="messages to hear and to publish")
    run(parser.parse_args().count)


if __name__ == "__main__":
    main()

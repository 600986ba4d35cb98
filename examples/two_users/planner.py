"""Steers, where plibd's access policy lets it; run it as the user `planner`.

sudo -u planner python3 examples/two_users/planner.py 0.5
"""

import argparse

import plib_py
from plib_py import messages

Twist = messages.get("geometry_msgs/msg/Twist")


def main() -> None:
    """Publish one velocity."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("speed", type=float, help="m/s")
    speed = parser.parse_args().speed
    with plib_py.Participant("planner") as participant:
        try:
            velocities = participant.create_publisher("/cmd_vel", Twist)
        except plib_py.PermissionDenied as error:
            raise SystemExit(f"planner: {error}") from error
        velocities.wait_matched()
        twist = Twist()
        twist.linear.x = speed
        velocities.publish(twist)
        velocities.wait_acked()


if __name__ == "__main__":
    main()

"""Drives as it is told; run it as the user `base`.

sudo -u base python3 examples/two_users/base.py
"""

import contextlib

import plib_py
from plib_py import messages

Twist = messages.get("geometry_msgs/msg/Twist")


def main() -> None:
    """Listen until Ctrl-C."""
    with plib_py.Participant("base") as participant, contextlib.suppress(KeyboardInterrupt):
        try:
            velocities = participant.create_subscription("/cmd_vel", Twist)
        except plib_py.PermissionDenied as error:
            raise SystemExit(f"base: {error}") from error
        print("waiting for a planner", flush=True)
        for sample in velocities:
            print(f"driving at {sample.message.linear.x:.1f} m/s", flush=True)


if __name__ == "__main__":
    main()

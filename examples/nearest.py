"""A plain Python program beside rclpy: it hears a node's scans, and says how near they come.

python examples/nearest.py                                          # in one terminal
RMW_IMPLEMENTATION=rmw_plib python3 examples/scanner_node.py        # in another

No node, no executor, no callback: a loop over what comes. pip install rmw-plib[messages], where ROS
is not installed.
"""

import contextlib

import numpy

import plib_py
from plib_py import messages

Range = messages.get("sensor_msgs/msg/Range")


def main() -> None:
    """Run until Ctrl-C."""
    with plib_py.Participant("nearest") as participant, contextlib.suppress(KeyboardInterrupt):
        nearest = participant.create_publisher("/nearest", Range)
        scans = participant.create_subscription("/scan", "sensor_msgs/msg/LaserScan")
        print("listening", flush=True)
        for sample in scans:
            scan = sample.message
            ranges = numpy.asarray(scan.ranges)
            distance = float(ranges.min(initial=scan.range_max))
            nearest.publish(Range(max_range=scan.range_max, range=distance))


if __name__ == "__main__":
    main()

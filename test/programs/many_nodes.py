"""Start many ROS nodes at once, each a process of its own, and time until all see all.

many_nodes.py COUNT SECONDS: prints a JSON object with the seconds until the last node saw all
others, from the start of the first process and from when all have Python and rclpy loaded,
and the CPU seconds that it cost.
"""

from __future__ import annotations

import json
import os
import sys
import time
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.utilities import get_rmw_implementation_identifier


def be_node(
    number: int, count: int, patience: float, all_loaded: Barrier, all_met: Barrier
) -> None:
    """Be one node until it, and then all others, see all."""
    all_loaded.wait(patience)
    rclpy.init()
    node = rclpy.create_node(f"node_{number}")
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    deadline = time.monotonic() + patience
    while len(node.get_node_names()) < count:
        if time.monotonic() > deadline:
            print(f"node {number} sees {len(node.get_node_names())}", file=sys.stderr)
            all_met.abort()
            sys.exit(1)
        executor.spin_once(timeout_sec=0.02)
    all_met.wait(patience)
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()


def main() -> int:
    """Run the nodes."""
    count, patience = int(sys.argv[1]), float(sys.argv[2])
    identifier = get_rmw_implementation_identifier()
    if identifier != os.environ.get("RMW_IMPLEMENTATION"):
        print(f"this runs on {identifier}", file=sys.stderr)
        return 1
    # Not forked: Fast DDS tells processes apart by what it learnt when it was loaded.
    context = get_context("spawn")
    all_loaded, all_met = context.Barrier(count + 1), context.Barrier(count + 1)
    nodes = [
        context.Process(target=be_node, args=(number, count, patience, all_loaded, all_met))
        for number in range(count)
    ]
    start = time.monotonic()
    for node in nodes:
        node.start()
    all_loaded.wait(patience)
    loaded = time.monotonic()
    all_met.wait(patience)
    met = time.monotonic()
    for node in nodes:
        node.join(patience)
    times = os.times()
    cpu = times.children_user + times.children_system
    print(json.dumps({"seconds": met - start, "from_loaded": met - loaded, "cpu": cpu}))
    return max(node.exitcode or 0 for node in nodes)


if __name__ == "__main__":
    sys.exit(main())

"""How the demo's nodes begin, end and say what they saw: lines of JSON on stdout."""

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import rclpy
import rclpy.utilities
from rclpy.executors import ExternalShutdownException
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node


def tell(**what: Any) -> None:
    """Write one line to whoever started this process."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def now() -> int:
    """Return CLOCK_MONOTONIC, which all processes share, in ns."""
    return time.monotonic_ns()


def run(make: Callable[[], Node], result: Callable[[Any], dict[str, Any]]) -> int:
    """Run a node until SIGTERM, then tell its result.

    Parameters
    ----------
    make : callable
        Creates the node.
    result : callable
        What the node has to tell at its end.
    """
    _end_with_parent()
    rclpy.init()
    wanted = os.environ["RMW_IMPLEMENTATION"]
    used = rclpy.utilities.get_rmw_implementation_identifier()
    if used != wanted:
        print(f"this node runs on {used} instead of {wanted}", file=sys.stderr)
        return 1
    node = make()
    tell(ready=True)
    try:
        rclpy.spin(node)
    except ExternalShutdownException:
        pass
    except rclpy_implementation.RCLError:
        # SIGTERM ends rclpy's context under the feet of a callback that is just publishing.
        if rclpy.ok():
            raise
    tell(result=result(node))
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


def _end_with_parent() -> None:
    """Have the kernel end this process if the demo is killed."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)

"""What the launch files start, for those who start it without ``ros2 launch``, too."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Part:
    """A process of a scenario.

    Attributes
    ----------
    name : str
        What it is called in logs.
    command : tuple
        Program and arguments; arguments may be what a launch file substitutes.
    environment : dict
        Variables beside those that are there.
    """

    name: str
    command: tuple[Any, ...]
    environment: dict[str, str]


def talker_listener(rmw: str = "rmw_plib") -> tuple[Part, ...]:
    """Return two rclpy nodes, one of which says 100 lines a second and one of which counts them."""
    return tuple(
        Part(
            name,
            (sys.executable, "-m", f"plib_py.demo.{name}"),
            {"RMW_IMPLEMENTATION": rmw, "PYTHONSAFEPATH": "1"},
        )
        for name in ("listener", "talker")
    )


def daemon(socket: Any, mode: Any = "0600") -> tuple[Part, ...]:
    """Return a plibd on a socket, which whoever its mode admits may use."""
    beside = Path(sys.executable).with_name("plibd")
    program = str(beside) if os.access(beside, os.X_OK) else "plibd"
    return (Part("plibd", (program, "--foreground", "--socket", socket, "--mode", mode), {}),)


def monitor(
    period: Any = "1.0", prometheus_port: Any = "off", prometheus_address: Any = "127.0.0.1"
) -> tuple[Part, ...]:
    """Return the node that tells how plib is doing."""
    command = (
        *(sys.executable, "-m", "plib_py.cli", "monitor", "--period", period),
        *("--prometheus-port", prometheus_port, "--prometheus-address", prometheus_address),
    )
    return (Part("plib_monitor", command, {"PYTHONSAFEPATH": "1"}),)


def bench(seconds: Any = "12") -> tuple[Part, ...]:
    """Return the demo, which runs its nodes over plib and then over Fast DDS, and compares."""
    return (Part("bench", (sys.executable, "-m", "plib_py.demo", "--seconds", seconds), {}),)

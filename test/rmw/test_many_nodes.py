"""Fifty rclpy nodes started at once all see each other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parent.parent / "programs" / "many_nodes.py"
NODES = 50


def start(environment: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(NODES), "120"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_fifty_nodes_see_each_other(ros_plibd: Any, capsys: Any) -> None:
    plib = start(ros_plibd.environment())
    peer = start(ros_plibd.environment(RMW_IMPLEMENTATION="rmw_fastrtps_cpp"))
    with capsys.disabled():
        print(f"\n{NODES} nodes until all see all:")
        for name, result in (("plib", plib), ("Fast DDS", peer)):
            print(
                f"  {name}: {result['from_loaded']:.2f} s once Python is loaded, "
                f"{result['seconds']:.2f} s in all, {result['cpu']:.1f} s CPU"
            )

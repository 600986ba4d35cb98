"""Where things are."""

import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
BUILD = ROOT / "build" / "bench"
NATIVE = BUILD / "native"
# The drawing library and the other middlewares' Python packages: ROS's environment stays as it is.
TOOLS_PYTHON = BUILD / "venv" / "bin" / "python"
PROFILES = BENCH / "fastdds"
ENVIRONMENT = Path(sys.prefix)


def library_folders() -> list[Path]:
    """Return where the ROS wheels keep libraries; programs that Python does not start need it."""
    return [
        ENVIRONMENT / "lib",
        *sorted(ENVIRONMENT.glob("lib/python3*/site-packages/ros_*.libs")),
    ]

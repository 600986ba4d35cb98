"""What a kernel lacks is said clearly: futex_waitv is needed, mseal is better to have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FILTER = str(Path(__file__).parent.parent / "programs" / "without_syscall.py")
FUTEX_WAITV, MSEAL = "449", "462"
EXCHANGE = """
import plib_py
kind = plib_py.RawType("std_msgs/msg/String")
with plib_py.Participant("both") as both:
    subscription = both.create_subscription("/here", kind)
    publisher = both.create_publisher("/here", kind)
    publisher.publish(b"0123")
    assert subscription.wait(30)
    print(bytes(subscription.take().message))
"""


def run(number: str, socket: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FILTER, number, *command],
        env={**os.environ, "PLIB_SOCKET": socket, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_kernel_before_5_16_is_refused(ros_plibd: Any) -> None:
    done = run(FUTEX_WAITV, ros_plibd.path, sys.executable, "-c", EXCHANGE)
    assert done.returncode != 0
    assert "this kernel has no futex_waitv: plib needs Linux 5.16 or newer" in done.stderr
    doctor = run(FUTEX_WAITV, ros_plibd.path, f"{sys.prefix}/bin/plib", "doctor")
    assert doctor.returncode == 1
    assert "futex_waitv" in doctor.stdout


def test_kernel_without_mseal_works_with_a_warning(ros_plibd: Any) -> None:
    done = run(MSEAL, ros_plibd.path, sys.executable, "-c", EXCHANGE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "b'0123'\n"
    doctor = run(MSEAL, ros_plibd.path, f"{sys.prefix}/bin/plib", "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "mseal" in doctor.stdout
    assert "6.10" in doctor.stdout

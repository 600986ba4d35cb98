"""A process is killed in the midst of an operation, between any two of its instructions: what its
peers get is whole, in order and nothing that was not published; they publish on, hear of its death
and are no longer held up by it; plibd answers, and nobody keeps memory or descriptors of it.

Some kills of each operation, others each time; `make kill-points` kills after every instruction.
"""

from __future__ import annotations

import os
import platform
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kill_points import (
    CANNOT_BE_TRIED,
    OPERATIONS,
    PROGRAM,
    domains,
    kills_of,
    plibd_options,
)

# Of each operation; an emulated CPU takes its time.
KILLS = int(os.environ.get("PLIB_TEST_KILLS", "120"))
PATIENCE = 300.0  # seconds

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="victims are stepped on x86-64 only"
)


@pytest.mark.slow
@pytest.mark.parametrize("domain", domains())
@pytest.mark.parametrize("operation", OPERATIONS)
def test_others_go_on_and_nothing_is_left(
    operation: str,
    domain: str,
    no_plibd: str,
    plibd_with: Callable[..., Any],
    program: Callable[..., Any],
    kill_table: Callable[..., None],
    tmp_path: Path,
) -> None:
    Path(no_plibd).parent.chmod(0o711)
    plibd_with(*plibd_options(tmp_path))
    phase = random.randrange(1 << 16)
    run = program("kill_points", operation, str(KILLS), str(phase), PLIB_DOMAIN=domain)
    status = run.wait(PATIENCE)
    if status == CANNOT_BE_TRIED:
        pytest.skip(run.errors())
    assert status == 0, f"kill_points {operation} {KILLS} {phase}: {run.errors()}"
    kills = kills_of(run.line())
    kill_table(operation, domain, kills, phase)
    assert kills.kills >= min(KILLS, kills.instructions)


def test_each_operation_is_tried() -> None:
    listed = subprocess.run([PROGRAM, "list"], capture_output=True, text=True, check=True)
    assert tuple(listed.stdout.split()) == OPERATIONS

import os
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", ["plib", "plibd"])
def test_commands_are_installed_and_explain_themselves(fresh, prefix: Path, command: str) -> None:
    result = fresh(prefix / "bin" / command, "--help")
    assert result.returncode == 0, result.stderr
    assert "usage" in result.stdout.lower()


def test_plibd_starts_without_a_second_python(fresh, prefix: Path) -> None:
    start = time.monotonic()
    fresh(prefix / "bin/plibd", "--help")
    once = time.monotonic() - start
    # Three times what it takes on an idle machine; the wheels' way of starting takes longer still.
    assert once < float(os.environ.get("PLIB_TEST_SECONDS", "1"))

"""What one user may have of plibd, and what it is told beyond that."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import plib_py

BLOB = plib_py.RawType("test_msgs/msg/Blob")


@pytest.fixture
def limited(plibd_with: Callable[..., Any], tmp_path: Path) -> Callable[[str], Any]:
    """Return a function that starts plibd with limits for this user."""

    def start(limits: str) -> Any:
        config = tmp_path / "plibd.yaml"
        config.write_text(f"limits: {{users: {{{os.geteuid()}: {limits}}}}}")
        return plibd_with("--config", str(config))

    return start


def test_endpoints_of_all_its_participants_count(limited: Callable[[str], Any]) -> None:
    limited("{endpoints: 5}")
    with plib_py.Participant("one") as one, plib_py.Participant("two") as two:
        first = one.create_publisher("/a", BLOB)
        two.create_publisher("/a", BLOB)
        two.create_subscription("/a", BLOB)
        with pytest.raises(plib_py.QuotaExceeded, match=r"limits\.user\.endpoints"):
            one.create_publisher("/b", BLOB)
        first.close()
        one.create_publisher("/b", BLOB)


def test_memory_of_all_its_participants_counts(limited: Callable[[str], Any]) -> None:
    limited("{memory: 8M}")
    large = bytes(5 << 20)
    with plib_py.Participant("one") as one:
        one.create_publisher("/a", BLOB).publish(large)
        with plib_py.Participant("two") as two:
            publisher = two.create_publisher("/a", BLOB)
            with pytest.raises(plib_py.Error, match=r"limits\.user\.memory"):
                publisher.publish(large)
    # What the dead had is there for the living.
    with plib_py.Participant("three") as three:
        three.create_publisher("/a", BLOB).publish(large)


def test_participants_count(limited: Callable[[str], Any]) -> None:
    limited("{connections: 1}")
    told = pytest.raises(plib_py.QuotaExceeded, match="already has 1 participants")
    with plib_py.Participant("one"), told:
        plib_py.Participant("two")


def test_requests_beyond_the_rate_wait_and_succeed(limited: Callable[[str], Any]) -> None:
    limited("{requests_per_second: 20}")
    with plib_py.Participant("one") as one:
        start = time.monotonic()
        for _ in range(30):
            one.create_subscription("/a", BLOB)
        # The first 20 at once; HELLO and what a participant maps count as well.
        assert time.monotonic() - start >= 0.5

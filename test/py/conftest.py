"""A participant, and both ends of a topic in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import plib_py

BLOB = plib_py.RawType("test_msgs/msg/Blob")


@pytest.fixture
def participant(plibd) -> Iterator[plib_py.Participant]:  # noqa: ARG001 - has to run
    with plib_py.Participant("both", namespace="/here") as participant:
        yield participant


@pytest.fixture
def lonely_plibd(plibd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a plibd that participants cannot start again, as a host's that is systemd's."""
    monkeypatch.setenv("PLIBD", "/nonexistent")
    yield plibd
    # Of their tries.
    Path(plibd.socket).with_name("plibd.log").unlink(missing_ok=True)


@pytest.fixture
def ends(participant: plib_py.Participant):
    """Return a matched publisher and subscription."""
    subscription = participant.create_subscription("blobs", BLOB)
    publisher = participant.create_publisher("blobs", BLOB)
    assert publisher.wait_matched(timeout=10)
    assert subscription.wait_matched(timeout=10)
    return publisher, subscription

"""A participant, and both ends of a topic in it."""

from collections.abc import Iterator

import pytest

import plib_py

BLOB = plib_py.RawType("test_msgs/msg/Blob")


@pytest.fixture
def participant(plibd) -> Iterator[plib_py.Participant]:  # noqa: ARG001 - has to run
    with plib_py.Participant("both", namespace="/here") as participant:
        yield participant


@pytest.fixture
def ends(participant: plib_py.Participant):
    """Return a matched publisher and subscription."""
    subscription = participant.create_subscription("blobs", BLOB)
    publisher = participant.create_publisher("blobs", BLOB)
    assert publisher.wait_matched(timeout=10)
    assert subscription.wait_matched(timeout=10)
    return publisher, subscription

"""What is received: messages, and what came with them."""

from dataclasses import dataclass
from typing import Generic

from plib_py.typesupport import Message


@dataclass(frozen=True)
class SampleInfo:
    """What came with a sample.

    Attributes
    ----------
    publisher_gid : bytes
        Who published it, as plibd says; see `Publisher.gid`.
    sequence : int
        Its number among the publisher's samples, from 1.
    source_timestamp : int
        When it was published, as the publisher says; ns since the epoch.
    received_timestamp : int
        When it was taken; ns since the epoch.
    lost : int
        Samples of this publisher that were overwritten before this one, not yet taken.
    """

    publisher_gid: bytes
    sequence: int
    source_timestamp: int
    received_timestamp: int
    lost: int


@dataclass(frozen=True)
class Sample(Generic[Message]):
    """A message, and what came with it."""

    message: Message
    info: SampleInfo

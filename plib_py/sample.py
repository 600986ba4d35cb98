"""What is received: messages, and what came with them."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, overload

from plib_py import _reader
from plib_py.typesupport import Message


class SampleInfo(NamedTuple):
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

    @classmethod
    def from_c(cls, sample: Any) -> "SampleInfo":
        """Convert a ``struct plib_sample``."""
        return cls(
            bytes(sample.writer_gid),
            sample.sequence,
            sample.source_timestamp,
            sample.received_timestamp,
            sample.lost,
        )


class Sample(Generic[Message]):
    """A message, and what came with it.

    Attributes
    ----------
    message
        The message.
    """

    __slots__ = ("_info", "message")

    def __init__(self, message: Message, info: SampleInfo | bytes) -> None:
        self.message = message
        # What came from C is converted when it is asked for: many do not.
        self._info = info

    @property
    def info(self) -> SampleInfo:
        """What came with it."""
        if not isinstance(self._info, SampleInfo):
            self._info = SampleInfo.from_c(_reader.info(self._info))
        return self._info

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sample):
            return NotImplemented
        return bool(self.message == other.message) and self.info == other.info

    def __hash__(self) -> int:
        return hash((self.message, self.info))

    def __repr__(self) -> str:
        return f"Sample(message={self.message!r}, info={self.info!r})"


class Samples(Sequence[Sample[Message]]):
    """Samples that were taken at once, from `Subscription.take_many`; the first one comes first.

    Who needs the messages only does best to use `messages`: the rest is made when it is asked for.
    For one thread.
    """

    def __init__(self, messages: list[Message], infos: Callable[[], list[SampleInfo]]) -> None:
        self._messages = messages
        self._make_infos = infos
        self._infos: list[SampleInfo] | None = None

    @property
    def messages(self) -> list[Message]:
        """The messages."""
        return self._messages

    @property
    def infos(self) -> list[SampleInfo]:
        """What came with each of them."""
        if self._infos is None:
            self._infos = self._make_infos()
        return self._infos

    def __len__(self) -> int:
        return len(self._messages)

    @overload
    def __getitem__(self, index: int) -> Sample[Message]: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sample[Message]]: ...

    def __getitem__(self, index: int | slice) -> Sample[Message] | list[Sample[Message]]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        return Sample(self.messages[index], self.infos[index])

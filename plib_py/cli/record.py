"""``plib record``: what topics carry, into an MCAP file, as it is on the wire."""

from __future__ import annotations

import contextlib
import errno
import json
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from plib_py import messages, system
from plib_py.cli import bag_qos, mcap_library, terminal
from plib_py.cli import domain as domains
from plib_py.cli.listing import hidden
from plib_py.cli.units import bytes_text
from plib_py.errors import DaemonUnavailable, Error, InvalidArgument, Unsupported
from plib_py.graph import EntityKind, GraphEntity
from plib_py.participant import Participant
from plib_py.qos import QoS
from plib_py.sample import Sample
from plib_py.subscription import Subscription
from plib_py.typesupport import RawType

if TYPE_CHECKING:
    from mcap.writer import Writer

# How long a new topic and a signal may go unnoticed, in seconds.
_LOOK = 0.1
_BUFFER = 1 << 20  # bytes
# The disk or the quota is full, or the disk fails.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_SEQUENCE_MASK = 2**32 - 1  # MCAP has 32 bits for what is only to be told apart


@dataclass(frozen=True)
class Selection:
    """Which topics are recorded.

    Attributes
    ----------
    topics : frozenset of str
        Full names.
    everything, hidden : bool
        Whether all others are, and those of them with a part that begins with an underscore.
    pattern, excluded : re.Pattern or None
        Others whose names have a match, except those that have one of the second.
    """

    topics: frozenset[str] = frozenset()
    everything: bool = False
    hidden: bool = False
    pattern: re.Pattern[str] | None = None
    excluded: re.Pattern[str] | None = None

    def has(self, topic: str) -> bool:
        """Return whether a topic is recorded."""
        if topic in self.topics:
            return True
        if self.excluded is not None and self.excluded.search(topic):
            return False
        if self.pattern is not None and self.pattern.search(topic):
            return True
        return self.everything and (self.hidden or not hidden(topic))


@dataclass
class _Topic:
    """What is recorded of a topic: a channel of the file, and where its messages come from."""

    channel: int
    subscription: Subscription[bytes]
    lost_before: int = 0

    @property
    def lost(self) -> int:
        return self.lost_before + self.subscription.lost


class _Recording:
    """A file, and the subscriptions that fill it; for one thread.

    Attributes
    ----------
    unfinished : bool
        Whether the last look could not be finished, for plibd was away.
    """

    def __init__(self, participant: Participant, writer: Writer, depth: int, as_json: bool) -> None:
        self._participant = participant
        self._writer = writer
        self._depth = depth
        self._as_json = as_json
        self._schemas: dict[str, int] = {}
        self._topics: dict[tuple[str, str], _Topic] = {}
        self._refused: set[tuple[str, str]] = set()
        self.unfinished = False
        self._messages = 0

    def look(self, selection: Selection) -> None:
        """Subscribe to what has come since the last look."""
        found: dict[tuple[str, str], list[GraphEntity]] = {}
        for each in self._participant.graph():
            if each.kind is EntityKind.PUBLISHER and selection.has(each.name):
                found.setdefault((each.name, each.type), []).append(each)
        self.unfinished = False
        for key, publishers in sorted(found.items(), key=lambda each: each[0]):
            if key in self._refused:
                continue
            try:
                self._follow(key, publishers)
            except DaemonUnavailable:
                self.unfinished = True
            except Error as error:
                # One topic that may not be had is no reason to record none.
                self._refused.add(key)
                terminal.complain(f"not recorded: {error}")

    def _follow(self, key: tuple[str, str], publishers: list[GraphEntity]) -> None:
        """Subscribe to a topic with what all of its publishers match."""
        wanted = domains.matching_qos([each.qos for each in publishers], self._depth)
        topic = self._topics.get(key)
        if topic is None:
            subscription = self._participant.create_subscription(key[0], RawType(key[1]), wanted)
            topic = _Topic(self._channel(*key, publishers), subscription)
            self._topics[key] = topic
            self._tell_topic(*key)
        elif not _matches(topic.subscription.qos, wanted):
            # Who came later offers less.
            subscription = self._participant.create_subscription(key[0], RawType(key[1]), wanted)
            self._drain(topic)
            topic.lost_before = topic.lost
            topic.subscription.close()
            topic.subscription = subscription
        else:
            return
        channel = topic.channel
        subscription.on_message(lambda sample: self._write(channel, sample))

    def drain(self) -> None:
        """Record what was published and is not taken yet."""
        for topic in self._topics.values():
            self._drain(topic)

    def tell_end(self, path: Path) -> None:
        """Print what was recorded."""
        lost: dict[str, int] = {}
        for (name, _), topic in self._topics.items():
            if topic.lost:
                lost[name] = lost.get(name, 0) + topic.lost
        size = path.stat().st_size
        if self._as_json:
            told = {
                "event": "end",
                "file": str(path),
                "messages": self._messages,
                "topics": len(self._topics),
                "bytes": size,
                "lost": lost,
            }
            click.echo(json.dumps(told))
            return
        click.echo(
            f"{path}: {self._messages} messages of {len(self._topics)} topics, {bytes_text(size)}"
        )
        for name, count in lost.items():
            click.echo(f"lost of {name}: {count}; a greater --depth may help")

    def _channel(self, topic: str, type_name: str, publishers: list[GraphEntity]) -> int:
        metadata = {"offered_qos_profiles": bag_qos.dump(each.qos for each in publishers)}
        hashes = {each.type_hash for each in publishers if each.type_hash is not None}
        if len(hashes) == 1:
            metadata["topic_type_hash"] = hashes.pop()
        return self._writer.register_channel(topic, "cdr", self._schema(type_name), metadata)

    def _schema(self, type_name: str) -> int:
        if type_name not in self._schemas:
            try:
                text, encoding = messages.definition(type_name), "ros2msg"
            except (InvalidArgument, Unsupported) as error:
                terminal.complain(f"recorded without its definition: {error}")
                text, encoding = "", ""
            data = text.encode()
            self._schemas[type_name] = self._writer.register_schema(type_name, encoding, data)
        return self._schemas[type_name]

    def _drain(self, topic: _Topic) -> None:
        # No more than can have waited: who publishes all the time cannot keep this going.
        for _ in range(self._depth):
            sample = topic.subscription.take()
            if sample is None:
                return
            self._write(topic.channel, sample)

    def _write(self, channel: int, sample: Sample[bytes]) -> None:
        info = sample.info
        self._writer.add_message(
            channel,
            log_time=info.received_timestamp,
            data=sample.message,
            publish_time=info.source_timestamp,
            sequence=info.sequence & _SEQUENCE_MASK,
        )
        self._messages += 1

    def _tell_topic(self, topic: str, type_name: str) -> None:
        if self._as_json:
            click.echo(json.dumps({"event": "topic", "topic": topic, "type": type_name}))
        else:
            terminal.echo(f"recording {topic} [{type_name}]")


def run(
    domain: int | None,
    selection: Selection,
    path: Path,
    *,
    compression: str,
    depth: int,
    as_json: bool,
) -> None:
    """Record until SIGINT or SIGTERM, then finish the file.

    Parameters
    ----------
    path : Path
        Of the file, which must not exist yet.
    compression : str
        "none", "lz4" or "zstd".
    depth : int
        Samples that publishers keep of each topic while this is busy.
    """
    mcap = mcap_library.writer()
    with _stopping() as stopped, domains.tool(domain) as participant, _created(path) as file:
        writer = mcap.Writer(file, compression=mcap.CompressionType[compression.upper()])
        writer.start("ros2", f"plib {system.version()}")
        recording = _Recording(participant, writer, depth, as_json)
        try:
            while not stopped:
                if participant.wait_for_graph_change(0) or recording.unfinished:
                    recording.look(selection)
                participant.spin(_LOOK)
            recording.drain()
        finally:
            # Whatever happened: what was recorded so far is to be readable.
            writer.finish()
            file.flush()
        recording.tell_end(path)


def _matches(has: QoS, wanted: QoS) -> bool:
    """Return whether a subscription matches all that one with the wanted QoS does."""
    return has.reliability <= wanted.reliability and has.durability <= wanted.durability


@contextlib.contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("xb", buffering=_BUFFER)
    except FileExistsError:
        raise click.ClickException(f"{path} exists already") from None
    try:
        with file:
            yield file
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise click.ClickException(
            f"{path}: {error.strerror}: the recording ends here; `mcap recover {path}` gets what "
            "is whole of it"
        ) from error


@contextlib.contextmanager
def _stopping() -> Iterator[list[int]]:
    """Give a list that gets the signals that are to end the recording.

    No exception: that could come in the middle of writing.
    """
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda each, _: came.append(each)) for number in numbers]
    try:
        yield came
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

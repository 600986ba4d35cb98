"""``plib play``: publish what was recorded in an MCAP file, as it is in the file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from plib_py.cli import bag_qos, mcap_library, pace, terminal
from plib_py.cli import domain as domains
from plib_py.errors import Timeout
from plib_py.participant import Participant
from plib_py.publisher import Publisher
from plib_py.qos import QoS
from plib_py.typesupport import RawType


@dataclass(frozen=True)
class _Topic:
    """A topic of a recording, of one type."""

    name: str
    type_name: str
    type_hash: str | None
    offered: list[QoS]


def run(
    domain: int | None,
    path: Path,
    *,
    topics: frozenset[str],
    remaps: dict[str, str],
    rate: float,
    loop: bool,
    start_offset: float,
    clock: float | None,
    as_json: bool,
) -> None:
    """Publish a file's messages in their order and at their times.

    Parameters
    ----------
    topics : frozenset of str
        Full names of those to play; empty: all.
    remaps : dict
        Other full names for some of them.
    rate : float
        How many times faster than they were recorded.
    loop : bool
        Whether to begin again at the end, until interrupted.
    start_offset : float
        What to leave out at the beginning, in seconds of the recording.
    clock : float or None
        How often to publish the recording's time on /clock, in Hz of real time; None: never.
    """
    make_reader = mcap_library.reader().make_reader
    with path.open("rb") as file:
        with _malformed(path):
            summary = make_reader(file).get_summary()
        if summary is None or summary.statistics is None:
            raise click.ClickException(
                f"{path} has no index: its recording did not end well (mcap recover mends it)"
            )
        channels = _renamed(_chosen(_channels(summary, path), topics, path), remaps, path)
        if clock is not None:
            channels = _without_clock(channels, path)
        begin = summary.statistics.message_start_time + round(start_offset * 1e9)
        with domains.tool(domain) as participant:
            publishers = _publishers(participant, channels)
            names = sorted({topic.name for topic in channels.values()})
            tell = pace.clock(participant) if clock is not None else None
            _tell("start", as_json, file=str(path), topics=names)
            while True:
                file.seek(0)
                messages = _messages(path, make_reader(file), begin)
                count = _play(messages, publishers, pace.Pace(begin, rate, tell, clock or 1.0))
                _tell("end", as_json, file=str(path), messages=count)
                if not loop or count == 0:
                    return


def _messages(path: Path, reader: Any, begin: int) -> Iterator[tuple[int, Any]]:
    """Yield the messages and their channels' numbers."""
    with _malformed(path):
        for _, channel, message in reader.iter_messages(start_time=begin):
            yield channel.id, message


def _play(
    messages: Iterator[tuple[int, Any]],
    publishers: dict[int, Publisher[bytes]],
    run: pace.Pace,
) -> int:
    """Publish the messages once; return how many."""
    count = 0
    for channel, message in messages:
        publisher = publishers.get(channel)
        if publisher is None:
            continue
        run.wait(message.log_time)
        try:
            publisher.publish(message.data)
        except Timeout as error:
            # One slow subscription is no reason to keep it from all others.
            terminal.complain(f"not published: {error}")
            continue
        count += 1
    return count


def _chosen(channels: dict[int, _Topic], topics: frozenset[str], path: Path) -> dict[int, _Topic]:
    """Return the channels of the topics that the user named."""
    names = {topic.name for topic in channels.values()}
    if topics - names:
        has = ", ".join(sorted(names)) or "none"
        raise click.ClickException(f"{path} has no {min(topics - names)}; its topics: {has}")
    return {
        number: topic for number, topic in channels.items() if not topics or topic.name in topics
    }


def _renamed(channels: dict[int, _Topic], remaps: dict[str, str], path: Path) -> dict[int, _Topic]:
    """Return them with the names that the user gave."""
    if missing := remaps.keys() - {topic.name for topic in channels.values()}:
        raise click.ClickException(f"{path}: {min(missing)} is not played: nothing to remap")
    return {
        number: replace(topic, name=remaps.get(topic.name, topic.name))
        for number, topic in channels.items()
    }


def _without_clock(channels: dict[int, _Topic], path: Path) -> dict[int, _Topic]:
    """Return all but a recorded clock: there is to be one time."""
    kept = {number: topic for number, topic in channels.items() if topic.name != pace.CLOCK}
    if len(kept) < len(channels):
        terminal.complain(f"{path}: its own {pace.CLOCK} is left out")
    return kept


def _channels(summary: Any, path: Path) -> dict[int, _Topic]:
    """Return the topics that can be played, by their channels' numbers."""
    found = {}
    for number, channel in summary.channels.items():
        schema = summary.schemas.get(channel.schema_id)
        if channel.message_encoding != "cdr" or schema is None:
            terminal.complain(f"{path}: {channel.topic} is not of ROS 2: left out")
            continue
        found[number] = _Topic(
            domains.full_name(channel.topic),
            schema.name,
            channel.metadata.get("topic_type_hash") or None,
            bag_qos.load(channel.metadata.get("offered_qos_profiles", "")),
        )
    return found


def _publishers(
    participant: Participant, channels: dict[int, _Topic]
) -> dict[int, Publisher[bytes]]:
    """Return a publisher for each channel; channels of one topic and type share one."""
    groups: dict[tuple[str, str, str | None], list[int]] = {}
    for number, topic in channels.items():
        groups.setdefault((topic.name, topic.type_name, topic.type_hash), []).append(number)
    publishers = {}
    for (name, type_name, type_hash), numbers in groups.items():
        qos = bag_qos.strictest([qos for number in numbers for qos in channels[number].offered])
        publisher = participant.create_publisher(name, RawType(type_name, type_hash), qos)
        publishers.update(dict.fromkeys(numbers, publisher))
    return publishers


def _tell(event: str, as_json: bool, **what: Any) -> None:
    if as_json:
        click.echo(json.dumps({"event": event, **what}))
    elif event == "start":
        click.echo(f"playing {what['file']}: {', '.join(what['topics']) or 'no topics'}")
    else:
        click.echo(f"{what['messages']} messages played")


@contextlib.contextmanager
def _malformed(path: Path) -> Iterator[None]:
    """Tell in one line that a file is no recording, however the library finds it out."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # whatever wrong bytes lead to in the library
        raise click.ClickException(f"{path} is no intact MCAP file: {error}") from error

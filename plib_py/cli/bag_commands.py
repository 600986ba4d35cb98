"""``plib record`` and ``plib play``: their options."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import click

from plib_py.cli import complete, options


def _pattern(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> re.Pattern[str] | None:
    try:
        return None if value is None else re.compile(value)
    except re.error as error:
        raise click.BadParameter(
            f"{value!r} is no regular expression: {error}", context, parameter
        ) from error


def _remap(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    from plib_py.cli.domain import full_name

    remaps: dict[str, str] = {}
    for value in values:
        old, separator, new = value.partition(":=")
        if not (old and separator and new):
            raise click.BadParameter(f"{value!r} is not OLD:=NEW", context, parameter)
        if remaps.setdefault(full_name(old), full_name(new)) != full_name(new):
            raise click.BadParameter(f"{old} has two new names", context, parameter)
    return remaps


@click.command()
@click.argument("topics", nargs=-1, shell_complete=complete.topics)
@click.option("-a", "--all", "everything", is_flag=True, help="Record all topics.")
@click.option(
    "-e", "--regex", metavar="REGEX", callback=_pattern, help="Record topics that have a match."
)
@click.option(
    "-x",
    "--exclude-regex",
    metavar="REGEX",
    callback=_pattern,
    help="But not those that have this.",
)
@click.option(
    "--include-hidden-topics", is_flag=True, help="With --all, also those that begin with _."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file.  [default: plib_ and the time]",
)
@click.option(
    "--compression",
    type=click.Choice(["none", "lz4", "zstd"]),
    default="none",
    show_default=True,
    help="Of the file's chunks.",
)
@click.option(
    "--depth",
    type=click.IntRange(1, 65536),
    default=100,
    show_default=True,
    metavar="N",
    help="Messages of each topic that may wait to be recorded; its publishers keep them.",
)
@options.interfaces
@options.json_lines
@options.domain
def record(
    topics: tuple[str, ...],
    everything: bool,
    regex: re.Pattern[str] | None,
    exclude_regex: re.Pattern[str] | None,
    include_hidden_topics: bool,
    output: Path | None,
    compression: str,
    depth: int,
    as_json: bool,
    domain: int | None,
) -> None:
    """Record TOPICS into an MCAP file, until Ctrl-C or SIGTERM.

    Those that are not there yet are recorded once they are. Foxglove, ros2 bag and plib play read
    the file.
    """
    from plib_py.cli import record as recording
    from plib_py.cli.domain import full_name

    if not topics and not everything and regex is None:
        raise click.UsageError("name topics, or give --all or --regex")
    path = output or Path(f"plib_{datetime.datetime.now():%Y_%m_%d-%H_%M_%S}.mcap")
    recording.run(
        domain,
        recording.Selection(
            topics=frozenset(map(full_name, topics)),
            everything=everything,
            hidden=include_hidden_topics,
            pattern=regex,
            excluded=exclude_regex,
        ),
        path if path.suffix else path.with_suffix(".mcap"),
        compression=compression,
        depth=depth,
        as_json=as_json,
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--topics", multiple=True, metavar="TOPIC", help="Play only this one; may be given repeatedly."
)
@click.option(
    "-r",
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Times faster than it was recorded.",
)
@click.option("-l", "--loop", is_flag=True, help="Begin again at the end, until Ctrl-C.")
@click.option(
    "--start-offset",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Leave out the beginning.",
)
@click.option(
    "-m",
    "--remap",
    multiple=True,
    metavar="OLD:=NEW",
    callback=_remap,
    help="Play the topic OLD as NEW; may be given repeatedly.",
)
@click.option(
    "--clock",
    is_flag=False,
    flag_value=40.0,
    type=click.FloatRange(0, 1000, min_open=True),
    metavar="[HZ]",
    help="Publish the recording's time on /clock, for nodes with use_sim_time; 40 Hz unless given.",
)
@options.json_lines
@options.domain
def play(
    file: Path,
    topics: tuple[str, ...],
    rate: float,
    loop: bool,
    start_offset: float,
    remap: dict[str, str],
    clock: float | None,
    as_json: bool,
    domain: int | None,
) -> None:
    """Publish what an MCAP FILE has, with its timing and QoS."""
    from plib_py.cli import play as playing
    from plib_py.cli.domain import full_name

    playing.run(
        domain,
        file,
        topics=frozenset(map(full_name, topics)),
        rate=rate,
        loop=loop,
        start_offset=start_offset,
        remaps=remap,
        clock=clock,
        as_json=as_json,
    )

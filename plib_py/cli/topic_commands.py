"""``plib topic``: its commands and their options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from plib_py.cli import complete, echo, info, listing, options, publish, rates
from plib_py.cli.domain import full_type
from plib_py.cli.text import Style

_TRUNCATED = 128


@click.group(cls=options.Group)
def topic() -> None:
    """Look at topics, and publish."""


@topic.command("list")
@click.option("-t", "--show-types", is_flag=True, help="Show the topics' types.")
@click.option("--include-hidden-topics", is_flag=True, help="List what begins with _ as well.")
@options.json_flag
@options.domain
def topic_list(
    show_types: bool, include_hidden_topics: bool, as_json: bool, domain: int | None
) -> None:
    """List the topics that somebody publishes or subscribes to. JSON has all."""
    listing.topics(
        domain, show_types=show_types, include_hidden=include_hidden_topics, as_json=as_json
    )


@topic.command("info")
@options.topic
@click.option("-v", "--verbose", is_flag=True, help="Tell of each endpoint, and its QoS.")
@options.json_flag
@options.domain
def topic_info(topic: str, verbose: bool, as_json: bool, domain: int | None) -> None:
    """Show who publishes and subscribes to TOPIC."""
    info.topic(domain, topic, verbose=verbose, as_json=as_json)


def _type(required: bool) -> Callable[[options.Command], options.Command]:
    return click.argument(
        "type_name", metavar="TYPE", required=required, shell_complete=complete.types
    )


@topic.command("echo")
@options.topic
@_type(required=False)
@click.option("--once", is_flag=True, help="End after a message.")
@click.option("--field", metavar="PATH", help='Print only this part: "pose.position", "data[0]".')
@click.option("--csv", is_flag=True, help="Print values with commas between them.")
@click.option("--flow-style", is_flag=True, help="Print arrays in one line.")
@click.option("--no-arr", is_flag=True, help="Print only the lengths of arrays.")
@click.option("--no-str", is_flag=True, help="Print only the lengths of texts.")
@click.option("-f", "--full-length", is_flag=True, help="Print arrays and texts to their end.")
@click.option(
    "-l",
    "--truncate-length",
    type=click.IntRange(0),
    default=_TRUNCATED,
    show_default=True,
    metavar="N",
    help="Elements of arrays, and characters, to print.",
)
@click.option("--no-lost-messages", is_flag=True, help="Do not tell of lost messages.")
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="End with status 1 when no message comes for so long.",
)
@options.qos
@options.interfaces
@options.json_lines
@options.domain
def topic_echo(
    topic: str,
    type_name: str | None,
    once: bool,
    field: str | None,
    csv: bool,
    flow_style: bool,
    no_arr: bool,
    no_str: bool,
    full_length: bool,
    truncate_length: int,
    no_lost_messages: bool,
    timeout: float | None,
    qos: options.QosChoice,
    as_json: bool,
    domain: int | None,
) -> None:
    """Print the messages of TOPIC, as `ros2 topic echo` does.

    Without a TYPE, and without QoS, those of its publishers. JSON has messages at full length.
    """
    if csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    echo.run(
        domain,
        topic,
        type_name and full_type(type_name, "msg"),
        qos=qos,
        style=Style(
            truncate=None if full_length else truncate_length,
            no_arr=no_arr,
            no_str=no_str,
            flow=flow_style,
        ),
        form="csv" if csv else "json" if as_json else "yaml",
        field=field,
        once=once,
        timeout=timeout,
        tell_lost=not no_lost_messages,
    )


def _metering(window: int) -> Callable[[options.Command], options.Command]:
    """Add what hz, bw and delay have in common."""

    def add(command: options.Command) -> options.Command:
        for option in (
            options.domain,
            options.json_lines,
            options.interfaces,
            options.qos,
            click.option(
                "-n", "--count", type=click.IntRange(1), help="Reports.  [default: without end]"
            ),
            click.option(
                "-w",
                "--window",
                type=click.IntRange(1),
                default=window,
                show_default=True,
                metavar="N",
                help="Messages to compute with.",
            ),
            _type(required=False),
            options.topic,
        ):
            command = option(command)
        return command

    return add


@topic.command("hz")
@_metering(window=10000)
def topic_hz(topic: str, type_name: str | None, window: int, **choices: Any) -> None:
    """Show each second how often messages come on TOPIC. They are not deserialised."""
    _measure(topic, type_name, rates.Hz(window), **choices)


@topic.command("bw")
@_metering(window=100)
def topic_bw(topic: str, type_name: str | None, window: int, **choices: Any) -> None:
    """Show each second how many bytes come on TOPIC. They are not deserialised."""
    _measure(topic, type_name, rates.Bandwidth(window), **choices)


@topic.command("delay")
@_metering(window=10000)
def topic_delay(topic: str, type_name: str | None, window: int, **choices: Any) -> None:
    """Show each second how old messages of TOPIC are, by their header's stamp."""
    _measure(topic, type_name, rates.Delay(window), **choices)


def _measure(
    topic: str,
    type_name: str | None,
    meter: rates.Meter,
    qos: options.QosChoice,
    count: int | None,
    as_json: bool,
    domain: int | None,
) -> None:
    type_name = type_name and full_type(type_name, "msg")
    rates.run(domain, topic, type_name, meter, qos=qos, count=count, as_json=as_json)


@topic.command("pub")
@options.topic
@_type(required=True)
@click.argument("values", default="")
@click.option("-1", "--once", is_flag=True, help="Publish once.")
@click.option("-t", "--times", type=click.IntRange(1), metavar="N", help="Publish so many times.")
@click.option(
    "-r",
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="HZ",
    help="Messages a second.",
)
@click.option(
    "-p",
    "--print",
    "print_each",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    metavar="N",
    help="Print each Nth message; 0: none.",
)
@click.option(
    "-w",
    "--wait-matching-subscriptions",
    "wait",
    type=click.IntRange(0),
    metavar="N",
    help="Subscriptions to wait for first.  [default: 1 with --once and --times, else 0]",
)
@click.option(
    "--max-wait-time-secs",
    "patience",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="End with status 1 when they do not come within this time.",
)
@click.option(
    "--keep-alive",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Stay so long after the last message, for late subscriptions.",
)
@options.qos
@options.interfaces
@options.json_lines
@options.domain
def topic_pub(
    topic: str,
    type_name: str,
    values: str,
    once: bool,
    times: int | None,
    rate: float,
    print_each: int,
    wait: int | None,
    patience: float | None,
    keep_alive: float,
    qos: options.QosChoice,
    as_json: bool,
    domain: int | None,
) -> None:
    """Publish a message of TYPE on TOPIC.

    VALUES are YAML, "{linear: {x: 0.5}}"; fields that it does not name have their defaults. A
    header given as "auto", and a time given as "now", are of the moment of publishing.
    """
    if once and times is not None:
        raise click.UsageError("--once and --times exclude each other")
    times = 1 if once else times
    publish.run(
        domain,
        topic,
        full_type(type_name, "msg"),
        values,
        qos=qos,
        rate=rate,
        times=times,
        print_each=print_each,
        wait=wait if wait is not None else 0 if times is None else 1,
        patience=patience,
        keep_alive=keep_alive,
        as_json=as_json,
    )

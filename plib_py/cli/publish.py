"""``plib topic pub``: publish a message, once or again and again."""

from __future__ import annotations

import json
import time

import click

from plib_py.cli import domain as domains
from plib_py.cli import fill, text
from plib_py.cli.failure import Problem
from plib_py.cli.options import QosChoice
from plib_py.publisher import Publisher
from plib_py.qos import QoS


def run(
    domain: int | None,
    topic: str,
    type_name: str,
    values: str,
    *,
    qos: QosChoice,
    rate: float,
    times: int | None,
    print_each: int,
    wait: int,
    patience: float | None,
    keep_alive: float,
    as_json: bool,
) -> None:
    """Publish ``times`` times, or until interrupted.

    Parameters
    ----------
    rate : float
        Messages a second.
    print_each : int
        Print one of so many messages; 0: none.
    wait : int
        Subscriptions to wait for.
    patience : float or None
        How long, in seconds.
    keep_alive : float
        How long to stay after the last message, in seconds.
    """
    message_class = domains.type_class(type_name, "msg")
    made = fill.filled(message_class, values)
    full = domains.full_name(topic)
    with domains.tool(domain) as participant:
        publisher = participant.create_publisher(full, message_class, qos.over(QoS.default()))
        _wait_matched(publisher, wait, patience, quiet=as_json)
        if not as_json:
            click.echo("publisher: beginning loop")
        published = 0
        due = time.monotonic()
        while times is None or published < times:
            time.sleep(max(0.0, due - time.monotonic()))
            due += 1 / rate
            made.stamp()
            published += 1
            if print_each and published % print_each == 0:
                if as_json:
                    told = {"number": published, "message": text.json_value(made.message)}
                    click.echo(json.dumps(told, ensure_ascii=False))
                else:
                    shown = text.repr_text(made.message)
                    click.echo(f"publishing #{published}: {shown}\n")
            publisher.publish(made.message)
        time.sleep(keep_alive)


def _wait_matched(
    publisher: Publisher[object], count: int, patience: float | None, *, quiet: bool
) -> None:
    if not quiet and count > publisher.matched:
        click.echo(f"Waiting for at least {count} matching subscription(s)...")
    if not publisher.wait_matched(count, patience):
        raise Problem(
            f"{publisher.topic} has {publisher.matched} of {count} matching subscriptions after "
            f"{patience:g} s"
        )

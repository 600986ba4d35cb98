"""``plib topic echo``: the messages of a topic, as text."""

from __future__ import annotations

import json
from typing import Any

import click

from plib_py import _fields, messages
from plib_py.cli import domain as domains
from plib_py.cli import terminal, text
from plib_py.cli.failure import Problem
from plib_py.cli.options import QosChoice
from plib_py.cli.text import Style
from plib_py.errors import MalformedMessage
from plib_py.sample import Sample
from plib_py.subscription import Subscription

_DEPTH = 10


def run(
    domain: int | None,
    topic: str,
    type_name: str | None,
    *,
    qos: QosChoice,
    style: Style,
    form: str,
    field: str | None,
    once: bool,
    timeout: float | None,
    tell_lost: bool,
) -> None:
    """Print messages until interrupted, or one.

    Parameters
    ----------
    form : str
        "yaml", "csv" or "json".
    timeout : float or None
        How long to wait for a message, in seconds.
    """
    name = type_name or domains.known_type(domain, topic)
    message_class = domains.type_class(name, "msg")
    if field is not None:
        _check_path(message_class, field)
    with domains.tool(domain) as participant:
        full = domains.full_name(topic)
        wanted = qos.over(domains.matching_qos(domains.offered_qos(participant, full), _DEPTH))
        subscription = participant.create_subscription(full, message_class, wanted)
        domains.tell_unmatched(participant, subscription)
        while True:
            sample = _next(subscription, timeout)
            if tell_lost and sample.info.lost:
                terminal.complain(f"{sample.info.lost} lost, {subscription.lost} in all")
            terminal.echo(_text(full, sample, field, style, form), nl=False)
            if once:
                return


def _next(subscription: Subscription[Any], timeout: float | None) -> Sample[Any]:
    while True:
        try:
            sample = subscription.take()
        except MalformedMessage as error:
            terminal.complain(f"passed over: {error}")
            continue
        if sample is not None:
            return sample
        if not subscription.wait(timeout):
            raise Problem(f"no message on {subscription.topic} within {timeout:g} s")


def _text(topic: str, sample: Sample[Any], path: str | None, style: Style, form: str) -> str:
    message = sample.message
    value, field = (message, None) if path is None else text.select(message, path)
    if form == "csv":
        return f"{text.value_csv(value, field, style)}\n"
    if form == "yaml":
        return f"{text.value_text(value, field, style)}---\n"
    info = sample.info
    told = {
        "topic": topic,
        "publisher": info.publisher_gid.hex(),
        "sequence": info.sequence,
        "source_timestamp": info.source_timestamp,
        "received_timestamp": info.received_timestamp,
        "lost": info.lost,
        "message": text.value_json(value, field),
    }
    return f"{json.dumps(told, ensure_ascii=False)}\n"


def _check_path(message_class: Any, path: str) -> None:
    """Tell before the first message that a type has no such field."""
    kind: Any = message_class
    for part in path.split("."):
        name = part.partition("[")[0]
        fields = {each.name: each for each in _fields.of(kind)} if kind else {}
        found = fields.get(name)
        if found is None:
            has = ", ".join(fields) or "none"
            raise click.ClickException(f"no {name!r} in {path!r}; its fields: {has}")
        kind = messages.get(found.base) if found.nested else None

"""What shells complete: names of the running domain. Completing starts nothing and never fails."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from plib_py.graph import GraphEntity


def script(command: click.Command, shell: str) -> None:
    """Print the script that has a shell ask the command ``plib`` what may follow."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(command, {}, "plib", "_PLIB_COMPLETE").source())


def topics(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the topics that begin so."""
    return _items(
        begun, (each.name for each in _entities(context) if each.kind.name in _TOPIC_KINDS)
    )


def nodes(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the nodes that begin so."""
    return _items(begun, (each.name for each in _entities(context) if each.kind.name == "NODE"))


def services(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the services that begin so."""
    return _items(begun, (each.name for each in _entities(context) if each.kind.name == "SERVER"))


def types(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the types of the topic or service that was given before."""
    name = context.params.get("topic") or context.params.get("service")
    entities = _entities(context)
    found = [each.type for each in entities if each.name == name]
    return _items(begun, found or (each.type for each in entities))


# What shells insert they may expand later: a name of another form, "/a$(b)", is somebody's trap.
_NAME = re.compile(r"[A-Za-z0-9_/]+")
_TOPIC_KINDS = ("PUBLISHER", "SUBSCRIPTION")


def _items(begun: str, names: Iterable[str]) -> list[CompletionItem]:
    return [
        CompletionItem(name)
        for name in sorted(set(names))
        if _NAME.fullmatch(name) and name.startswith(begun)
    ]


def _entities(context: click.Context) -> list[GraphEntity]:
    from plib_py import system
    from plib_py.errors import Error
    from plib_py.participant import Participant

    try:
        if system.find_daemon() is None:
            return []
        with Participant(None, domain_id=context.params.get("domain")) as participant:
            return participant.graph()
    except Error:
        return []

"""``plib topic list``, ``plib node list`` and ``plib service list``."""

import dataclasses
import json
from collections import defaultdict

import click

from plib_py import system
from plib_py.cli import terminal
from plib_py.graph import EntityKind, GraphEntity
from plib_py.participant import Participant, environment_domain_id


@dataclasses.dataclass
class _Topic:
    types: set[str] = dataclasses.field(default_factory=set)
    publishers: int = 0
    subscriptions: int = 0


def hidden(name: str) -> bool:
    """Return whether ROS's tools leave out a name unless they are asked for it."""
    return "/_" in name


def topics(domain: int | None, *, show_types: bool, include_hidden: bool, as_json: bool) -> None:
    """Print the topics of a domain (None: the environment's), sorted by name; JSON has all."""
    found: dict[str, _Topic] = defaultdict(_Topic)
    for entity in _graph(domain):
        if entity.kind not in (EntityKind.PUBLISHER, EntityKind.SUBSCRIPTION):
            continue
        topic = found[entity.name]
        topic.types.add(entity.type)
        topic.publishers += entity.kind is EntityKind.PUBLISHER
        topic.subscriptions += entity.kind is EntityKind.SUBSCRIPTION
    if as_json:
        terminal.echo(
            json.dumps(
                [
                    {
                        "name": name,
                        "types": sorted(topic.types),
                        "publishers": topic.publishers,
                        "subscriptions": topic.subscriptions,
                    }
                    for name, topic in sorted(found.items())
                ],
                indent=2,
            )
        )
        return
    for name, topic in sorted(found.items()):
        if hidden(name) and not include_hidden:
            continue
        terminal.echo(f"{name} [{', '.join(sorted(topic.types))}]" if show_types else name)


def nodes(domain: int | None, *, include_hidden: bool, as_json: bool) -> None:
    """Print the nodes of a domain (None: the environment's), sorted by name; JSON has all."""
    found = [entity for entity in _graph(domain) if entity.kind is EntityKind.NODE]
    found.sort(key=lambda entity: (entity.name, entity.pid))
    if as_json:
        terminal.echo(
            json.dumps(
                [
                    {
                        "name": entity.name,
                        "pid": entity.pid,
                        "uid": entity.uid,
                        "enclave": entity.enclave,
                    }
                    for entity in found
                ],
                indent=2,
            )
        )
        return
    for entity in found:
        if include_hidden or not hidden(entity.name):
            terminal.echo(entity.name)


def services(domain: int | None, *, show_types: bool, include_hidden: bool, as_json: bool) -> None:
    """Print the services that a domain's nodes offer, sorted by name; JSON has all."""
    found: dict[str, list[GraphEntity]] = defaultdict(list)
    for entity in _graph(domain):
        if entity.kind is EntityKind.SERVER:
            found[entity.name].append(entity)
    types = {name: sorted({each.type for each in found[name]}) for name in sorted(found)}
    if as_json:
        told = [{"name": name, "types": types[name], "servers": len(found[name])} for name in types]
        terminal.echo(json.dumps(told, indent=2))
        return
    for name in types:
        if hidden(name) and not include_hidden:
            continue
        terminal.echo(f"{name} [{', '.join(types[name])}]" if show_types else name)


def _graph(domain: int | None) -> list[GraphEntity]:
    domain = environment_domain_id() if domain is None else domain
    if system.find_daemon() is None:
        click.echo(f"no plibd is running at {system.socket_path()}: nothing to list", err=True)
        return []
    with Participant(None, domain_id=domain) as participant:
        return participant.graph()

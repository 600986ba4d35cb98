"""``plib topic info`` and ``plib node info``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import click

from plib_py.cli import domain as domains
from plib_py.cli import terminal
from plib_py.cli.listing import hidden
from plib_py.graph import EntityKind, GraphEntity
from plib_py.qos import History, QoS

_UNKNOWN_NODE = "_NODE_NAME_UNKNOWN_"
_GOAL = "/_action/send_goal"
_GOAL_TYPE = "_SendGoal"

# Headings as ros2cli has them, and the keys of JSON.
_SECTIONS = (
    ("Subscribers", "subscriptions", EntityKind.SUBSCRIPTION),
    ("Publishers", "publishers", EntityKind.PUBLISHER),
    ("Service Servers", "services", EntityKind.SERVER),
    ("Service Clients", "clients", EntityKind.CLIENT),
)
_ACTIONS = (
    ("Action Servers", "action_servers", EntityKind.SERVER),
    ("Action Clients", "action_clients", EntityKind.CLIENT),
)


def topic(domain: int | None, name: str, *, verbose: bool, as_json: bool) -> None:
    """Print who publishes and subscribes to a topic."""
    full = domains.full_name(name)
    with domains.looking(domain) as participant:
        entities = participant.graph()
    endpoints = domains.find(entities, full, domains.TOPIC_KINDS)
    if not endpoints:
        raise click.ClickException(f"there is no topic {full}: nobody publishes or subscribes")
    nodes = {each.gid: each.name for each in entities if each.kind is EntityKind.NODE}
    sides = [
        ("Publisher", [each for each in endpoints if each.kind is EntityKind.PUBLISHER]),
        ("Subscription", [each for each in endpoints if each.kind is EntityKind.SUBSCRIPTION]),
    ]
    types = sorted({each.type for each in endpoints})
    if as_json:
        told: dict[str, Any] = {"name": full, "types": types}
        for side, found in sides:
            told[f"{side.lower()}s"] = [_endpoint_json(each, nodes) for each in found]
        terminal.echo(json.dumps(told, indent=2))
        return
    end = "\n\n" if verbose else "\n"
    terminal.echo(f"Type{'s' if len(types) > 1 else ''}: {', '.join(types)}{end}", nl=False)
    for side, found in sides:
        terminal.echo(f"{side} count: {len(found)}{end}", nl=False)
        if verbose:
            for each in found:
                terminal.echo(f"{_endpoint_text(each, nodes)}{end}", nl=False)


def node(domain: int | None, name: str, *, include_hidden: bool, as_json: bool) -> None:
    """Print what a node publishes, subscribes to, serves and calls."""
    full = domains.full_name(name)
    with domains.looking(domain) as participant:
        entities = participant.graph()
    nodes = [each for each in entities if (each.kind, each.name) == (EntityKind.NODE, full)]
    if not nodes:
        raise click.ClickException(f"there is no node {full}")
    gids = {each.gid for each in nodes}
    endpoints = [each for each in entities if each.node_gid in gids and each.gid not in gids]
    if not include_hidden and not as_json:
        shown = [each for each in endpoints if not hidden(each.name)]
    else:
        shown = endpoints
    sections = [
        (heading, key, _names(each for each in shown if each.kind is kind))
        for heading, key, kind in _SECTIONS
    ] + [(heading, key, _actions(endpoints, kind)) for heading, key, kind in _ACTIONS]
    if as_json:
        told: dict[str, Any] = {"name": full, "processes": sorted({each.pid for each in nodes})}
        for _, key, names in sections:
            told[key] = [{"name": each, "types": types} for each, types in names.items()]
        terminal.echo(json.dumps(told, indent=2))
        return
    if len(nodes) > 1:
        click.echo(f"{len(nodes)} nodes are called {full}: this is of all of them", err=True)
    terminal.echo(full)
    for heading, _, names in sections:
        terminal.echo(f"  {heading}:")
        for each, types in names.items():
            terminal.echo(f"    {each}: {', '.join(types)}")
        if not names:
            terminal.echo("")


def _names(endpoints: Iterable[GraphEntity]) -> dict[str, list[str]]:
    """Return names and their types, sorted."""
    found: dict[str, set[str]] = {}
    for each in endpoints:
        found.setdefault(each.name, set()).add(each.type)
    return {name: sorted(found[name]) for name in sorted(found)}


def _actions(endpoints: list[GraphEntity], kind: EntityKind) -> dict[str, list[str]]:
    """Return the actions among services, by the one that sends goals."""
    goals = [each for each in endpoints if each.kind is kind and each.name.endswith(_GOAL)]
    return {
        name.removesuffix(_GOAL): [each.removesuffix(_GOAL_TYPE) for each in types]
        for name, types in _names(goals).items()
    }


def _node_of(entity: GraphEntity, nodes: dict[bytes, str]) -> tuple[str, str]:
    """Return the name and namespace of an endpoint's node."""
    namespace, _, name = nodes.get(entity.node_gid, f"/{_UNKNOWN_NODE}").rpartition("/")
    return name, namespace or "/"


def _endpoint_text(entity: GraphEntity, nodes: dict[bytes, str]) -> str:
    name, namespace = _node_of(entity, nodes)
    qos = entity.qos
    depth = f" ({qos.depth})" if qos.history is History.KEEP_LAST else ""
    return "\n".join(
        [
            f"Node name: {name}",
            f"Node namespace: {namespace}",
            f"Topic type: {entity.type}",
            f"Topic type hash: {entity.type_hash or 'INVALID'}",
            f"Endpoint type: {entity.kind.name}",
            f"GID: {entity.gid.hex('.')}",
            f"Process: {entity.pid} of user {entity.uid}",
            "QoS profile:",
            f"  Reliability: {qos.reliability.name}",
            f"  History (Depth): {qos.history.name}{depth}",
            f"  Durability: {qos.durability.name}",
            f"  Lifespan: {_duration(qos.lifespan)}",
            f"  Deadline: {_duration(qos.deadline)}",
            f"  Liveliness: {qos.liveliness.name}",
            f"  Liveliness lease duration: {_duration(qos.lease)}",
        ]
    )


def _duration(seconds: float) -> str:
    return "Infinite" if math.isinf(seconds) else f"{round(seconds * 1e9)} nanoseconds"


def _endpoint_json(entity: GraphEntity, nodes: dict[bytes, str]) -> dict[str, Any]:
    name, namespace = _node_of(entity, nodes)
    return {
        "node": None if name == _UNKNOWN_NODE else f"{namespace.rstrip('/')}/{name}",
        "type": entity.type,
        "type_hash": entity.type_hash,
        "gid": entity.gid.hex(),
        "pid": entity.pid,
        "uid": entity.uid,
        "qos": qos_json(entity.qos),
    }


def qos_json(qos: QoS) -> dict[str, Any]:
    """Return QoS policies as JSON has them; a time without end is null."""
    return {
        "reliability": qos.reliability.name.lower(),
        "history": qos.history.name.lower(),
        "depth": qos.depth if qos.history is History.KEEP_LAST else None,
        "durability": qos.durability.name.lower(),
        "lifespan": _finite(qos.lifespan),
        "deadline": _finite(qos.deadline),
        "liveliness": qos.liveliness.name.lower(),
        "lease": _finite(qos.lease),
    }


def _finite(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds

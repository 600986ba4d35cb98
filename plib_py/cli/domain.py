"""The domain as commands use it: joining it, and finding what was named."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterable, Iterator
from typing import Any

import click

from plib_py import messages, names, system
from plib_py.cli import terminal
from plib_py.errors import DaemonUnavailable, InvalidArgument
from plib_py.graph import EntityKind, GraphEntity
from plib_py.participant import Participant
from plib_py.qos import Durability, QoS, Reliability
from plib_py.subscription import Subscription

TOPIC_KINDS = (EntityKind.PUBLISHER, EntityKind.SUBSCRIPTION)


@contextlib.contextmanager
def looking(domain: int | None) -> Iterator[Participant]:
    """Join a domain (None: the environment's) without a node, when a plibd runs.

    Raises
    ------
    DaemonUnavailable
        None runs, and none is started.
    """
    if system.find_daemon() is None:
        raise DaemonUnavailable(f"no plibd is running at {system.socket_path()}")
    with Participant(None, domain_id=domain) as participant:
        yield participant


def tool(domain: int | None) -> Participant:
    """Join a domain as a hidden node, for what publishes, subscribes, or calls."""
    return Participant(f"_plib_{os.getpid()}", domain_id=domain)


def full_name(name: str) -> str:
    """Return a topic's or service's name with its leading slash."""
    return names.full_topic(name, "/", None)


def known_type(domain: int | None, topic: str) -> str:
    """Return the type of a topic that somebody publishes or subscribes to.

    Raises
    ------
    click.ClickException
        Nobody does, or it has several.
    DaemonUnavailable
        No plibd runs.
    """
    full = full_name(topic)
    with looking(domain) as participant:
        types = sorted({each.type for each in find(participant.graph(), full, TOPIC_KINDS)})
    if not types:
        raise click.ClickException(f"there is no topic {full}; give its type, to wait for it")
    if len(types) > 1:
        raise click.ClickException(f"{full} has several types, name one: {', '.join(types)}")
    return types[0]


def _action_message(name: str) -> Any:
    """Return ROS's class of "test_msgs/action/Fibonacci_FeedbackMessage", None without ROS."""
    package, _, short = name.split("/", 2)
    action, _, part = short.rpartition("_")
    try:
        module = importlib.import_module(f"{package}.action")
    except ImportError:
        return None
    return getattr(getattr(getattr(module, action, None), "Impl", None), part, None)


def find(
    entities: Iterable[GraphEntity], name: str, kinds: Iterable[EntityKind]
) -> list[GraphEntity]:
    """Return the endpoints of a topic or service."""
    return [each for each in entities if each.name == name and each.kind in kinds]


def matching_qos(offered: list[QoS], depth: int) -> QoS:
    """Return the strictest QoS that matches all of these publishers."""
    return QoS(
        reliability=min((each.reliability for each in offered), default=Reliability.RELIABLE),
        durability=min((each.durability for each in offered), default=Durability.VOLATILE),
        depth=depth,
    )


def offered_qos(participant: Participant, topic: str) -> list[QoS]:
    """Return what the publishers of a topic offer."""
    return [each.qos for each in find(participant.graph(), topic, [EntityKind.PUBLISHER])]


def tell_unmatched(participant: Participant, subscription: Subscription[Any]) -> None:
    """Say so when there are publishers, but none that the subscription hears."""
    count = len(offered_qos(participant, subscription.topic))
    if count and not subscription.matched:
        terminal.complain(
            f"none of the {count} publishers of {subscription.topic} matches: the version of its "
            "type, its QoS or the access policy differs (plib topic info -v)"
        )


def full_type(name: str, kind: str) -> str:
    """Return "std_msgs/msg/String" for "std_msgs/String" too, as ros2cli understands it."""
    package, slash, short = name.partition("/")
    return f"{package}/{kind}/{short}" if slash and "/" not in short else name


def type_class(name: str, kind: str) -> Any:
    """Return the class of a message ("msg") or service ("srv").

    Raises
    ------
    click.ClickException
        It is of another kind, or nobody knows it.
    """
    what = {"msg": "message", "srv": "service"}[kind]
    parts = name.split("/")
    if kind == "msg" and parts[1:2] == ["action"]:
        feedback = _action_message(name)
        if feedback is not None:
            return feedback
    if len(parts) == 3 and parts[1] != kind:
        raise click.ClickException(f"{name} is no {what} type")
    try:
        return messages.get(name)
    except InvalidArgument as error:
        if len(parts) != 3:
            raise
        raise click.ClickException(
            f"type {name} is not known here; --interfaces takes its .{kind} file"
        ) from error

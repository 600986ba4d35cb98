"""What every role of a `farm` is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rclpy.node import Node
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    LivelinessPolicy,
    QoSProfile,
    ReliabilityPolicy,
)
from system import PATIENCE

__all__ = ["PATIENCE", "Role", "make_qos"]

POLICIES = {
    "history": HistoryPolicy,
    "reliability": ReliabilityPolicy,
    "durability": DurabilityPolicy,
    "liveliness": LivelinessPolicy,
}


def make_qos(words: dict[str, Any]) -> QoSProfile:
    """Return a profile; policies are given by their names in lower case."""
    policies = {
        name: POLICIES[name][value.upper()] if name in POLICIES else value
        for name, value in words.items()
    }
    return QoSProfile(**{"depth": 10, **policies})


class Role:
    """Something with counts of what it did."""

    def __init__(self, node: Node, **_: Any) -> None:
        self.node = node
        self.others: list[Node] = []  # nodes to run beside it
        self.counts: dict[str, int] = {"done": 0, "wrong": 0}

    def count(self) -> dict[str, int]:
        """Return what was done and what went wrong so far."""
        return dict(self.counts)

    def nodes(self) -> list[str]:
        """Return the full names of all nodes in the graph."""
        return sorted(
            (namespace.rstrip("/") + "/" + name)
            for name, namespace in self.node.get_node_names_and_namespaces()
        )

    def endpoints(self, topic: str) -> tuple[int, int]:
        """Return how many publishers and subscriptions a topic has."""
        return self.node.count_publishers(topic), self.node.count_subscribers(topic)

    def descriptors(self) -> int:
        """Return the number of this process's open descriptors."""
        return len(list(Path("/proc/self/fd").iterdir()))

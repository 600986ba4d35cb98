"""Publishers, subscribers, servers and clients are killed at random moments under load, a hundred
times each: the others go on, and nothing is left of the dead."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from system import descriptors_of, mappings_of, wait_until

KILLS = 100
STEADY = ("publisher", "subscriber", "server", "client")


@pytest.fixture(scope="module")
def steady(module_farm: Any) -> dict[str, Any]:
    """One node of each role that is never killed."""
    nodes = {role: module_farm.start(role) for role in STEADY}
    for role, node in nodes.items():
        wait_until(lambda n=node: n.ask("count")["done"] > 0, f"the {role} does nothing")
    return nodes


def progress(steady: dict[str, Any]) -> dict[str, int]:
    counts = {role: node.ask("count") for role, node in steady.items()}
    for role, count in counts.items():
        assert count["wrong"] == 0, f"the {role} saw {count['wrong']} wrong messages"
    return {role: count["done"] for role, count in counts.items()}


def all_advance(steady: dict[str, Any], before: dict[str, int]) -> bool:
    return all(done > before[role] for role, done in progress(steady).items())


@pytest.mark.parametrize("role", STEADY)
def test_others_go_on_and_nothing_is_left(
    role: str, module_farm: Any, module_plibd: Any, steady: dict[str, Any]
) -> None:
    graph = steady["subscriber"].ask("nodes")
    # What is kept for reuse, such as a server's stream to the client before, is there from here on.
    first = module_farm.start(role)
    wait_until(lambda: first.ask("count")["done"] > 0, f"the {role} does nothing")
    first.kill()
    wait_until(lambda: steady["subscriber"].ask("nodes") == graph, "the dead is in the graph")
    descriptors = {name: descriptors_of(node.pid) for name, node in steady.items()}
    mapped = {name: len(mappings_of(node.pid)) for name, node in steady.items()}
    daemon_descriptors = descriptors_of(module_plibd.pid)
    moments = random.Random(role)

    for _ in range(KILLS):
        victim = module_farm.start(role)
        wait_until(lambda v=victim: v.ask("count")["done"] > 0, f"the {role} does nothing")
        # Not a wait for anything: the moment of death is to be any.
        time.sleep(moments.uniform(0, 0.005))
        before = progress(steady)
        victim.kill()
        wait_until(lambda b=before: all_advance(steady, b), f"after a killed {role} all stand")

    wait_until(lambda: steady["subscriber"].ask("nodes") == graph, "the dead are in the graph")
    wait_until(
        lambda: descriptors_of(module_plibd.pid) <= daemon_descriptors, "plibd keeps descriptors"
    )
    for name, node in steady.items():
        assert descriptors_of(node.pid) <= descriptors[name], f"the {name} keeps descriptors"
        wait_until(
            lambda n=node, m=mapped[name]: len(mappings_of(n.pid)) <= m,
            f"the {name} keeps memory of the dead",
        )

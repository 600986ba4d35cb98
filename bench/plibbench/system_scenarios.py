"""What nodes cost that do nothing, and how long it takes until they know each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from plibbench.arena import Arena, Child, Metrics
from plibbench.python_scenarios import RCLPY
from plibbench.scenarios import Scenario

# After this an idle node has done what it does at its start.
_SETTLE = 2.0
_IDLE = 5.0


def first_message(arena: Arena) -> Metrics:
    """From the start of a native process to its first message at a peer that waits for it."""
    listener = arena.driver("listener")
    return _first_message(arena, listener, lambda: arena.driver("announcer"))


def first_message_rclpy(arena: Arena) -> Metrics:
    """Do the same with nodes in Python, whose start takes most of it."""
    listener = arena.python(RCLPY, "listener")
    return _first_message(arena, listener, lambda: arena.python(RCLPY, "announcer"))


def many_processes(count: int) -> Scenario:
    """Native processes start at once, until each is matched with each."""

    def run(arena: Arena) -> Metrics:
        start = time.monotonic_ns()
        members = [arena.driver("member", peers=count) for _ in range(count)]
        return {"all_matched_s": (_all_met(arena, members) - start) * 1e-9}

    return run


def many_nodes(count: int) -> Scenario:
    """Nodes in Python start at once, until each knows each."""

    def run(arena: Arena) -> Metrics:
        start = time.monotonic_ns()
        members = [arena.python(RCLPY, "member", count=count) for _ in range(count)]
        for member in members:
            member.expect("matched", arena.patience + count)
        loaded = time.monotonic_ns()
        for member in members:
            member.tell()
        met = _all_met(arena, members)
        return {
            # From when all have Python and rclpy loaded, which no middleware can speed up.
            "all_matched_s": (met - loaded) * 1e-9,
            "from_start_s": (met - start) * 1e-9,
        }

    return run


def idle_node(arena: Arena) -> Metrics:
    """Context switches of all threads of an rclpy node that has nothing to do."""
    node = arena.python(RCLPY, "idle")
    node.expect("ready", arena.patience)
    time.sleep(_SETTLE)
    daemons = arena.daemons()
    before, before_daemons = _switches([node.pid]), _switches(daemons)
    time.sleep(_IDLE)
    return {
        "switches_per_s": (_switches([node.pid]) - before) / _IDLE,
        "daemon_switches_per_s": (_switches(daemons) - before_daemons) / _IDLE,
        "threads": len(list(Path(f"/proc/{node.pid}/task").iterdir())),
    }


def node_memory(arena: Arena) -> Metrics:
    """Memory of its own that a node adds to a Python process with rclpy imported."""
    imported = arena.python(RCLPY, "imported")
    node = arena.python(RCLPY, "idle")
    imported.expect("ready", arena.patience)
    node.expect("ready", arena.patience)
    time.sleep(_SETTLE)
    without, alone = _uss(imported.pid), _uss(node.pid)
    return {"uss_mib": alone - without, "node_mib": alone, "without_mib": without}


def _first_message(arena: Arena, listener: Child, start_announcer: Callable[[], Child]) -> Metrics:
    listener.expect("ready", arena.patience)
    start = time.monotonic_ns()
    announcer = start_announcer()
    heard = listener.result(arena.patience)
    announcer.result(arena.patience)
    return {"first_message_ms": (heard["first_ns"] - start) * 1e-6}


def _all_met(arena: Arena, members: list[Child]) -> int:
    for member in members:
        member.expect("met", arena.patience)
    for member in members:
        member.end_input()
    # That they end well is not what is measured; the arena ends those that do not.
    return max(int(member.result(arena.patience)["met_ns"]) for member in members)


def _switches(pids: Iterable[int]) -> int:
    """Voluntary and other context switches of all threads of processes."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for line in (task / "status").read_text().splitlines():
                name, _, value = line.partition(":")
                if name.endswith("ctxt_switches"):
                    total += int(value)
    return total


def _uss(pid: int) -> float:
    """Memory in MiB that would be free if the process ended."""
    kib = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_"):
            kib += int(line.split()[1])
    return kib / 1024

"""rclpy's executors: all work, and end cleanly while messages pour in or while they wait."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from system import sleeps, wait_until

EXECUTORS = ["single", "multi", "events"]
# futex, clock_nanosleep, epoll_wait, ppoll, epoll_pwait, futex_waitv


@pytest.mark.parametrize("executor", EXECUTORS)
def test_topics_and_services_work(farm: Any, executor: str) -> None:
    subscriber = farm.start("subscriber", executor=executor)
    farm.start("publisher", executor=executor)
    farm.start("server", executor=executor)
    client = farm.start("client", executor=executor)
    wait_until(lambda: subscriber.ask("count")["done"] >= 100, "messages are missing")
    wait_until(lambda: client.ask("count")["done"] >= 20, "answers are missing")
    assert subscriber.ask("count")["wrong"] == 0
    assert client.ask("count")["wrong"] == 0


@pytest.mark.parametrize("executor", EXECUTORS)
def test_nodes_shut_down_under_load(farm: Any, executor: str) -> None:
    nodes = [farm.start("subscriber", executor=executor) for _ in range(3)]
    nodes += [farm.start("publisher", period=0.001, executor=executor) for _ in range(3)]
    nodes += [farm.start("server", executor=executor), farm.start("client", executor=executor)]
    for node in nodes:
        wait_until(lambda n=node: n.ask("count")["done"] > 50, "there is no load")
    for node in nodes:
        node.stop()  # fails unless it ends with 0


@pytest.mark.parametrize("executor", EXECUTORS)
def test_sigint_ends_a_wait(farm: Any, executor: str) -> None:
    """A node with nothing to do sleeps (in rmw_wait, but on events); the signal wakes it."""
    node = farm.start("idle", executor=executor)
    wait_until(lambda: sleeps(node.pid), "it does not sleep")
    os.kill(node.pid, signal.SIGINT)
    node.process.join(30)
    assert node.process.exitcode == 0

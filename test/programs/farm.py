"""ROS nodes in processes of their own, started quickly: forks of a process that has rclpy imported.

Importing rclpy takes most of a node's start; a fork server pays for it once. Each child is a real
process with its own context, node and connection to plibd.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds; a machine may be busy, a hang is longer


def run_role(role: str, pipe: Connection, environment: dict[str, str], options: Any) -> None:
    """Be a node; runs in the child, the only process besides the fork server to import rclpy."""
    import roles

    roles.run(role, pipe, environment, options)


class NodeFailedError(AssertionError):
    """A node reported an error or ended by itself."""


@dataclass
class Node:
    """A running node and the pipe to it."""

    role: str
    process: BaseProcess
    pipe: Connection

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def receive(self, patience: float = PATIENCE) -> Any:
        """Return the next thing that the node says."""
        if not self.pipe.poll(patience):
            raise NodeFailedError(f"{self.role} said nothing for {patience} s")
        try:
            answer = self.pipe.recv()
        except EOFError as error:
            raise NodeFailedError(f"{self.role} ended by itself") from error
        if isinstance(answer, dict) and "error" in answer:
            raise NodeFailedError(f"{self.role}: {answer['error']}")
        return answer

    def ask(self, question: str, *arguments: Any, patience: float = PATIENCE) -> Any:
        """Ask the node something and return its answer."""
        self.pipe.send((question, *arguments))
        return self.receive(patience)

    def kill(self) -> None:
        """SIGKILL it and reap it."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.join(PATIENCE)
        self.pipe.close()

    def stop(self) -> None:
        """End it cleanly; its exit status must be 0."""
        self.pipe.close()
        self.process.join(PATIENCE)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise NodeFailedError(f"{self.role} does not end")
        if self.process.exitcode != 0:
            raise NodeFailedError(f"{self.role} ended with {self.process.exitcode}")


class Farm:
    """Starts nodes on one plibd and ends those that are left."""

    def __init__(self, socket: str, environment: dict[str, str] | None = None) -> None:
        self._environment = {"PLIB_SOCKET": socket, **(environment or {})}
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["farm", "roles", "pytest"])
        self._start_server()
        self._nodes: list[Node] = []

    @staticmethod
    def _start_server() -> None:
        """Start the process that nodes are forked from, with our rmw; once for all farms."""
        # Python 3.11 does not hand sys.path on to the fork server's preloading.
        changes = {"RMW_IMPLEMENTATION": "rmw_plib", "PYTHONPATH": str(Path(__file__).parent)}
        before = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            forkserver.ensure_running()
        finally:
            for name, value in before.items():
                del os.environ[name]
                if value is not None:
                    os.environ[name] = value

    def begin(self, role: str, **options: Any) -> Node:
        """Start a node without waiting for it: it says "up" when it is ready."""
        ours, theirs = self._context.Pipe()
        environment = {**self._environment, **options.pop("environment", {})}
        process = self._context.Process(
            target=run_role, args=(role, theirs, environment, options), daemon=True
        )
        process.start()
        theirs.close()
        node = Node(role, process, ours)
        self._nodes.append(node)
        return node

    def start(self, role: str, **options: Any) -> Node:
        """Start a node and wait until it is ready."""
        node = self.begin(role, **options)
        answer = node.receive()
        assert answer == "up", answer
        return node

    def close(self) -> None:
        """Kill what still runs."""
        for node in self._nodes:
            if node.process.is_alive():
                node.process.kill()
                node.process.join()
        self._nodes.clear()

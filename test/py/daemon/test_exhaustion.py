"""plibd without descriptors says so, serves on what it has, and recovers."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from users import ALICE, as_user, needs_users

import plib_py

BLOB = plib_py.RawType("test_msgs/msg/Blob")

# Another user's subscription, which says when it is matched.
VISITOR = """
import plib_py
with plib_py.Participant("visitor") as visitor:
    subscription = visitor.create_subscription("/topic", plib_py.RawType("test_msgs/msg/Blob"))
    print("ready", flush=True)
    assert subscription.wait_matched(timeout=60)
    print("matched", flush=True)
    assert subscription.wait(timeout=60)
    print(subscription.take().message.decode(), flush=True)
"""


def limit(pid: int, spare: int) -> None:
    """Let a process open so many files more."""
    is_open = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (is_open + spare, most))


def lift(pid: int) -> None:
    """Let it open as many as before."""
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))


def test_an_endpoint_is_refused_and_all_else_goes_on(plibd: Any) -> None:
    with plib_py.Participant("one") as one:
        publisher = one.create_publisher("/topic", BLOB)
        subscription = one.create_subscription("/topic", BLOB)
        limit(plibd.pid, 1)
        for _ in range(2):
            with pytest.raises(plib_py.Error, match="files open, which is all that it may"):
                one.create_publisher("/another", BLOB)
        assert "/another" not in {each.name for each in one.graph()}
        publisher.publish(b"all the same")
        assert subscription.wait(timeout=30)
        lift(plibd.pid)
        one.create_publisher("/another", BLOB).publish(b"now")


def test_participants_are_turned_away_and_not_left_waiting(plibd: Any) -> None:
    with plib_py.Participant("one") as one:
        limit(plibd.pid, 0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as raw:
            raw.settimeout(30)
            raw.connect(plibd.socket)
            assert raw.recv(1) == b""
        with pytest.raises(plib_py.DaemonUnavailable, match="its log says why"):
            plib_py.Participant("two")
        assert "raise the limit of its process" in plibd.logged("turning participants away")
        lift(plibd.pid)
        with plib_py.Participant("two") as two:
            two.create_publisher("/topic", BLOB)
            assert one.create_subscription("/topic", BLOB).wait_matched(timeout=30)


@needs_users
def test_a_reload_that_can_match_no_more_is_survived(
    plibd_with: Callable[..., Any], start_program: Callable[..., Any], tmp_path: Path
) -> None:
    config = tmp_path / "plibd.yaml"
    config.write_text("access: {rules: []}")
    plibd = plibd_with("--config", str(config), "--mode", "0666")
    Path(plibd.socket).parent.chmod(0o755)
    with plib_py.Participant("host") as host:
        first = host.create_publisher("/topic", BLOB)
        visitor = start_program(as_user(ALICE, sys.executable, "-c", VISITOR), dict(os.environ))
        assert visitor.line() == "ready"
        config.write_text(
            "access: {rules: [{name: open, allow: {publish: /topic, subscribe: /topic}}]}"
        )
        limit(plibd.pid, 2)  # it opens the file, and no page for the other user
        os.kill(plibd.pid, signal.SIGHUP)
        assert "files open" in plibd.logged("are not matched")
        lift(plibd.pid)
        # Those two stay apart, but whoever comes later is matched.
        second = host.create_publisher("/topic", BLOB)
        assert visitor.line() == "matched"
        second.publish(b"heard")
        assert visitor.line() == "heard"
        assert first.matched == 0

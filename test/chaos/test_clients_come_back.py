"""A service answers just after plibd was restarted, and its client has not joined again yet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

import plib_py

ADD = plib_py.RawServiceType("test_msgs/srv/Add")
# It says what it was answered.
CLIENT = """
import sys, plib_py
with plib_py.Participant("client") as node:
    client = node.create_client("/add", plib_py.RawServiceType("test_msgs/srv/Add"))
    assert client.wait_for_service(30)
    print(client.call(b"1234", timeout=60).decode(), flush=True)
"""


def test_a_client_that_is_not_back_is_not_gone(ros_plibd: Any) -> None:
    with plib_py.Participant("server", socket=ros_plibd.path) as participant:
        service = participant.create_service("/add", ADD)
        client = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            env=ros_plibd.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert service.wait(timeout=30)
        request = service.take()
        assert request is not None
        os.kill(client.pid, signal.SIGSTOP)
        ros_plibd.kill()
        with pytest.raises(plib_py.Timeout):
            request.respond(b"5678")
        os.kill(client.pid, signal.SIGCONT)
        while True:
            try:
                assert request.respond(b"5678")
            except plib_py.Timeout:
                continue
            break
        assert client.communicate(timeout=30)[0] == "5678\n"

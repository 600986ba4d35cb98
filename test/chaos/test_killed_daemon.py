"""plibd is killed: what is matched goes on, and after its restart new nodes meet old ones."""

from __future__ import annotations

import os
import signal
from typing import Any

from system import wait_until


def done(node: Any) -> int:
    count = node.ask("count")
    assert count["wrong"] == 0, count
    return int(count["done"])


def test_matched_nodes_go_on_while_plibd_is_dead(farm: Any, ros_plibd: Any) -> None:
    publisher = farm.start("publisher")
    subscriber = farm.start("subscriber")
    wait_until(lambda: done(subscriber) > 0, "the subscriber hears nothing")
    # It cannot come back while its socket's directory is somebody else's place to start it in.
    ros_plibd.forbid_restart()
    ros_plibd.kill()
    before = done(subscriber)
    wait_until(lambda: done(subscriber) > before + 500, "the subscriber stands")
    assert done(publisher) >= done(subscriber)


def test_lossless_stream_survives_restarts(farm: Any, ros_plibd: Any) -> None:
    """Nothing is lost, doubled or reordered while plibd is killed again and again."""
    flooder = farm.start("flooder", environment={"PLIB_MAX_BLOCKING_TIME_MS": "30000"})
    collector = farm.start("collector")
    wait_until(lambda: flooder.ask("matched") == 1, "the two do not match")
    flooder.pipe.send(("flood", "a", 20000))
    for goal in (2000, 6000, 10000):
        wait_until(lambda g=goal: done(collector) >= g, "the stream stands")
        ros_plibd.kill()
        wait_until(ros_plibd.is_listening, "nobody starts plibd again")
    assert flooder.receive() == 20000
    wait_until(lambda: done(collector) == 20000, "messages are missing")


def test_new_nodes_meet_old_ones_after_a_restart(farm: Any, ros_plibd: Any) -> None:
    publisher = farm.start("publisher")
    old = farm.start("subscriber")
    wait_until(lambda: done(old) > 0, "the old subscriber hears nothing")
    ros_plibd.kill()
    new = farm.start("subscriber")
    wait_until(lambda: done(new) > 0, "the new subscriber hears nothing")
    before = done(old)
    wait_until(lambda: done(old) > before, "the old subscriber stands")
    wait_until(lambda: publisher.ask("matched") == 2, "the publisher counts others than two")
    wait_until(lambda: len(new.ask("nodes")) == 3, "the graph is not whole")


def test_services_work_after_a_restart(farm: Any, ros_plibd: Any) -> None:
    farm.start("server")
    client = farm.start("client")
    wait_until(lambda: done(client) > 0, "the client gets no answer")
    ros_plibd.kill()
    wait_until(ros_plibd.is_listening, "nobody starts plibd again")
    before = done(client)
    wait_until(lambda: done(client) > before + 10, "the client gets no answer")
    second = farm.start("client")
    wait_until(lambda: done(second) > 0, "the new client gets no answer")


def test_a_stopped_plibd_delays_no_message(farm: Any, ros_plibd: Any) -> None:
    farm.start("publisher")
    subscriber = farm.start("subscriber")
    wait_until(lambda: done(subscriber) > 0, "the subscriber hears nothing")
    os.kill(ros_plibd.pid, signal.SIGSTOP)
    try:
        before = done(subscriber)
        wait_until(lambda: done(subscriber) > before + 500, "the subscriber stands")
    finally:
        os.kill(ros_plibd.pid, signal.SIGCONT)

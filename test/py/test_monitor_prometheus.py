"""The Prometheus endpoint of `plib monitor`, as a scrape sees it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import plib_py

parser = pytest.importorskip("prometheus_client.parser")

PLIB = f"{sys.prefix}/bin/plib"
SECONDS = 30.0
Scrape = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def start_monitor(start_program, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that starts a monitor, and returns it and its lines."""
    monkeypatch.setenv("ROS_DOMAIN_ID", "0")

    def start(*options: str) -> Any:
        monitor = start_program([PLIB, "monitor", "--period", "0.1", *options], {})
        assert monitor.line().startswith("publishing ")
        return monitor

    return start


@pytest.fixture
def url(plibd, start_monitor) -> str:  # noqa: ARG001 - has to run
    """Return where a monitor serves Prometheus."""
    line = start_monitor("--prometheus-port", "0").line()
    assert line.startswith("serving Prometheus at http://127.0.0.1:")
    return str(line.rsplit(" ", 1)[1])


def scrape(url: str) -> Scrape:
    """Return the samples that are served, by name and labels."""
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        text = answer.read().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Scrape, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def scrape_where(url: str, holds: Callable[[Scrape], bool]) -> Scrape:
    """Return the first scrape of which something holds; wait for it."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = scrape(url)
        if holds(found):
            return found
        time.sleep(0.02)  # nobody tells when there was another look
    pytest.fail(f"no such scrape; the last one was {found}")


def addresses(pid: int) -> list[str]:
    """Return the TCP addresses that a process listens at, as the kernel writes them."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile, as of a query
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{pid}/net/{table}")
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        for fields in (line.split() for line in lines):
            if fields[9] in inodes and fields[3] == "0A":
                found.append(fields[1].split(":")[0])
    return found


def test_it_is_off_unless_asked_for(plibd, start_monitor) -> None:
    del plibd
    assert addresses(start_monitor().pid) == []


def test_it_serves_this_host_only_unless_told(plibd, start_monitor) -> None:
    del plibd
    monitor = start_monitor("--prometheus-port", "0")
    monitor.line()
    assert addresses(monitor.pid) == ["0100007F"]
    monitor = start_monitor("--prometheus-port", "0", "--prometheus-address", "0.0.0.0")
    monitor.line()
    assert addresses(monitor.pid) == ["00000000"]


def test_counters_follow_what_flows(url: str, ends: Any) -> None:
    publisher, subscription = ends
    labels = {"topic": publisher.topic, "type": "test_msgs/msg/Blob", "node": "/here/both"}
    scrape_where(url, lambda found: value(found, "plib_samples_total", **labels) is not None)
    for _ in range(15):
        publisher.publish(bytes(100))
    found = scrape_where(url, lambda found: value(found, "plib_samples_total", **labels) == 15)
    assert value(found, "plib_bytes_total", **labels) == 1500
    assert value(found, "plib_queued_samples", **labels) == 15
    assert value(found, "plib_up") == 1
    assert value(found, "plib_participants") == 2
    assert value(found, "plib_events_total", event="join") == 1
    while subscription.take() is not None:
        pass
    publisher.publish(b"x")
    assert subscription.take() is not None
    found = scrape_where(url, lambda found: value(found, "plib_lost_samples_total", **labels) == 5)
    assert value(found, "plib_taken_samples_total", **labels) > 0
    user = str(os.getuid())
    used = value(found, "plib_user_memory_bytes", uid=user)
    assert 0 < used < value(found, "plib_user_memory_limit_bytes", uid=user)


def test_a_counter_does_not_fall_when_one_of_two_publishers_goes(url: str, participant) -> None:
    blob = plib_py.RawType("test_msgs/msg/Blob")
    first, second = (participant.create_publisher("blobs", blob) for _ in range(2))
    labels = {"topic": "/here/blobs", "type": "test_msgs/msg/Blob", "node": "/here/both"}
    for _ in range(3):
        first.publish(b"x")
        second.publish(b"x")
    scrape_where(url, lambda found: value(found, "plib_samples_total", **labels) == 6)
    first.close()
    found = scrape_where(
        url, lambda found: value(found, "plib_entities", kind="publisher") == 1 + 5
    )
    assert value(found, "plib_samples_total", **labels) == 6
    # With the last one its series ends: names that nobody has any more are not kept.
    second.close()
    scrape_where(url, lambda found: value(found, "plib_samples_total", **labels) is None)


def test_it_tells_that_plibd_is_away(lonely_plibd, start_monitor) -> None:
    plibd = lonely_plibd
    url = start_monitor("--prometheus-port", "0").line().rsplit(" ", 1)[1]
    scrape_where(url, lambda found: value(found, "plib_up") == 1)
    plibd.kill()
    found = scrape_where(url, lambda found: value(found, "plib_up") == 0)
    assert value(found, "plib_participants") is None
    plibd.start()
    scrape_where(url, lambda found: value(found, "plib_participants") == 1)


def test_a_port_that_is_taken_is_told_in_one_line(plibd) -> None:
    del plibd
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [PLIB, "monitor", "--prometheus-port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        f"plib: no Prometheus endpoint at 127.0.0.1:{port}: Address already in use\n"
    )

"""Hundreds of processes around one: no wake-up is lost, and nobody looks again and again."""

import json
from pathlib import Path

import pytest

CROWD = Path(__file__).parent.parent / "programs" / "crowd.py"
COUNT = 300  # one futex_waitv takes 128 words
ROUNDS = 3
PATIENCE = 200.0


@pytest.mark.usefixtures("plibd")
def test_a_reader_of_three_hundred_processes_sleeps_and_misses_none(python) -> None:
    crowd = python(CROWD.read_text(), "writers", str(COUNT), str(ROUNDS))
    seen = json.loads(crowd.line(PATIENCE))
    assert crowd.wait() == 0, crowd.errors()
    assert seen["threads"] == 1 + 2, "128 words of its own, two threads with 127 each"
    assert seen["left"] == 1
    assert seen["idle_switches"] < 20, "it polls"


@pytest.mark.usefixtures("plibd")
def test_three_hundred_readers_of_a_writer_wake_each_time(python) -> None:
    crowd = python(CROWD.read_text(), "readers", str(COUNT), str(10 * ROUNDS))
    assert json.loads(crowd.line(PATIENCE)) == {"rounds": 10 * ROUNDS}
    assert crowd.wait() == 0, crowd.errors()

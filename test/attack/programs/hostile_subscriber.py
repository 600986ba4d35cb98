"""A subscriber that tells its publisher nonsense: hostile_subscriber.py TOPIC WAY

never      takes nothing, though KEEP_ALL
backwards  lets its cursors jump about, also backwards and beyond the head
sway       takes nothing, and moves its cursor forth and back so that it seems to
hold       says that it holds whatever could be held
sleep      says all the time that it sleeps
"""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import Any

from attacker import hear, own_pages, say
from victim import NUMBERS

import plib_py
from plib_py._native import ffi, lib

SWAY = 97  # looked at twice within a max_blocking_time it is never the same
WILD = (0, 1, 2, 2**32, 2**63, 2**64 - 1)


def attack(way: str, stop: threading.Event) -> None:
    """Write to the own link record as fast as it goes."""
    records = [
        ffi.cast("struct plib_link *", page.start + lib.PLIB_PEER_LINKS) for page in own_pages()
    ]
    position = 0
    while not stop.is_set():
        position += 1
        for record in records:
            lie(way, record, position)
        if way == "sway":
            time.sleep(0.02)


def lie(way: str, record: Any, position: int) -> None:
    """Write nonsense to a link record."""
    match way:
        case "backwards":
            record.cursor = random.choice((*WILD, position % 5000))
        case "sway":
            record.cursor = position % SWAY
        case "hold":
            for place in range(lib.PLIB_HOLDS_MAX):
                record.hold[place] = position % 4096 * 8 + place
        case "sleep":
            record.sleepers_writer = 1
            record.sleepers_process = 1


def main() -> None:
    """Match, then attack until the line that ends it."""
    topic, way = sys.argv[1:]
    qos = plib_py.QoS(history=plib_py.History.KEEP_ALL)
    with plib_py.Participant("hostile") as participant:
        subscription = participant.create_subscription(topic, NUMBERS, qos)
        assert subscription.wait_matched(1, timeout=60)
        stop = threading.Event()
        thread = threading.Thread(target=attack, args=(way, stop))
        if way != "never":
            thread.start()
        say("at work")
        hear()
        stop.set()
        if way != "never":
            thread.join()


if __name__ == "__main__":
    main()

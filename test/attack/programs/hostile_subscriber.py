"""A subscriber that tells its publisher nonsense: hostile_subscriber.py TOPIC WAY

never      takes nothing, though KEEP_ALL
lag        takes nothing, KEEP_LAST and deep
backwards  lets its cursors jump about, also backwards and beyond the head
sway       takes nothing, and moves its cursor forth and back so that it seems to
hold       says that it holds whatever could be held
keep       holds the first samples for ever
pin        holds eight other samples with each of many subscriptions, the newest, for ever
sleep      says all the time that it sleeps, by each of many subscriptions, and at the end how
           often it was woken
"""

from __future__ import annotations

import ctypes
import random
import sys
import threading
import time
from typing import Any

from attacker import hear, mappings, own_pages, say
from victim import NUMBERS

import plib_py
from plib_py._native import ffi, lib

SLEEPERS = 100  # subscriptions that seem to sleep
HONEST_RECORDS = ("never", "lag")
LAG = 4000  # samples
SWAY = 97  # looked at twice within a max_blocking_time it is never the same
WILD = (0, 1, 2, 2**32, 2**63, 2**64 - 1)


def attack(way: str, begun: threading.Event, stop: threading.Event) -> None:
    """Write to the own link records as fast as it goes."""
    pages = [
        ffi.cast("struct plib_link *", page.start + lib.PLIB_PEER_LINKS) for page in own_pages()
    ]
    records = [page + place for page in pages for place in range(subscriptions(way))]
    position = 0
    while not stop.is_set():
        position += 1
        for place, record in enumerate(records):
            lie(way, record, place * lib.PLIB_HOLDS_MAX if way == "pin" else position)
        begun.set()
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
        case "keep":
            for place in range(lib.PLIB_HOLDS_MAX):
                record.hold[place] = place + 1
        case "pin":
            for place in range(lib.PLIB_HOLDS_MAX):
                record.hold[place] = position + place + 1
        case "sleep":
            record.sleepers_writer = 1
            record.sleepers_process = 1


def subscriptions(way: str) -> int:
    """Return how many it has."""
    return SLEEPERS if way in ("sleep", "pin") else 1


def rung() -> int:
    """Return how often the bells that this process may sleep on were rung: a system call each."""
    pages = [one for one in mappings() if not one.writable and one.size == lib.PLIB_PEER_SIZE]
    return sum(
        sum((ctypes.c_uint32 * lib.PLIB_BELLS_MAX).from_address(page.start + lib.PLIB_PEER_BELLS))
        for page in pages
    )


def main() -> None:
    """Match, then attack until the line that ends it."""
    topic, way = sys.argv[1:]
    qos = plib_py.QoS(depth=LAG) if way == "lag" else plib_py.QoS().keeping_all()
    with plib_py.Participant("hostile") as participant:
        kept = [
            participant.create_subscription(topic, NUMBERS, qos) for _ in range(subscriptions(way))
        ]
        for each in kept:
            assert each.wait_matched(1, timeout=60)
        begun, stop = threading.Event(), threading.Event()
        thread = threading.Thread(target=attack, args=(way, begun, stop))
        if way not in HONEST_RECORDS:
            thread.start()
            begun.wait()
        before = rung()
        say("at work")
        hear()
        say(rung() - before)
        stop.set()
        if way not in HONEST_RECORDS:
            thread.join()


if __name__ == "__main__":
    main()

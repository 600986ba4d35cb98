"""A publisher that writes nonsense into its own ring without end, while others read it.

garbage_publisher.py TOPIC descriptors|payload
"""

from __future__ import annotations

import ctypes
import random
import sys
import threading

from attacker import hear, own_ring, say
from victim import NUMBERS, payload

import plib_py
from plib_py._native import ffi, lib

WILD = (0, 1, 2**16, 2**31, 2**32 - 1, 2**47, 2**48 - 1, 2**48, 2**63 - 1, 2**63, 2**64 - 1)


def main() -> None:
    """Publish properly once, then poke about in the descriptors and the ring's head."""
    random.seed(4711)
    with plib_py.Participant("garbage") as participant:
        publisher = participant.create_publisher(sys.argv[1], NUMBERS)
        assert publisher.wait_matched(1, timeout=60)
        publisher.publish(payload(1))
        ring = own_ring()
        say("matched")
        hear()
        words = lib.PLIB_RING_DESCRIPTORS // 8
        head = ffi.cast("struct plib_ring *", ring.start)
        memory = ctypes.cast(ring.start, ctypes.POINTER(ctypes.c_uint64))
        stop = threading.Event()

        def poke() -> None:
            position = 1
            while not stop.is_set():
                for _ in range(200):
                    at = words + random.randrange(256 * 8)
                    value = random.choice(WILD) + 4 * random.randrange(1024)
                    memory[at] = value & (2**64 - 1)
                    # States that look right, so that readers look at the rest.
                    place = position % lib.PLIB_RING_MIN
                    memory[words + place * 8] = 2 * (position + 1)
                    head.head = position + 1
                    position += 1

        def scribble() -> None:
            control = lib.PLIB_RING_DESCRIPTORS + lib.PLIB_RING_MIN * lib.PLIB_DESCRIPTOR_SIZE
            value = 0
            while not stop.is_set():
                value = (value + 1) % 256
                ctypes.memset(ring.start + control, value, 65536)

        def publish() -> None:
            while not stop.is_set():
                publisher.publish(payload(2))

        work = {"descriptors": (poke, poke), "payload": (scribble, publish)}[sys.argv[2]]
        threads = [threading.Thread(target=each) for each in work]
        for thread in threads:
            thread.start()
        say("poking")
        hear()
        stop.set()
        for thread in threads:
            thread.join()
        # Last, since a reader that follows it takes nothing of this publisher any more.
        head.head = WILD[-2]
        say("wild")
        hear()


if __name__ == "__main__":
    main()

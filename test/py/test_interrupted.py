"""Signals whose handlers raise, between any two steps of the interpreter: nothing stays held."""

from __future__ import annotations

import pytest

# Takes while a timer interrupts it, and says whether all is given back and it closes.
INTERRUPTED = """
import random, signal, sys, plib_py
class Interrupt(Exception):
    pass
def interrupt(number, frame):
    raise Interrupt
signal.signal(signal.SIGALRM, interrupt)
blob = plib_py.RawType("test_msgs/msg/Blob")
data = bytes(int(sys.argv[1]))
interrupts = 0
with plib_py.Participant("one") as one:
    publisher = one.create_publisher("/topic", blob)
    subscription = one.create_subscription("/topic", blob)
    while interrupts < 300:
        publisher.publish(data)
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 3e-5))
            subscription.take()
            while True:
                pass
        except Interrupt:
            interrupts += 1
        while subscription.take() is not None:
            pass
    held = []
    for _ in range(8):
        publisher.publish(data)
        held.append(subscription.take_loaned())
    print(len(held), all(held))
    for sample in held:
        sample.close()
print("closed")
"""


@pytest.mark.usefixtures("plibd")
@pytest.mark.parametrize("size", [64, 1 << 17])
def test_a_take_that_is_interrupted_holds_nothing(python, size: int) -> None:
    taker = python(INTERRUPTED, str(size))
    assert taker.line() == "8 True", taker.errors()
    assert taker.line() == "closed", taker.errors()

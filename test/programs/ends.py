"""A publisher and a subscription that look at plibd's news when a test tells them to."""

from __future__ import annotations

from typing import Any

from system import wait_until

import plib_py
from plib_py import query

BLOB = plib_py.RawType("test_msgs/msg/Blob")
LOSSLESS = plib_py.QoS().keeping_all()


class Ends:
    """A publisher and a subscription, each of a participant of its own, that look when told to."""

    def __init__(
        self, plibd: Any, participants: list[plib_py.Participant], publisher: Any, subscription: Any
    ) -> None:
        self._plibd = plibd
        self.participants = participants
        self.publisher = publisher
        self.subscription = subscription

    @classmethod
    def matched(cls, plibd: Any, participants: list[plib_py.Participant]) -> Ends:
        """Make both, and wait until they are matched."""
        self = cls(
            plibd,
            participants,
            participants[0].create_publisher("numbers", BLOB, qos=LOSSLESS),
            participants[1].create_subscription("numbers", BLOB, qos=LOSSLESS),
        )
        assert self.publisher.wait_matched(timeout=10)
        assert self.subscription.wait_matched(timeout=10)
        return self

    def _endpoints(self) -> dict[str, Any]:
        """Return what plibd knows of each endpoint."""
        if not self._plibd.is_listening():
            return {}
        try:
            participants = query.status()["participants"]
        except plib_py.DaemonUnavailable:  # it has just ended
            return {}
        return {
            entity["gid"]: entity
            for participant in participants
            for entity in participant["entities"]
        }

    def both_joined(self) -> bool:
        """Look at plibd's news; return whether both are matched at the present plibd."""
        gid = self.publisher.gid.hex()
        return (
            self.publisher.matched + self.subscription.matched > 0
            and self._endpoints().get(gid, {}).get("matches", []) != []
        )

    def publisher_joins(self) -> None:
        """Have the publisher join plibd, and wait until it uses the new ring."""
        gid = self.publisher.gid.hex()
        wait_until(
            lambda: self.publisher.matched >= 0 and gid in self._endpoints(),
            "the publisher does not join",
        )
        assert self.publisher.matched == 1

    def subscription_joins(self) -> None:
        """Have the subscription join plibd."""
        wait_until(
            lambda: self.subscription.matched == 1 and len(self._endpoints()) > 0,
            "the subscription does not join",
        )

    def both_join(self) -> None:
        """Have both join plibd and attach to each other's memory there."""
        wait_until(self.both_joined, "the two do not join")
        assert (self.publisher.matched, self.subscription.matched) == (1, 1)

    def publish(self, numbers: range, nbytes: int = 4) -> None:
        for number in numbers:
            self.publisher.publish(number.to_bytes(4, "little") * (nbytes // 4))

    def take(self, count: int, nbytes: int = 4) -> list[int]:
        """Take that many samples; return their numbers."""
        numbers = []
        while len(numbers) < count:
            assert self.subscription.wait(timeout=10), f"after {numbers[-3:]} nothing comes"
            sample = self.subscription.take()
            if sample is not None:
                assert bytes(sample.message) == bytes(sample.message[:4]) * (nbytes // 4)
                numbers.append(int.from_bytes(sample.message[:4], "little"))
        return numbers

"""iceoryx2 from Python, for the benchmarks: slices of bytes, and an event for whoever sleeps."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from typing import Any

import iceoryx2 as iox2
from plibbench import driver, links

_BUFFER = 256


class Iceoryx2Link:
    """A node with a publisher and a notifier, a subscriber and a listener, or all."""

    def __init__(
        self, sends: str, receives: str, lossless: bool, options: argparse.Namespace
    ) -> None:
        self._sleeps = options.waits == "sleeping"
        iox2.set_log_level(iox2.LogLevel.Error)
        self._node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
        self._outgoing = self._services(sends, lossless) if sends else None
        self._incoming = self._services(receives, lossless) if receives else None
        if self._outgoing:
            messages, events = self._outgoing
            self._publisher = (
                messages.publisher_builder()
                .initial_max_slice_len(options.size)
                .backpressure_strategy(iox2.BackpressureStrategy.RetryUntilDelivered)
                .create()
            )
            self._notifier = events.notifier_builder().create()
        if self._incoming:
            messages, events = self._incoming
            self._subscriber = messages.subscriber_builder().create()
            self._listener = events.listener_builder().create()

    def send(self, data: bytes) -> None:
        """Write into a loaned slice, publish, wake the other side if it sleeps."""
        sample = self._publisher.loan_slice_uninit(len(data))
        ctypes.memmove(sample.payload_ptr, data, len(data))
        sample.assume_init().send()
        if self._sleeps:
            self._notifier.notify()

    def receive(self) -> bytes:
        """Take the next, or sleep until the other side notifies."""
        while (data := self.poll()) is None:
            self._listener.blocking_wait()
        return data

    def poll(self) -> bytes | None:
        """Take the next, or None."""
        if (sample := self._subscriber.receive()) is None:
            return None
        payload = sample.payload()
        data = ctypes.string_at(payload.as_ptr(), payload.len())
        sample.delete()
        return data

    def is_matched(self) -> bool:
        """Return whether the services have the other side's ports."""
        if self._outgoing:
            messages, events = self._outgoing
            if not messages.dynamic_config.number_of_subscribers:
                return False
            if not events.dynamic_config.number_of_listeners:
                return False
            self._publisher.update_connections()
        if self._incoming:
            messages, events = self._incoming
            if not messages.dynamic_config.number_of_publishers:
                return False
        return True

    def flush(self) -> None:
        """Nothing tells when all was taken."""

    def close(self) -> None:
        """Leave, but not before the other side: what was sent lies in our memory."""
        if self._incoming:
            self._subscriber.delete()
        if self._outgoing:
            messages, _ = self._outgoing
            driver.wait_until(
                lambda: not messages.dynamic_config.number_of_subscribers,
                "the subscriber does not go",
                10.0,
            )

    def _services(self, channel: str, lossless: bool) -> tuple[Any, Any]:
        run = os.environ.get("BENCH_RUN", "by hand")
        name = iox2.ServiceName.new(f"plib_bench/{run}/{channel}")
        messages = (
            self._node.service_builder(name)
            .publish_subscribe(iox2.Slice[ctypes.c_uint8])
            .subscriber_max_buffer_size(_BUFFER if lossless else 10)
            .enable_safe_overflow(not lossless)
            .open_or_create()
        )
        return messages, self._node.service_builder(name).event().open_or_create()


if __name__ == "__main__":
    sys.exit(links.main(Iceoryx2Link))

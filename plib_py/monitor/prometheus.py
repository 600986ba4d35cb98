"""The same for Prometheus: an HTTP endpoint in its text format.

A scrape is answered from the monitor's last look: however often somebody asks, plibd is not.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from plib_py.errors import InvalidArgument, Unsupported
from plib_py.monitor.figures import Figures, Reader, Writer

if TYPE_CHECKING:
    from prometheus_client.core import Metric

# Names of topics and nodes are anybody's choice: beyond so many they share one series.
SERIES_MAX = 2000
OTHERS = ("others", "others", "others")
_LABELS = ("topic", "type", "node")

Labels = tuple[str, str, str]


class Series:
    """A counter for each topic, type and node, which grows as long as one has these.

    A counter may not fall when one of several publishers goes, as their sum does.
    """

    def __init__(self) -> None:
        self._totals: dict[Labels, int] = {}

    def add(self, counted: Iterable[tuple[Labels, int]]) -> None:
        """Add what was counted since the look before; those who have gone are forgotten."""
        old, self._totals = self._totals, {}
        for wanted, new in counted:
            labels = wanted
            if labels not in self._totals and len(self._totals) >= SERIES_MAX:
                labels = OTHERS
            self._totals[labels] = self._totals.get(labels, old.get(labels, 0)) + new

    def items(self) -> list[tuple[Labels, int]]:
        """Return them."""
        return list(self._totals.items())


class Exporter:
    """Serves the figures over HTTP, from a thread of its own.

    Parameters
    ----------
    port : int
        To listen at; 0: any that is free.
    address : str
        To listen at; whoever reaches it may read.

    Attributes
    ----------
    port : int
        Where it listens.

    Raises
    ------
    Unsupported
        ``prometheus_client`` is not installed.
    InvalidArgument
        Port or address cannot be had.
    """

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        try:
            import prometheus_client
        except ImportError as error:
            raise Unsupported(
                "the Prometheus endpoint needs prometheus_client "
                f"(pip install rmw-plib[prometheus]), which cannot be imported: {error}"
            ) from error
        self._lock = threading.Lock()
        self._figures: Figures | None = None
        self._events: Counter[str] = Counter()
        self._samples, self._bytes = Series(), Series()
        self._taken, self._lost = Series(), Series()
        registry = prometheus_client.CollectorRegistry()
        registry.register(self)
        try:
            self._server, self._thread = prometheus_client.start_http_server(
                port, address, registry
            )
        except OSError as error:
            raise InvalidArgument(
                f"no Prometheus endpoint at {address}:{port}: {error.strerror or error}"
            ) from error
        self.port = int(self._server.server_port)

    def look(self, figures: Figures) -> None:
        """Take a look's figures."""
        with self._lock:
            self._figures = figures
            writers = [writer for writer in figures.writers if writer.kind == "publisher"]
            readers = [(writer, reader) for writer in writers for reader in writer.readers]
            self._samples.add((_of(w), w.samples_now) for w in writers)
            self._bytes.add((_of(w), w.bytes_now) for w in writers)
            self._taken.add((_of(w, r), r.taken_now) for w, r in readers)
            self._lost.add((_of(w, r), r.lost_now) for w, r in readers)

    def note(self, event: dict[str, Any]) -> None:
        """Count an event of plibd's."""
        with self._lock:
            self._events[event["event"]] += 1

    def away(self) -> None:
        """Note that plibd does not answer: what was counted stays, what was measured does not."""
        with self._lock:
            self._figures = None

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, as prometheus_client asks for them."""
        with self._lock:
            return iter([*self._counters(), *self._gauges()])

    def _counters(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily

        for name, text, series in (
            ("plib_samples", "Samples that publishers published.", self._samples),
            ("plib_bytes", "Bytes that publishers published.", self._bytes),
            ("plib_taken_samples", "Samples that subscriptions took.", self._taken),
            (
                "plib_lost_samples",
                "Samples that were overwritten before their subscription took them.",
                self._lost,
            ),
        ):
            family = CounterMetricFamily(name, text, labels=_LABELS)
            for labels, total in series.items():
                family.add_metric(labels, total)
            yield family
        events = CounterMetricFamily("plib_events", "Events of plibd.", labels=["event"])
        for event, count in self._events.items():
            events.add_metric([event], count)
        yield events

    def _gauges(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        figures = self._figures
        yield GaugeMetricFamily("plib_up", "Whether plibd answers.", value=figures is not None)
        if figures is None:
            return
        yield GaugeMetricFamily(
            "plib_participants",
            "Processes in the domain.",
            value=len(figures.participants),
        )
        kinds = Counter(
            entity["kind"] for one in figures.participants for entity in one["entities"]
        )
        endpoints = GaugeMetricFamily("plib_entities", "Nodes and endpoints.", labels=["kind"])
        for kind, count in kinds.items():
            endpoints.add_metric([kind], count)
        yield endpoints
        for name, text, value in (
            ("plib_queued_samples", "Samples that subscriptions have yet to take.", _queued),
            ("plib_delay_seconds", "From publishing to taking, of what was taken last.", _delay),
        ):
            family = GaugeMetricFamily(name, text, labels=_LABELS)
            for labels, most in _largest(figures, value).items():
                family.add_metric(labels, most)
            yield family
        for what, unit in (("memory", "_bytes"), ("endpoints", ""), ("connections", "")):
            for key, text in ((what, "What users have"), (f"{what}_limit", "What they may have")):
                name = f"plib_user_{key}{unit}"
                family = GaugeMetricFamily(name, f"{text}: {what}.", labels=["uid"])
                for user in figures.users:
                    family.add_metric([str(user["uid"])], user[key])
                yield family


def _of(writer: Writer, reader: Reader | None = None) -> Labels:
    # A subscription that belongs to no node, or to another user's, is told by its user.
    node = writer.node if reader is None else reader.node or f"uid {reader.uid}"
    return (writer.name, writer.type, node)


def _queued(reader: Reader) -> float:
    return reader.queued


def _delay(reader: Reader) -> float:
    return reader.delay


def _largest(figures: Figures, value: Callable[[Reader], float]) -> dict[Labels, float]:
    found: dict[Labels, float] = {}
    for writer, reader in figures.readers():
        labels = _of(writer, reader)
        if writer.kind != "publisher" or (labels not in found and len(found) >= SERIES_MAX):
            continue
        found[labels] = max(found.get(labels, 0.0), value(reader))
    return found

"""The monitor's work: follow events and the graph, look at what flows, and tell of it all."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from plib_py import query
from plib_py._native import lib
from plib_py.errors import Error
from plib_py.monitor.diagnostics import Diagnostics
from plib_py.monitor.figures import Figures, Looks
from plib_py.monitor.outputs import EVENTS, NAME, Outputs
from plib_py.participant import Participant

_RETRY = 0.5  # seconds until the next try to reach a plibd that is away, or has no room for us
_PAUSE = 0.1  # seconds between two tellings of who is there: many may come at once


class Monitor:
    """A node that publishes participants, endpoints, statistics, events and diagnostics.

    Parameters
    ----------
    domain_id : int, optional
        The domain to tell of. None: as participants have it.
    period : float
        Seconds between two looks at what flows.
    exporter : Exporter, optional
        Gets looks and events, too: that of `plib_py.monitor.prometheus`.

    Raises
    ------
    Error
        As for a participant and its publishers.
    """

    def __init__(
        self, domain_id: int | None = None, period: float = 1.0, exporter: Any = None
    ) -> None:
        self._period = period
        self._exporter = exporter
        self._participant = Participant(NAME, domain_id)
        try:
            self._outputs = Outputs(self._participant)
        except BaseException:
            self._participant.close()
            raise
        self._diagnostics = Diagnostics()
        self._looks = Looks(self._participant.domain_id)
        # Of the last event that was told: a plibd that we reach again begins with those it has.
        self._told = time.time()
        self._members: list[Any] | None = None
        self._graph: list[Any] | None = None

    @property
    def domain_id(self) -> int:
        """The domain that it tells of."""
        return self._participant.domain_id

    async def run(self, stop: asyncio.Event) -> None:
        """Do it until ``stop`` is set; once. That plibd is away passes, and is told."""
        self._changed = asyncio.Event()
        self._changed.set()
        works = [self._follow_events(), self._follow_graph(), self._tell_members(), self._look()]
        tasks = [asyncio.ensure_future(work) for work in (*works, stop.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """Leave the domain."""
        self._participant.close()

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _follow_events(self) -> None:
        while True:
            try:
                with query.Query(lib.PLIB_QUERY_EVENTS) as events:
                    self._changed.set()
                    while True:
                        await _readable(events.fileno())
                        while (event := events.receive(0)) is not None:
                            self._take(event)
            except Error:
                await asyncio.sleep(_RETRY)

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] == "now" or event["time"] <= self._told:
            return
        self._told = event["time"]
        # To tell of a loss of these would make who takes none lose another, without end.
        if (event["event"], event.get("name")) != ("lost", EVENTS):
            self._outputs.event(event)
        self._diagnostics.note(event, time.monotonic())
        if self._exporter is not None:
            self._exporter.note(event)
        if event["event"] in ("join", "leave"):
            self._changed.set()

    async def _follow_graph(self) -> None:
        while True:
            if await self._participant.wait_for_graph_change_async(self._period):
                self._changed.set()
            # Also what has us register with a plibd that is new; it may take its time.
            graph = await asyncio.to_thread(self._participant.graph)
            if graph != self._graph:
                self._graph = graph
                self._outputs.endpoints(graph, time.time())
                await asyncio.sleep(_PAUSE)

    async def _tell_members(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                status = await asyncio.to_thread(query.status)
            except Error:
                continue  # it is told when there is one again
            self._members_are(self._looks.members(status))
            await asyncio.sleep(_PAUSE)

    def _members_are(self, members: list[dict[str, Any]]) -> None:
        """Publish who is there, if it is not as it was."""
        keys = ("pid", "uid", "program", "executable", "enclave")
        seen = sorted(
            (
                *(one[key] for key in keys),
                *sorted(
                    (entity["type"], entity["name"])
                    for entity in one["entities"]
                    if entity["kind"] == "node"
                ),
            )
            for one in members
        )
        if seen != self._members:
            self._members = seen
            self._outputs.participants(members, time.time())

    async def _look(self) -> None:
        due = time.monotonic()
        while True:
            await self._look_once()
            due = max(due + self._period, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def _look_once(self) -> None:
        try:
            status = await asyncio.to_thread(query.status)
        except Error as error:
            self._outputs.diagnostics(self._diagnostics.away(str(error)), time.time())
            if self._exporter is not None:
                self._exporter.away()
            return
        figures = self._looks.figures(status, time.monotonic())
        self._tell(figures)
        self._members_are(figures.participants)

    def _tell(self, figures: Figures) -> None:
        now = time.time()
        self._outputs.statistics(figures, now)
        self._outputs.diagnostics(self._diagnostics.checks(figures, time.monotonic()), now)
        if self._exporter is not None:
            self._exporter.look(figures)


async def _readable(descriptor: int) -> None:
    """Wait until a descriptor has something to read."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)

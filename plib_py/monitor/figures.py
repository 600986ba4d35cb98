"""How samples flow, from two looks at plibd's status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PUBLISHERS = ("publisher", "client")


@dataclass(frozen=True)
class Reader:
    """A subscription as one publisher sees it, or a server as one client does.

    Attributes
    ----------
    gid, node, pid, uid
        Which it is; ``node`` is empty when it is another user's.
    queued, held, taken, lost : int
        Samples: to take yet, on loan, taken and lost so far.
    lost_now : int
        Samples lost since the look before.
    taken_now : int
        Samples taken since the look before.
    delay : float
        Seconds from publishing to taking.
    slow : bool
        All that the publisher keeps has been waiting for it, at both looks.
    """

    gid: str
    node: str
    pid: int
    uid: int
    queued: int
    held: int
    taken: int
    lost: int
    lost_now: int
    taken_now: int
    delay: float
    slow: bool

    @property
    def who(self) -> str:
        """What to call it."""
        return self.node or f"pid {self.pid}"


@dataclass(frozen=True)
class Writer:
    """A publisher, or a client of a service.

    Attributes
    ----------
    kind, name, type, gid, node, pid, uid
        Which it is.
    samples, bytes : int
        So far.
    samples_now, bytes_now : int
        Since the look before.
    kept, memory : int
        Samples that it keeps, bytes of its segments.
    readers : tuple of Reader
        Who receives it.
    """

    kind: str
    name: str
    type: str
    gid: str
    node: str
    pid: int
    uid: int
    samples: int
    bytes: int
    samples_now: int
    bytes_now: int
    kept: int
    memory: int
    readers: tuple[Reader, ...]


@dataclass(frozen=True)
class Figures:
    """What a look at a domain shows, beside the look before.

    Attributes
    ----------
    seconds : float
        Between the two; 0 at the first look.
    plibd : dict
        Its ``pid`` and ``uid``.
    participants, users : list of dict
        As in `plib_py.query.status`; the participants are the domain's.
    writers : list of Writer
        The domain's.
    """

    seconds: float
    plibd: dict[str, Any]
    participants: list[dict[str, Any]]
    users: list[dict[str, Any]]
    writers: list[Writer]

    def readers(self) -> Iterator[tuple[Writer, Reader]]:
        """Iterate over all that receive something."""
        return ((writer, reader) for writer in self.writers for reader in writer.readers)


class Looks:
    """Makes figures of one look after the other.

    Parameters
    ----------
    domain_id : int
        The domain to tell of.
    """

    def __init__(self, domain_id: int) -> None:
        self._domain_id = domain_id
        self._before: dict[str, dict[str, Any]] | None = None
        self._then = 0.0

    def members(self, status: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the participants of the domain."""
        return [one for one in status["participants"] if one["domain"] == self._domain_id]

    def figures(self, status: dict[str, Any], now: float) -> Figures:
        """Return what a look shows; to the first one, all that was counted before is new.

        Parameters
        ----------
        status : dict
            What `plib_py.query.status` returned.
        now : float
            When, on a monotonic clock, in seconds.
        """
        participants = self.members(status)
        entities = {entity["gid"]: entity for one in participants for entity in one["entities"]}
        before = self._before or {}
        writers = [
            _writer(one, entity, before.get(entity["gid"], {}), entities)
            for one in participants
            for entity in one["entities"]
            if entity["kind"] in PUBLISHERS and "published" in entity
        ]
        seconds = 0.0 if self._before is None else now - self._then
        self._before, self._then = entities, now
        writers.sort(key=lambda writer: (writer.name, writer.gid))
        return Figures(seconds, status["plibd"], participants, status["users"], writers)


def increase(now: int, before: int) -> int:
    """Return by how much a counter grew, which begins anew with a new plibd or match."""
    return now - before if now >= before else now


def _writer(
    one: dict[str, Any],
    entity: dict[str, Any],
    old: dict[str, Any],
    entities: dict[str, dict[str, Any]],
) -> Writer:
    matches = {match["reader"]: match for match in old.get("matches", [])}
    return Writer(
        kind=entity["kind"],
        name=entity["name"],
        type=entity["type"],
        gid=entity["gid"],
        node=entity["node"],
        pid=one["pid"],
        uid=one["uid"],
        samples=entity["published"],
        bytes=entity["bytes"],
        samples_now=increase(entity["published"], old.get("published", 0)),
        bytes_now=increase(entity["bytes"], old.get("bytes", 0)),
        kept=entity["kept"],
        memory=entity["memory"],
        readers=tuple(
            _reader(match, entity, matches.get(match["reader"]), old, entities)
            for match in entity["matches"]
        ),
    )


def _reader(
    match: dict[str, Any],
    writer: dict[str, Any],
    old: dict[str, Any] | None,
    old_writer: dict[str, Any],
    entities: dict[str, dict[str, Any]],
) -> Reader:
    before = old or {"lost": 0, "taken": 0}
    return Reader(
        gid=match["reader"],
        node=entities.get(match["reader"], {}).get("node", ""),
        pid=match["pid"],
        uid=match["uid"],
        queued=match["queued"],
        held=match["held"],
        taken=match["taken"],
        lost=match["lost"],
        lost_now=increase(match["lost"], before["lost"]),
        taken_now=increase(match["taken"], before["taken"]),
        delay=match["delay"],
        # A burst that is about to be taken is seen once; who cannot follow, again.
        slow=old is not None and _is_behind(match, writer) and _is_behind(old, old_writer),
    )


def _is_behind(match: dict[str, Any], writer: dict[str, Any]) -> bool:
    queued: int = match["queued"]
    kept: int = writer["kept"]
    return queued >= max(2, kept)

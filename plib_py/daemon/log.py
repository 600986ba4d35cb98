"""plibd's log: lines for people and for journald, or JSON for programs."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

LOG = logging.getLogger("plibd")
FIELDS = "fields"  # of a record: what it says beside its text, for programs
BURST = 20  # lines of one kind about one user, which clients could make it write without end
PERIOD = 10.0  # seconds


def fields(event: str, uid: int | None = None, **values: Any) -> dict[str, Any]:
    """Return what a line of the log says beside its text: ``LOG.info(text, extra=fields(...))``.

    Parameters
    ----------
    event
        What happened, as one word.
    uid
        Whose doing it was; such lines are limited in number.
    """
    known = {"uid": uid, **values} if uid is not None else values
    return {FIELDS: {"event": event, **known}}


class Throttle(logging.Filter):
    """Keeps a user from filling the log: so many lines of a kind and period, then their number."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[tuple[str, Any], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is to be written."""
        uid = getattr(record, FIELDS, {}).get("uid")
        if uid is None:
            return True
        key = (str(record.msg), uid)
        since, count = self._counts.get(key, (0.0, 0))
        now = time.monotonic()
        if now - since > PERIOD:
            if count > BURST:
                record.msg = f"{record.msg} (and {count - BURST} more such lines left out before)"
            since, count = now, 0
        self._counts[key] = (since, count + 1)
        return count < BURST


class Lines(logging.Formatter):
    """One line for people; with the priority that journald reads where it reads them."""

    PRIORITIES: Mapping[int, int] = {
        logging.DEBUG: 7,
        logging.INFO: 6,
        logging.WARNING: 4,
        logging.ERROR: 3,
        logging.CRITICAL: 2,
    }

    def __init__(self, journal: bool) -> None:
        super().__init__("plibd[%(process)d] %(levelname)s: %(message)s")
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if not self._journal:
            return super().format(record)
        # Each line needs a priority of its own; journald adds the rest.
        priority = f"<{self.PRIORITIES[record.levelno]}>"
        text = super().format(record).split(": ", 1)[1]
        return "\n".join(priority + line for line in text.splitlines())


class Json(logging.Formatter):
    """One object a line: time in seconds, level, text, and the fields that it has."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": round(record.created, 6),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line.update(getattr(record, FIELDS, {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def goes_to_journal() -> bool:
    """Return whether stderr is journald's, which says so in $JOURNAL_STREAM."""
    status = os.fstat(sys.stderr.fileno())
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def set_up(level: str, style: str) -> None:
    """Write the log to stderr from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if style == "json" else Lines(goes_to_journal()))
    handler.setLevel(level.upper())
    handler.addFilter(Throttle())
    LOG.handlers[:] = [handler]
    LOG.propagate = False
    LOG.setLevel(logging.DEBUG)

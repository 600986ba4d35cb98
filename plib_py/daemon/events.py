"""What happened, for those who watch: each line of the log that has fields is an event."""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from typing import TYPE_CHECKING, Any

from plib_py.daemon import messages
from plib_py.daemon.log import FIELDS

if TYPE_CHECKING:
    from plib_py.daemon.client import Client

KEPT = 1000  # events for those who begin to watch


def may_see(client: Client, uid: int | None) -> bool:
    """Return whether a client may know what is a user's: the user itself, root and plibd's own."""
    return client.uid in (0, os.geteuid(), uid)


class Events(logging.Handler):
    """Hands events to watchers. What is about a user is for that user, root and plibd's own."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: deque[tuple[int | None, str]] = deque(maxlen=KEPT)
        self._watchers: dict[Client, int] = {}

    def __bool__(self) -> bool:
        """Return whether anybody watches."""
        return bool(self._watchers)

    def watch(self, client: Client, serial: int) -> None:
        """Send a client what happened, the event "now", and from then on what happens."""
        self._watchers[client] = serial
        for uid, text in self._kept:
            self._send(client, serial, uid, text)
        self._send(client, serial, client.uid, json.dumps({"event": "now"}))

    def forget(self, client: Client) -> None:
        """Send it no more."""
        self._watchers.pop(client, None)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, and send it to who may see it."""
        values: dict[str, Any] | None = getattr(record, FIELDS, None)
        if values is None:
            return
        text = json.dumps({"time": record.created, **values, "text": record.getMessage()})
        uid = values.get("uid")
        self._kept.append((uid, text))
        for client, serial in self._watchers.items():
            self._send(client, serial, uid, text)

    def _send(self, client: Client, serial: int, uid: int | None, text: str) -> None:
        if may_see(client, uid):
            for part in messages.texts(serial, text):
                client.send(part)

"""What plibd tells operators: participants, endpoints, how samples flow, and what happens."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterator
from typing import Any

from plib_py import system
from plib_py._native import ffi, lib
from plib_py.errors import DaemonUnavailable, from_code

_PATIENCE = 5.0  # seconds for an answer


class Query:
    """A question to plibd, from a process that need not be a participant.

    A context manager, closed at its end. Not thread-safe. Setup.

    Parameters
    ----------
    what : int
        ``PLIB_QUERY_STATUS`` or ``PLIB_QUERY_EVENTS``.

    Raises
    ------
    DaemonUnavailable
        No plibd listens; none is started.
    PermissionDenied
        Its socket excludes this user.
    """

    def __init__(self, what: int) -> None:
        found = system.find_daemon()
        if found is None:
            raise DaemonUnavailable(f"no plibd is running at {system.socket_path()}")
        self._text = bytearray()  # of an answer whose end is yet to come
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.connect(found.socket)
            query = ffi.new("struct plib_msg_query *")
            query.header.type = lib.PLIB_MSG_QUERY
            query.header.size = ffi.sizeof("struct plib_msg_query")
            query.header.serial = 1
            query.what = what
            self._socket.send(ffi.buffer(query))
        except OSError as error:
            self._socket.close()
            raise DaemonUnavailable(f"plibd is away: {error.strerror}", error.errno or 0) from error

    def receive(self, timeout: float | None) -> Any:
        """Return the next object that plibd tells. Wait.

        Parameters
        ----------
        timeout : float or None
            In seconds; None: for ever; 0: what is there.

        Returns
        -------
        object
            As JSON has it; None when the time passed.

        Raises
        ------
        DaemonUnavailable
            plibd went away.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                return None
            try:
                data = self._socket.recv(ffi.sizeof("union plib_any_message"))
            except ConnectionError:  # killed before it read what we sent
                data = b""
            if not data:
                raise DaemonUnavailable("plibd ended or closed the connection")
            message = ffi.new("union plib_any_message *")
            ffi.buffer(message)[0 : len(data)] = data
            if message.header.type == lib.PLIB_MSG_REPLY:
                raise from_code(message.reply.status, ffi.string(message.reply.text).decode())
            self._text += bytes(ffi.buffer(message.text.text)[0 : message.text.length])
            if not message.text.more:
                text, self._text = self._text, bytearray()
                return json.loads(text)

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` has something to read."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close it; the second time, do nothing."""
        self._socket.close()

    def __enter__(self) -> Query:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def status() -> dict[str, Any]:
    """Return who is there, with what, and how samples flow; what this user may see. Setup.

    ``plibd`` has its ``version``, ``protocol``, ``pid`` and ``uid``;
    ``participants`` has the processes with their ``entities``; a publisher among these has the
    samples and bytes ``published`` so far, and in ``matches`` what each subscription of its has
    ``queued``, ``taken`` and ``lost``, and its ``delay`` in seconds. ``users`` has what each user
    has of what it may have.

    Raises
    ------
    DaemonUnavailable
        No plibd is running, or it does not answer within 5 s.
    PermissionDenied
        Its socket excludes this user.
    """
    with Query(lib.PLIB_QUERY_STATUS) as query:
        answer = query.receive(_PATIENCE)
    if answer is None:
        raise DaemonUnavailable(f"plibd does not answer within {_PATIENCE:g} s")
    found: dict[str, Any] = answer
    return found


def events(follow: bool = True) -> Iterator[dict[str, Any]]:
    """Iterate over what happened, and with ``follow`` over what happens from then on.

    Each has ``time`` (seconds since the epoch), ``event`` (``join``, ``leave``, ``denial``,
    ``refusal``, ``drop``, ``lost``, ``over_budget``, ``reload``), ``text`` and what belongs to it,
    such as ``pid``, ``uid``, ``name`` and ``rule``. Wait.

    Raises
    ------
    DaemonUnavailable
        No plibd is running, or it went away.
    """
    with Query(lib.PLIB_QUERY_EVENTS) as query:
        while (event := query.receive(None if follow else _PATIENCE)) is not None:
            if event["event"] != "now":
                yield event
            elif not follow:
                return

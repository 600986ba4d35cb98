"""plibd's event loop: one thread, one message of each client a round."""

from __future__ import annotations

import errno
import logging
import select
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon import messages
from plib_py.daemon.broker import Broker
from plib_py.daemon.client import Client
from plib_py.daemon.listener import Listener
from plib_py.daemon.memory import TamperedError
from plib_py.daemon.messages import MESSAGE_MAX, ProtocolError
from plib_py.daemon.watchdog import Watchdog

LOG = logging.getLogger("plibd")
CLIENTS_MAX = 2000
CLIENTS_OF_A_USER = 1000  # so that one cannot keep the others out
REFUSED_OF_A_USER = 16  # connections beyond that which are told why before they are closed
ROUND_MAX = 64  # events a round


class Server:
    """Serves participants until it is told to stop or has been idle for long enough.

    Parameters
    ----------
    listener
        The listening socket.
    broker
        What to do with requests.
    watchdog
        Who looks after calls that last too long.
    idle_exit
        Seconds without participants after which it ends; 0: never.
    reload
        Called when SIGHUP asks for it.
    """

    def __init__(
        self,
        listener: Listener,
        broker: Broker,
        watchdog: Watchdog,
        idle_exit: float,
        reload: Callable[[], None],
    ) -> None:
        self._listener = listener
        self._broker = broker
        self._watchdog = watchdog
        self._idle_exit = idle_exit
        self._reload = reload
        self._idle_since = time.monotonic()
        self._clients: dict[int, Client] = {}  # by socket and by pidfd
        self._users: Counter[int] = Counter()  # connections of each
        self._touched: set[Client] = set()
        self._epoll = select.epoll()
        self._signal_reader, self._signal_writer = socket.socketpair()
        boxes = ffi.new("struct plib_mailboxes **")
        if lib.plib_mailboxes_create(CLIENTS_MAX, boxes) != 0:
            raise OSError(ffi.string(lib.plib_error_text()).decode())
        self._mailboxes: Any = boxes[0]
        # From here on: whoever is told that it listens may end it.
        self._signal_writer.setblocking(False)
        signal.set_wakeup_fd(self._signal_writer.fileno())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or idleness."""
        self._epoll.register(self._listener.socket.fileno(), select.EPOLLIN)
        self._epoll.register(self._signal_reader.fileno(), select.EPOLLIN)
        try:
            while self._round():
                pass
        finally:
            self._close()

    def _round(self) -> bool:
        for fd, events in self._epoll.poll(self._timeout(), ROUND_MAX):
            if fd == self._signal_reader.fileno():
                if set(self._signal_reader.recv(ROUND_MAX)) != {signal.SIGHUP}:
                    LOG.info("stopping")
                    return False
                self._reload()
            elif fd == self._listener.socket.fileno():
                self._accept()
            elif fd in self._clients:
                self._serve(self._clients[fd], fd, events)
        self._look_after_touched()
        self._broker.announce_graphs()
        self._watchdog.look(self._clients.values())
        return not self._idle_too_long()

    def _timeout(self) -> float | None:
        if self._clients:
            return self._watchdog.timeout()
        if self._idle_exit == 0:
            return None
        return max(0.0, self._idle_since + self._idle_exit - time.monotonic())

    def _idle_too_long(self) -> bool:
        if self._clients or self._idle_exit == 0:
            return False
        if time.monotonic() < self._idle_since + self._idle_exit:
            return False
        if self._listener.try_retire():
            LOG.info("no participants for %g s: ending", self._idle_exit)
            return True
        self._idle_since = time.monotonic()
        return False

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.socket.accept()
        except OSError:
            return
        connection.setblocking(False)
        if len(self._clients) >= 2 * CLIENTS_MAX:
            LOG.warning("refusing a participant: %d are connected", CLIENTS_MAX)
            connection.close()
            return
        try:
            client = Client(connection, self._mailboxes, self._touched)
        except OSError as error:  # it is gone already
            LOG.debug("a participant left at once: %s", error)
            connection.close()
            return
        if self._users[client.uid] >= CLIENTS_OF_A_USER + REFUSED_OF_A_USER:
            client.close()
            return
        if self._users[client.uid] >= CLIENTS_OF_A_USER:
            LOG.warning("refusing pid %d: user %d has its share", client.pid, client.uid)
            client.refusal = (
                f"user {client.uid} already has {CLIENTS_OF_A_USER} participants, which is all "
                "that plibd admits of one user"
            )
        self._users[client.uid] += 1
        for fd in (client.fileno(), client.pidfd):
            self._clients[fd] = client
            self._epoll.register(fd, select.EPOLLIN)

    def _serve(self, client: Client, fd: int, events: int) -> None:
        if client.closed or fd == client.pidfd:
            client.kick()
            return
        if events & select.EPOLLOUT:
            client.flush()
            if not client.queue and not client.closed:
                self._epoll.modify(client.fileno(), select.EPOLLIN)
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self._receive(client)

    def _receive(self, client: Client) -> None:
        try:
            data = client.socket.recv(MESSAGE_MAX)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            client.kick()
            return
        if client.refusal is not None:
            serial = int.from_bytes(data[8:16], "little")
            client.send(messages.reply(serial, -errno.EDQUOT, client.refusal))
            client.kick()
            return
        try:
            self._broker.handle(client, data)
        except (ProtocolError, TamperedError) as error:
            LOG.warning("dropping pid %d (user %d): %s", client.pid, client.uid, error)
            client.kick()
        except Exception:  # whatever one client causes, the others are served
            LOG.exception("dropping pid %d (user %d)", client.pid, client.uid)
            client.kick()

    def _look_after_touched(self) -> None:
        """Wait for room where messages are queued; drop the dead.

        A death sends messages, which may touch other clients.
        """
        while self._touched:
            client = self._touched.pop()
            if client.closed:
                self._drop(client)
            elif client.queue:
                self._epoll.modify(client.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def _drop(self, client: Client) -> None:
        if self._clients.get(client.fileno()) is not client:
            return
        for fd in (client.fileno(), client.pidfd):
            self._epoll.unregister(fd)
            del self._clients[fd]
        self._users[client.uid] -= 1
        self._broker.drop(client)
        client.close()
        if not self._clients:
            self._idle_since = time.monotonic()

    def _close(self) -> None:
        for client in set(self._clients.values()):
            client.close()
        self._clients.clear()
        self._listener.close()
        lib.plib_mailboxes_destroy(self._mailboxes)
        self._epoll.close()

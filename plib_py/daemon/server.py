"""plibd's event loop: one thread, in which users take turns."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from plib_py._native import ffi, lib
from plib_py.daemon import messages
from plib_py.daemon.broker import Broker
from plib_py.daemon.client import Client, peer_user
from plib_py.daemon.exhaustion import NO_DESCRIPTORS, Spare, refusal
from plib_py.daemon.listener import Listener
from plib_py.daemon.log import LOG, fields
from plib_py.daemon.memory import TamperedError
from plib_py.daemon.messages import MESSAGE_MAX, ProtocolError, RefusalError
from plib_py.daemon.turns import Rate, Step, Turns, in_slices
from plib_py.daemon.users import number_of_unknown
from plib_py.daemon.watchdog import Watchdog

CLIENTS_MAX = 2000
REFUSED_OF_A_USER = 16  # connections beyond that which are told why before they are closed
EVENTS_MAX = 2 * CLIENTS_MAX + 2
ACCEPTS_MAX = 64  # connections a round
ROUND = 0.002  # seconds of work between two looks at who wants something
SLICE = 0.0005  # seconds of work for one user while others wait
GRAPH_PERIOD = 0.005  # seconds between two announcements of changes
LOSS_PERIOD = 1.0  # seconds between two looks at what was lost, while somebody watches


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
        self._unknown = number_of_unknown()
        self._turns = Turns()
        self._busy: dict[Client, int] = {}  # with steps to do: their number
        self._rates: dict[int, Rate] = {}
        self._resting: set[Client] = set()  # not listened to, since their users asked too much
        self._dropping: set[Client] = set()  # dead, and not yet forgotten
        self._graphs_due = 0.0
        self._losses_due = 0.0
        self._touched: set[Client] = set()
        self._epoll = select.epoll()
        self._spare = Spare()
        self._signal_reader, self._signal_writer = socket.socketpair()
        boxes = ffi.new("struct plib_mailboxes **")
        if lib.plib_mailboxes_create(CLIENTS_MAX, boxes) != 0:
            raise OSError(ffi.string(lib.plib_error_text()).decode())
        self._mailboxes: Any = boxes[0]
        LOG.addHandler(broker.events)
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
        for fd, events in self._epoll.poll(self._timeout(), EVENTS_MAX):
            if fd == self._signal_reader.fileno():
                if set(self._signal_reader.recv(64)) != {signal.SIGHUP}:
                    LOG.info("stopping")
                    return False
                self._reload()
                self._rates.clear()
            elif fd == self._listener.socket.fileno():
                self._accept_some()
            elif fd in self._clients:
                self._note(self._clients[fd], fd, events)
        self._turns.take(time.monotonic() + ROUND)
        self._look_after_touched()
        self._announce_graphs()
        self._note_losses()
        self._end_rests()
        self._watchdog.look(self._clients.values())
        return not self._idle_too_long()

    def _timeout(self) -> float | None:
        if self._turns:
            return 0.0
        times = [self._rate(uid).wait() for uid in {client.uid for client in self._resting}]
        if self._broker.graphs_changed():
            times.append(max(0.0, self._graphs_due - time.monotonic()))
        if self._broker.events:
            times.append(max(0.0, self._losses_due - time.monotonic()))
        if self._clients:
            watch = self._watchdog.timeout()
            times += [] if watch is None else [watch]
        elif self._idle_exit != 0:
            times.append(max(0.0, self._idle_since + self._idle_exit - time.monotonic()))
        return min(times, default=None)

    def _note_losses(self) -> None:
        now = time.monotonic()
        if self._broker.events and now >= self._losses_due:
            self._losses_due = now + LOSS_PERIOD
            self._turns.add(os.geteuid(), in_slices(self._broker.note_losses(), SLICE))

    def _announce_graphs(self) -> None:
        """Not at each change: every participant is woken, which costs more than a change."""
        now = time.monotonic()
        if now >= self._graphs_due and self._broker.graphs_changed():
            self._broker.announce_graphs()
            self._graphs_due = now + GRAPH_PERIOD

    def _idle_too_long(self) -> bool:
        if self._clients or self._turns or self._idle_exit == 0:
            return False
        if time.monotonic() < self._idle_since + self._idle_exit:
            return False
        if self._listener.try_retire():
            LOG.info("no participants for %g s: ending", self._idle_exit)
            return True
        self._idle_since = time.monotonic()
        return False

    def _accept_some(self) -> None:
        """Accept connections, which is cheap; the rest is done in the turns of their users."""
        for _ in range(ACCEPTS_MAX):
            try:
                connection, _ = self._listener.socket.accept()
            except OSError as error:
                if error.errno in NO_DESCRIPTORS:
                    _warn_of_exhaustion(error)
                    self._spare.turn_away(self._listener.socket)
                return
            uid = peer_user(connection)
            if (
                self._broker.connections[uid]
                >= self._broker.quota(uid).connections + REFUSED_OF_A_USER
            ):
                connection.close()
                continue
            self._broker.connections[uid] += 1
            self._turns.add(uid, partial(self._admit, connection, uid))

    def _admit(self, connection: socket.socket, uid: int) -> bool:
        """Make a connection a client; return False, that is a step by itself."""
        try:
            self._add(connection, uid)
        except OSError as error:  # it is gone already, or there is no room
            if error.errno in NO_DESCRIPTORS:
                _warn_of_exhaustion(error)
            LOG.debug("a connection of user %d cannot be served: %s", uid, error)
            connection.close()
            self._broker.connections[uid] -= 1
        return False

    def _add(self, connection: socket.socket, uid: int) -> None:
        connection.setblocking(False)
        if len(self._clients) >= 2 * CLIENTS_MAX:
            LOG.warning(
                "refusing a participant: %d are connected",
                CLIENTS_MAX,
                extra=fields("refusal", uid),
            )
            raise ConnectionRefusedError(errno.EUSERS, "too many participants")
        client = Client(connection, self._mailboxes, self._touched)
        share = self._broker.quota(uid).connections
        if self._broker.connections[uid] > share:
            LOG.warning(
                "refusing pid %d: user %d has its share",
                client.pid,
                uid,
                extra=fields("refusal", uid, pid=client.pid),
            )
            client.refusal = RefusalError(
                errno.EDQUOT,
                f"user {client.uid} already has {share} participants, which is all that plibd "
                "admits of one user",
            )
        if client.uid == self._unknown:
            LOG.warning(
                "refusing a process whose user is unknown in plibd's container",
                extra=fields("refusal", client.uid, pid=client.pid),
            )
            client.refusal = RefusalError(
                errno.EACCES,
                "plibd runs in a container (a user namespace) that does not know this process's "
                "user: run plibd on the host, or map the user",
            )
        try:
            for fd in (client.fileno(), client.pidfd):
                self._epoll.register(fd, select.EPOLLIN)
        except OSError:  # closed, both are no longer looked at
            client.close()
            raise
        self._clients[client.fileno()] = self._clients[client.pidfd] = client
        self._count_request(client)

    def _note(self, client: Client, fd: int, events: int) -> None:
        """Look after what epoll tells of a client."""
        if client.closed or fd == client.pidfd:
            client.kick()
            return
        if events & select.EPOLLOUT:
            client.flush()
            self._listen(client)
        if client not in self._busy and events & ~select.EPOLLOUT:
            self._do(client, lambda: self._receive(client))

    def _do(self, client: Client, step: Step) -> None:
        """Do something for a client in its user's turn; its messages wait for that long."""

        def counted() -> bool:
            more = step()
            if not more:
                self._busy[client] -= 1
                if self._busy[client] == 0:
                    del self._busy[client]
            return more

        self._busy[client] = self._busy.get(client, 0) + 1
        self._turns.add(client.uid, counted)

    def _listen(self, client: Client) -> None:
        """Have epoll tell what a client is to be looked after for."""
        if self._clients.get(client.fileno()) is client:
            events = 0 if client in self._resting else select.EPOLLIN
            self._epoll.modify(client.fileno(), events | (select.EPOLLOUT if client.queue else 0))

    def _rate(self, uid: int) -> Rate:
        rate = self._rates.get(uid)
        if rate is None:
            rate = self._rates[uid] = Rate(self._broker.quota(uid).requests_per_second)
        return rate

    def _count_request(self, client: Client) -> None:
        """Count it; what its user asks for beyond its rate waits, and keeps nobody else waiting."""
        if not self._rate(client.uid).take():
            self._resting.add(client)
            self._listen(client)

    def _end_rests(self) -> None:
        for client in list(self._resting):
            if self._rate(client.uid).wait() == 0:
                self._resting.discard(client)
                self._listen(client)

    def _receive(self, client: Client) -> bool:
        """Take a message and begin with what it asks for; return False, what is left is a step."""
        if client.closed:
            return False
        try:
            data = client.socket.recv(MESSAGE_MAX)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            client.kick()
            return False
        self._count_request(client)
        if client.refusal is not None:
            serial = int.from_bytes(data[8:16], "little")
            client.send(messages.reply(serial, -client.refusal.code, client.refusal.text))
            client.kick()
            return False
        step = in_slices(self._broker.handle(client, data), SLICE)
        if self._go_on(client, step):
            self._do(client, lambda: self._go_on(client, step))
        return False

    def _go_on(self, client: Client, step: Step) -> bool:
        """Do a step of a request; return whether there is more to do."""
        try:
            return step()
        except (ProtocolError, TamperedError) as error:
            LOG.warning(
                "dropping pid %d (user %d): %s",
                client.pid,
                client.uid,
                error,
                extra=fields("drop", client.uid, pid=client.pid),
            )
        except Exception:  # whatever one client causes, the others are served
            LOG.exception(
                "dropping pid %d (user %d)",
                client.pid,
                client.uid,
                extra=fields("drop", client.uid, pid=client.pid),
            )
        client.kick()
        return False

    def _look_after_touched(self) -> None:
        """Wait for room where messages are queued; drop the dead."""
        while self._touched:
            client = self._touched.pop()
            if client.closed:
                self._drop(client)
            elif client.queue:
                self._listen(client)

    def _drop(self, client: Client) -> None:
        """Take its connection out of all that is looked at; give back what it had, in its turn."""
        if self._clients.get(client.fileno()) is not client:
            return
        for fd in (client.fileno(), client.pidfd):
            self._epoll.unregister(fd)
            del self._clients[fd]
        self._resting.discard(client)
        self._dropping.add(client)
        step = in_slices(self._broker.drop(client), SLICE)

        def drop() -> bool:
            # What it asked for last is finished first.
            if client in self._busy or self._go_on(client, step):
                return True
            self._dropping.discard(client)
            self._broker.connections[client.uid] -= 1
            client.close()
            if not self._clients:
                self._idle_since = time.monotonic()
            return False

        self._turns.add(client.uid, drop)

    def _close(self) -> None:
        for client in {*self._clients.values(), *self._dropping}:
            client.close()
        self._clients.clear()
        LOG.removeHandler(self._broker.events)
        self._listener.close()
        lib.plib_mailboxes_destroy(self._mailboxes)
        self._epoll.close()
        self._spare.close()


def _warn_of_exhaustion(error: OSError) -> None:
    LOG.warning(
        "turning participants away: %s", refusal(error).text, extra=fields("refusal", os.geteuid())
    )

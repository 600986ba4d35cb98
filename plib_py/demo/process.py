"""The demo's processes: started, listened to, ended whatever happens, and their CPU time."""

import json
import os
import queue
import select
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_END_SECONDS = 10.0


class DemoError(Exception):
    """The demo cannot go on."""


class Process:
    """A process that tells what happens in lines of JSON, or of text, on stdout.

    Parameters
    ----------
    name : str
        What it is called in the report.
    command : list of str
        What to run.
    environment : mapping
        All of its variables.
    folder : Path
        Where its stderr goes.
    events : queue.Queue
        Gets (process, what it told) for each line, and (process, None) at its end.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        folder: Path,
        events: "queue.Queue[tuple[Process, dict[str, Any] | None]]",
    ) -> None:
        self.name = name
        self.told: dict[str, Any] = {}
        self._errors = folder / f"{name}.stderr"
        with self._errors.open("ab") as errors:
            # A session of its own: Ctrl-C is for the demo, which ends its processes in order.
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self._pidfd = os.pidfd_open(self._process.pid)
        self._events = events
        self._cpu_at_ready = 0.0
        self._cpu = 0.0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def cpu(self) -> float:
        """CPU time that it used from being ready to its end, in s; 0 before its end."""
        return self._cpu

    def errors(self) -> str:
        """Return the last line that it wrote to stderr."""
        lines = self._errors.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send the signal and wait for the end; the second time, do nothing.

        It is killed if it does not end within 10 s.
        """
        if self._process.returncode is not None:
            return
        signal.pidfd_send_signal(self._pidfd, number)
        if not select.select([self._pidfd], [], [], _END_SECONDS)[0]:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            select.select([self._pidfd], [], [])
        # Not waited for yet, it still has its entry in /proc.
        self._cpu = self._cpu_so_far() - self._cpu_at_ready
        self._process.wait()
        self._reader.join()
        os.close(self._pidfd)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            what = json.loads(line) if line.startswith("{") else {"ready": True}
            if "ready" in what:
                self._cpu_at_ready = self._cpu_so_far()
            self.told.update(what)
            self._events.put((self, what))
        self._process.stdout.close()
        self._events.put((self, None))

    def _cpu_so_far(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / _TICKS

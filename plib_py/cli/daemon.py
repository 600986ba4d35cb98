"""``plib daemon``: start and stop the user's plibd, read its log, print units for a host's."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import click

from plib_py import system

PATIENCE = 10  # seconds
HOST_SOCKET = "/run/plib/plibd.sock"
_LINE = re.compile(r"plibd\[(\d+)\] ([A-Z]+): (.*)")


def start(*, as_json: bool) -> None:
    """Start a plibd at this user's socket, which stays until it is stopped."""
    path = system.socket_path()
    found = system.find_daemon()
    if found is not None:
        where = "outside of this container" if found.is_outside else f"as process {found.pid}"
        text = f"plibd runs already, {where}, at {path}"
        _tell(text, as_json, pid=found.pid, socket=path, started=False)
        return
    pid = _launch(path)
    _tell(f"plibd runs as process {pid}, at {path}", as_json, pid=pid, socket=path, started=True)


def restart(*, as_json: bool) -> None:
    """Put a plibd of this installation in the place of the one that runs, if one does."""
    path = system.socket_path()
    found = system.find_daemon()
    if found is not None:
        _refuse_outside(found, "restart")
    pid = _launch(path, "--replace")
    instead = "" if found is None else f" instead of {found.pid}"
    _tell(
        f"plibd runs as process {pid}{instead}, at {path}",
        as_json,
        pid=pid,
        socket=path,
        replaced=None if found is None else found.pid,
    )


def _refuse_outside(found: system.Daemon, verb: str) -> None:
    if found.is_outside:
        raise click.ClickException(
            f"the plibd at {found.socket} runs outside of this container: {verb} it there"
        )


def _launch(path: str, *options: str) -> int:
    """Start a plibd, wait until it listens, and return its process."""
    if path == HOST_SOCKET:
        verb = "restart" if "--replace" in options else "start"
        raise click.ClickException(f"{path} is the host's: systemctl {verb} plibd")
    log = Path(path).with_name("plibd.log")
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("a") as errors:
        process = subprocess.Popen(
            [_program(), "--foreground", "--socket", path, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout:
        ready = select.select([process.stdout], [], [], PATIENCE)[0] and process.stdout.readline()
    if not ready:
        raise click.ClickException(f"plibd does not start: {log} says why")
    return process.pid


def stop(*, as_json: bool) -> None:
    """End the plibd that this user's participants use."""
    found = system.find_daemon()
    if found is None:
        path = system.socket_path()
        _tell(f"no plibd runs at {path}", as_json, pid=None, socket=path)
        return
    _refuse_outside(found, "stop")
    process = os.pidfd_open(found.pid)
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        if not select.select([process], [], [], PATIENCE)[0]:
            raise click.ClickException(
                f"process {found.pid} does not end; kill -9 {found.pid} loses nothing"
            )
    except PermissionError:
        raise click.ClickException(
            f"the plibd at {found.socket} runs as user {found.uid}: that user or root ends it"
        ) from None
    finally:
        os.close(process)
    _tell(f"plibd, process {found.pid}, has ended", as_json, pid=found.pid, socket=found.socket)


def _tell(text: str, as_json: bool, **told: Any) -> None:
    click.echo(json.dumps(told) if as_json else text)


def _program() -> str:
    program = os.environ.get("PLIBD") or system.find_program("plibd")
    if program is None:
        raise click.ClickException("plibd is not installed where plib is; plib doctor tells more")
    return program


def logs(*, follow: bool, as_json: bool) -> None:
    """Print what plibd logged: the host's from the journal, a user's from beside its socket."""
    path = system.socket_path()
    if path == HOST_SOCKET:
        how = ["--follow"] if follow else ["--no-pager"]
        _become("journalctl", "--unit=plibd", *how, *(["--output=json"] if as_json else []))
    log = Path(path).with_name("plibd.log")
    if not log.exists():
        click.echo(f"nothing was logged: there is no {log}", err=True)
        return
    tail = ["--lines=+1", *(["--follow=name"] if follow else []), str(log)]
    if not as_json:
        _become("tail", *tail)
    with subprocess.Popen(
        [_find("tail"), *tail], stdout=subprocess.PIPE, text=True, errors="replace"
    ) as lines:
        assert lines.stdout is not None
        try:
            for line in lines.stdout:
                click.echo(_as_object(line.rstrip("\n")))
        finally:
            lines.terminate()


def _as_object(line: str) -> str:
    """Return a line of the log as JSON, which it is already when plibd was told to log so."""
    if line.startswith("{"):
        return line
    found = _LINE.fullmatch(line)
    if found is None:  # what follows a line, or is another program's
        return json.dumps({"message": line})
    pid, level, message = found.groups()
    return json.dumps({"pid": int(pid), "level": level.lower(), "message": message})


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise click.ClickException(f"there is no {program} on this host")
    return found


def _become(program: str, *arguments: str) -> None:
    os.execv(_find(program), [program, *arguments])


def unit(name: str) -> None:
    """Print a file for a host's plibd, with the path of this installation."""
    text = resources.files("plib_py.daemon").joinpath("systemd", name).read_text()
    click.echo(text.replace("@plibd@", _program()), nl=False)

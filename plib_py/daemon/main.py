"""The command ``plibd``."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import grp
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from plib_py.daemon import activation, log
from plib_py.daemon.broker import Broker
from plib_py.daemon.listener import AlreadyRunningError, Listener, default_path
from plib_py.daemon.log import LOG, fields
from plib_py.daemon.server import Server
from plib_py.daemon.settings import Settings, SettingsError, load, parse_size
from plib_py.daemon.watchdog import Policy, Watchdog

IDLE_EXIT = 10.0  # seconds, for a plibd that was started on demand


def size(text: str) -> int:
    """Return the bytes that ``text`` says."""
    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse_mode(text: str) -> int:
    """Return the octal file mode that ``text`` says."""
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise argparse.ArgumentTypeError(f"{text!r} is not a file mode; write 0600 or 0666")
    return mode


def parse_seconds(text: str) -> float:
    """Return the seconds that ``text`` says."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return seconds


def parse_group(text: str) -> int:
    """Return the id of the group that ``text`` names."""
    try:
        return grp.getgrnam(text).gr_gid
    except KeyError as error:
        raise argparse.ArgumentTypeError(f"there is no group {text!r}") from error


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(
        prog="plibd",
        description="The trusted daemon of plib: memory, matching, the ROS graph, reclaim. "
        "Participants start it by themselves; start it by hand to choose who may use it.",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings, and the access policy; the options below come before what it says",
    )
    parser.add_argument(
        "--check", action="store_true", help="only look whether FILE is right, and say so"
    )
    parser.add_argument(
        "--socket", metavar="PATH", help="where to listen (default: the user's own)"
    )
    parser.add_argument(
        "--foreground",
        action="store_true",
        help="say so on stdout when it listens, and stay without participants",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="take the place of the plibd that listens there, and end it: nothing is lost",
    )
    parser.add_argument(
        "--mode",
        type=parse_mode,
        help="of the socket: who may connect needs write permission (default: 0600)",
    )
    parser.add_argument("--group", type=parse_group, help="of the socket")
    parser.add_argument(
        "--memory-limit",
        type=size,
        metavar="SIZE",
        help="segments that one participant may have (default: 2G)",
    )
    parser.add_argument(
        "--idle-exit",
        type=float,
        metavar="SECONDS",
        help=f"end after so long without participants (default: {IDLE_EXIT:g}; never with "
        "--foreground)",
    )
    parser.add_argument(
        "--call-budget",
        type=parse_seconds,
        metavar="SECONDS",
        help="how long a participant's bounded call may take until it is reported; 0: any time "
        "(default: 1)",
    )
    parser.add_argument(
        "--over-budget",
        choices=[policy.value for policy in Policy],
        help="what to do with a participant whose call takes longer (default: report)",
    )
    parser.add_argument("--start-lock-fd", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def keep_collections_short() -> None:
    """Have the garbage collector look at young objects only.

    A look at all of thousands of endpoints takes 30 ms, in which nobody is served. The old are
    freed when the last reference goes: clients and what they have are in no cycle at their end.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 1 << 30)


def choose(options: argparse.Namespace) -> Settings:
    """Return the settings of the file, with the command line's before them.

    Raises
    ------
    SettingsError
        The file is wrong.
    """
    settings = Settings() if options.config is None else load(options.config)
    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("socket", "mode", "group", "memory_limit", "call_budget", "over_budget")
        if getattr(options, name) is not None
    }
    if "over_budget" in given:
        given["over_budget"] = Policy(given["over_budget"])
    return dataclasses.replace(settings, **given)


def log_level(options: argparse.Namespace, settings: Settings) -> str:
    """Return the least level that is written."""
    return settings.log_level or ("info" if options.foreground else "warning")


def serve(options: argparse.Namespace, settings: Settings) -> None:
    """Listen and serve."""
    inherited = activation.inherited_socket()
    path = Path(settings.socket or default_path()).absolute()
    if inherited is not None:
        path = Path(inherited.getsockname())
    idle = options.idle_exit
    if idle is None:
        idle = 0.0 if options.foreground else IDLE_EXIT
    lock = options.start_lock_fd
    listener = Listener(
        str(path), settings.mode, settings.group, lock, inherited, replace=options.replace
    )
    try:
        watchdog = Watchdog(settings.call_budget, settings.over_budget)
        broker = Broker(settings)

        def reload() -> None:
            try:
                changed = choose(options)
            except SettingsError as error:
                LOG.error("going on with the settings from before: %s", error)
                return
            broker.apply(changed)
            watchdog.apply(changed.call_budget, changed.over_budget)
            log.set_up(log_level(options, changed), changed.log_format)
            LOG.info("settings read again", extra=fields("reload"))

        server = Server(listener, broker, watchdog, idle, reload)
        if options.foreground:
            print(f"listening on {path}", flush=True)
        activation.notify("READY=1")
        server.run()
        activation.notify("STOPPING=1")
    finally:
        listener.close()
    # The log of one that took its place is not its own.
    if listener.removed and not options.foreground:
        remove_empty_log(path.with_name("plibd.log"))


def remove_empty_log(path: Path) -> None:
    """Leave nothing behind when there was nothing to say."""
    with contextlib.suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


def main() -> int:
    """Run plibd; return its exit status."""
    options = arguments()
    try:
        settings = choose(options)
    except SettingsError as error:
        print(f"plibd: {error}", file=sys.stderr)
        return 2
    if options.check:
        print(f"{options.config}: all right")
        return 0
    log.set_up(log_level(options, settings), settings.log_format)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    keep_collections_short()
    try:
        serve(options, settings)
    except AlreadyRunningError as error:
        if options.foreground:
            print(f"plibd: {error}", file=sys.stderr)
            return 2
    except OSError as error:
        print(f"plibd: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before it listened
        return 128 + signal.SIGINT
    return 0

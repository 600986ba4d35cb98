"""What ``plib doctor`` checks of the installation: plib, plibd, ROS, optional libraries."""

from __future__ import annotations

import importlib.util
import os
import platform
from collections.abc import Iterator

from plib_py import system
from plib_py._native import lib
from plib_py.cli.check import Check, Status
from plib_py.errors import Error
from plib_py.participant import Participant

_AGAIN = "install plib again: pip install ., or colcon build"


def checks(domain: int | None) -> Iterator[Check]:
    """Check the installation; a domain id of None is the environment's."""
    yield Check(
        "plib",
        Status.OK,
        f"{system.version()}, protocol {lib.PLIB_PROTOCOL_VERSION}, "
        f"Python {platform.python_version()}",
    )
    yield from _daemon(domain)
    yield from _rmw()
    yield from _libraries()


def _daemon(domain: int | None) -> Iterator[Check]:
    try:
        path = system.socket_path()
        daemon = system.find_daemon()
        if daemon is None:
            yield Check("plibd", Status.INFO, f"no plibd is running at {path}: started on demand")
        else:
            with Participant(None, domain_id=domain) as participant:
                entities = len(participant.graph())
            whose = (
                "outside of this container"
                if daemon.is_outside
                else f"pid {daemon.pid}, user {daemon.uid}"
            )
            yield Check(
                "plibd",
                Status.OK,
                f"answers at {daemon.socket} ({whose}); domain {participant.domain_id} has "
                f"{entities} nodes and endpoints",
            )
    except Error as error:
        yield Check(
            "plibd", Status.PROBLEM, str(error), "see Troubleshooting in docs/operations.md"
        )
    program = system.find_program("plibd")
    yield Check(
        "plibd program",
        Status.OK if program else Status.PROBLEM,
        program or "not found: nothing can start it on demand",
        "" if program else _AGAIN,
    )


def _rmw() -> Iterator[Check]:
    library = system.find_library("librmw_plib.so")
    yield Check(
        "librmw_plib.so",
        Status.OK if library else Status.WARNING,
        library or "not found: ROS nodes cannot use plib, Python programs can",
        "" if library else "install plib where ROS is, or source the workspace's setup.bash",
    )
    chosen = os.environ.get("RMW_IMPLEMENTATION", "")
    yield Check(
        "RMW_IMPLEMENTATION",
        Status.OK if chosen == "rmw_plib" else Status.INFO,
        chosen if chosen == "rmw_plib" else f"{chosen or 'not set'}: ROS does not use plib here",
        "" if chosen == "rmw_plib" else "export RMW_IMPLEMENTATION=rmw_plib",
    )


def _libraries() -> Iterator[Check]:
    """Tell of what plib works without, and what then does not work."""
    for names, what, cure in (
        (("rclpy", "rosbags"), "message types", "source ROS, or pip install rmw-plib[messages]"),
        (("mcap",), "recordings", "pip install rmw-plib[record]"),
        (("matplotlib",), "plib bench's plot", "pip install rmw-plib[bench]"),
    ):
        found = [name for name in names if importlib.util.find_spec(name) is not None]
        if found:
            yield Check(what, Status.OK, f"by {' and '.join(found)}")
        else:
            yield Check(what, Status.INFO, f"not without {' or '.join(names)}", cure)

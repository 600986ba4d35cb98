"""What ``plib doctor`` checks."""

import enum
import os
import platform
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plib_py import system
from plib_py._native import ffi, lib
from plib_py.errors import Error
from plib_py.participant import Participant, environment_domain_id

# Of Linux; a process with more mappings than this has many thousand peers.
_MAPPINGS = 65530
_DESCRIPTORS = 4096


class Status(str, enum.Enum):
    """How much a finding matters."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Check:
    """One finding."""

    name: str
    status: Status
    text: str


def all_checks(domain: int | None) -> list[Check]:
    """Check everything; a domain id of None is the environment's."""
    return [*_versions(), *_kernel(), *_limits(), *_daemon(domain), *_rmw()]


def _versions() -> Iterator[Check]:
    yield Check(
        "plib",
        Status.OK,
        f"{system.version()}, protocol {lib.PLIB_PROTOCOL_VERSION}, "
        f"Python {platform.python_version()}",
    )


def _kernel() -> Iterator[Check]:
    features = lib.plib_system_features()
    futex_waitv = features & lib.PLIB_FEATURE_FUTEX_WAITV
    yield Check(
        "kernel",
        Status.OK if futex_waitv else Status.PROBLEM,
        f"Linux {platform.release()}, "
        + ("futex_waitv is there" if futex_waitv else "no futex_waitv: plib needs 5.16 or newer"),
    )
    if features & lib.PLIB_FEATURE_MSEAL:
        yield Check("mseal", Status.OK, "mappings of shared memory are sealed")
    else:
        yield Check(
            "mseal",
            Status.WARNING,
            "missing (Linux 6.10 has it): a process can unmap shared memory under its own feet",
        )
    yield _protection_keys(features)


def _protection_keys(features: int) -> Check:
    domain = lib.plib_domain()
    name = "protection keys"
    if domain < 0:
        return Check(name, Status.PROBLEM, ffi.string(lib.plib_error_text()).decode())
    if domain == lib.PLIB_DOMAIN_PKU:
        return Check(name, Status.OK, "stray writes into plib's memory fault")
    if features & lib.PLIB_FEATURE_PKU:
        return Check(name, Status.WARNING, "not used, since PLIB_DOMAIN says so")
    return Check(name, Status.INFO, "missing: the protection rests on page rights alone")


def _limits() -> Iterator[Check]:
    mappings = _read_number(Path("/proc/sys/vm/max_map_count"))
    if mappings is not None:
        yield Check(
            "vm.max_map_count",
            Status.OK if mappings >= _MAPPINGS else Status.WARNING,
            str(mappings) + ("" if mappings >= _MAPPINGS else f": less than Linux's {_MAPPINGS}"),
        )
    # plibd, which holds some for each participant, raises its own limit to the hard one.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= _DESCRIPTORS
    yield Check(
        "open files",
        Status.OK if enough else Status.WARNING,
        f"{hard}" + ("" if enough else f": fewer than {_DESCRIPTORS} limit how many may meet"),
    )


def _daemon(domain: int | None) -> Iterator[Check]:
    try:
        path = system.socket_path()
        daemon = system.find_daemon()
        if daemon is None:
            yield Check("plibd", Status.INFO, f"no plibd is running at {path}: started on demand")
        else:
            with Participant(
                None, domain_id=environment_domain_id() if domain is None else domain
            ) as participant:
                entities = len(participant.graph())
            yield Check(
                "plibd",
                Status.OK,
                f"answers at {daemon.socket} (pid {daemon.pid}, user {daemon.uid}); domain "
                f"{participant.domain_id} has {entities} nodes and endpoints",
            )
    except Error as error:
        yield Check("plibd", Status.PROBLEM, str(error))
    program = system.find_program("plibd")
    yield Check(
        "plibd program",
        Status.OK if program else Status.PROBLEM,
        program or "not found: nothing can start it on demand",
    )


def _rmw() -> Iterator[Check]:
    library = system.find_library("librmw_plib.so")
    yield Check(
        "librmw_plib.so",
        Status.OK if library else Status.WARNING,
        library or "not found: ROS nodes cannot use plib, Python programs can",
    )
    chosen = os.environ.get("RMW_IMPLEMENTATION", "")
    yield Check(
        "RMW_IMPLEMENTATION",
        Status.OK if chosen == "rmw_plib" else Status.INFO,
        chosen if chosen == "rmw_plib" else f"{chosen or 'not set'}: ROS does not use plib here",
    )


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None

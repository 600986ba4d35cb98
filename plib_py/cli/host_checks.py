"""What ``plib doctor`` checks of the host: CPU, kernel, limits, memory."""

from __future__ import annotations

import fcntl
import os
import platform
import resource
from collections.abc import Iterator
from pathlib import Path

from plib_py import system
from plib_py._native import ffi, lib
from plib_py.cli.check import Check, Status
from plib_py.cli.units import bytes_text

# Of Linux; a process with more mappings than this has many thousand peers.
_MAPPINGS = 65530
_DESCRIPTORS = 4096
# Room for some nodes and their images, in bytes.
_MEMORY = 256 << 20

_F_ADD_SEALS = 1033
_F_SEAL_FUTURE_WRITE = 0x10

_OTHER_KERNEL = "install a newer kernel"
_SECCOMP = (
    "the kernel is new enough: a container's seccomp filter refuses the call; update the container "
    "engine, or allow the call in its profile"
)


def checks() -> Iterator[Check]:
    """Check the host."""
    yield _cpu()
    features = lib.plib_system_features()
    yield _futex_waitv(features)
    yield _mseal(features)
    yield _protection_keys(features)
    yield _sealing()
    yield _pidfd()
    yield _proc()
    yield from _limits()
    yield _memory()


def _cpu() -> Check:
    usable = len(os.sched_getaffinity(0))
    text = f"{system.cpu_model()}, {usable} of {os.cpu_count()} CPUs usable"
    if usable < 2:
        return Check(
            "CPU",
            Status.INFO,
            f"{text}: waits sleep at once, since looking first needs a second CPU",
            "let the process use more (taskset, the container's cpuset)",
        )
    return Check("CPU", Status.OK, text)


def _futex_waitv(features: int) -> Check:
    kernel = f"Linux {platform.release()}"
    if features & lib.PLIB_FEATURE_FUTEX_WAITV:
        return Check("kernel", Status.OK, f"{kernel}, futex_waitv is there")
    return Check(
        "kernel",
        Status.PROBLEM,
        f"{kernel}, no futex_waitv: plib needs 5.16 or newer",
        _SECCOMP if _kernel_version() >= (5, 16) else _OTHER_KERNEL,
    )


def _mseal(features: int) -> Check:
    if lib.plib_domain() == lib.PLIB_DOMAIN_OFF:
        return Check(
            "mseal", Status.WARNING, "not used, since PLIB_DOMAIN says so", "unset PLIB_DOMAIN"
        )
    if features & lib.PLIB_FEATURE_MSEAL:
        return Check("mseal", Status.OK, "mappings of shared memory are sealed")
    return Check(
        "mseal",
        Status.WARNING,
        "missing (Linux 6.10 has it): a process can unmap shared memory under its own feet",
        _SECCOMP if _kernel_version() >= (6, 10) else _OTHER_KERNEL,
    )


def _protection_keys(features: int) -> Check:
    domain = lib.plib_domain()
    name = "protection keys"
    if domain < 0:
        return Check(name, Status.PROBLEM, ffi.string(lib.plib_error_text()).decode())
    if domain == lib.PLIB_DOMAIN_PKU:
        return Check(name, Status.OK, "stray writes into plib's memory fault")
    if features & lib.PLIB_FEATURE_PKU:
        return Check(
            name, Status.WARNING, "not used, since PLIB_DOMAIN says so", "unset PLIB_DOMAIN"
        )
    flags = _fields(Path("/proc/cpuinfo")).get("flags", "").split()
    missing = "missing: the protection rests on page rights alone"
    if "ospke" in flags:
        return Check(
            name, Status.INFO, missing, "other libraries use up all 15, or seccomp refuses"
        )
    if "pku" in flags:
        return Check(name, Status.INFO, missing, "the kernel does not use them: boot without nopku")
    return Check(
        name,
        Status.INFO,
        missing,
        "CPUs that have them: Intel since Skylake-SP and Tiger Lake, AMD since Zen 3; a virtual "
        "machine has to be given its host's CPU",
    )


def _sealing() -> Check:
    """Try what makes a segment: memory that its owner can write, and nobody else ever."""
    name = "sealed memory"
    try:
        descriptor = os.memfd_create("plib-doctor", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError as error:
        return Check(name, Status.PROBLEM, f"no memfd_create: {error.strerror}", _SECCOMP)
    try:
        fcntl.fcntl(descriptor, _F_ADD_SEALS, _F_SEAL_FUTURE_WRITE)
    except OSError as error:
        return Check(name, Status.PROBLEM, f"no F_SEAL_FUTURE_WRITE: {error.strerror}")
    finally:
        os.close(descriptor)
    return Check(name, Status.OK, "segments are files in memory, sealed for good")


def _pidfd() -> Check:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        return Check("pidfd", Status.PROBLEM, f"plibd needs pidfd_open: {error.strerror}", _SECCOMP)
    return Check("pidfd", Status.OK, "plibd notices at once when a process ends")


def _proc() -> Check:
    if Path("/proc/self/fd").is_dir():
        return Check("/proc", Status.OK, "is there")
    return Check("/proc", Status.PROBLEM, "plibd needs /proc/self/fd", "mount -t proc proc /proc")


def _limits() -> Iterator[Check]:
    mappings = _read_number(Path("/proc/sys/vm/max_map_count"))
    if mappings is not None:
        enough = mappings >= _MAPPINGS
        yield Check(
            "vm.max_map_count",
            Status.OK if enough else Status.WARNING,
            str(mappings) + ("" if enough else f": less than Linux's {_MAPPINGS}"),
            "" if enough else f"sysctl vm.max_map_count={_MAPPINGS}",
        )
    # plibd, which holds some for each participant, raises its own limit to the hard one.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= _DESCRIPTORS
    yield Check(
        "open files",
        Status.OK if enough else Status.WARNING,
        f"{_limit_text(hard)}"
        + ("" if enough else f": fewer than {_DESCRIPTORS} limit how many may meet"),
        "" if enough else "LimitNOFILE= of the unit, nofile in /etc/security/limits.conf",
    )
    for name, limit, what in (
        ("address space", resource.RLIMIT_AS, "mappings of shared memory"),
        ("file size", resource.RLIMIT_FSIZE, "segments, which are files in memory"),
    ):
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY:
            yield Check(
                name,
                Status.WARNING,
                f"limited to {bytes_text(soft)}, which counts {what}",
                "ulimit -v unlimited" if limit == resource.RLIMIT_AS else "ulimit -f unlimited",
            )


def _memory() -> Check:
    """Tell what memory there is for segments: not /dev/shm, whose size is of no importance."""
    available = _kilobytes("MemAvailable")
    limits = list(_group_limits())
    text = "unknown" if available is None else f"{bytes_text(available)} available"
    room = available
    if limits:
        free = min(limit - used for limit, used in limits)
        room = free if room is None else min(room, free)
        text += f", of which the control group allows {bytes_text(max(0, free))} more"
    text += "; segments count as memory, /dev/shm is not used"
    if room is not None and room < _MEMORY:
        return Check(
            "memory",
            Status.WARNING,
            text,
            "a higher limit of the container or unit (MemoryMax=)" if limits else "free some",
        )
    return Check("memory", Status.OK, text)


def _group_limits() -> Iterator[tuple[int, int]]:
    """Yield limit and use, in bytes, of the control groups that this process is in."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, limit_file, use_file = "/sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            root = "/sys/fs/cgroup/memory"
            limit_file, use_file = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        group = Path(root) / path.lstrip("/")
        for folder in (group, *group.parents):
            limit = _read_number(folder / limit_file)
            used = _read_number(folder / use_file)
            # "max", or in the older kind a number that no machine has.
            if limit is not None and used is not None and limit < 1 << 60:
                yield limit, used


def _kernel_version() -> tuple[int, ...]:
    numbers = platform.release().split("-")[0].split(".")[:2]
    return tuple(int(number) for number in numbers if number.isdecimal())


def _kilobytes(name: str) -> int | None:
    """Return an entry of /proc/meminfo, in bytes."""
    value = _fields(Path("/proc/meminfo")).get(name, "").split()
    return int(value[0]) << 10 if value else None


def _fields(path: Path) -> dict[str, str]:
    """Return the lines "name: value" of a file; the first of a name."""
    found: dict[str, str] = {}
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return found
    for line in lines:
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _limit_text(value: int) -> str:
    return "unlimited" if value == resource.RLIM_INFINITY else str(value)

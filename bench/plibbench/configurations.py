"""What is measured against each other: plib, and Fast DDS as its users can set it up."""

from dataclasses import dataclass, field
from pathlib import Path

from plibbench import paths


@dataclass(frozen=True)
class Configuration:
    """A middleware and how it is set up.

    Attributes
    ----------
    name : str
        As in the results.
    rmw : str
        The RMW implementation; "" for what is none.
    environment : dict
        Variables of its processes.
    program : Path or None
        The driver of what is no RMW implementation.
    python : Path or None
        Runs a driver in Python; None: the one that runs this.
    """

    name: str
    rmw: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    program: Path | None = None
    python: Path | None = None

    @property
    def is_fast_dds(self) -> bool:
        """Whether this is one of the opponent's configurations."""
        return self.rmw == "rmw_fastrtps_cpp"


def _fast_dds(name: str, **environment: str) -> Configuration:
    return Configuration(f"Fast DDS {name}", "rmw_fastrtps_cpp", environment)


def _profile(name: str) -> str:
    return str(paths.PROFILES / name)


PLIB = Configuration("plib", "rmw_plib")
# What the kernel's wake-ups cost where nobody looks before sleeping.
PLIB_SLEEPS = Configuration("plib, PLIB_SPIN_US=0", "rmw_plib", {"PLIB_SPIN_US": "0"})
# What the gates of the protected domain cost where the CPU has protection keys; the same where not.
PLIB_MMU = Configuration("plib, PLIB_DOMAIN=mmu", "rmw_plib", {"PLIB_DOMAIN": "mmu"})
DEFAULT = _fast_dds("default")
LARGE_DATA = _fast_dds("LARGE_DATA", FASTDDS_BUILTIN_TRANSPORTS="LARGE_DATA")
SHM = _fast_dds("shm", FASTDDS_DEFAULT_PROFILES_FILE=_profile("shm.xml"))
SHM_UDP = _fast_dds("shm+udp", FASTDDS_DEFAULT_PROFILES_FILE=_profile("shm_udp.xml"))
DATA_SHARING = _fast_dds(
    "ds",
    FASTDDS_DEFAULT_PROFILES_FILE=_profile("data_sharing.xml"),
    RMW_FASTRTPS_USE_QOS_FROM_XML="1",
)
ASYNC = _fast_dds("async", RMW_FASTRTPS_PUBLICATION_MODE="ASYNCHRONOUS")

# Plain Python, without ROS. By default glibc gives the memory of large messages back to the kernel
# with each of them, and gets it anew page by page. That takes longer than all that is measured.
# plib_py sees to it by itself, as it comes; for the others it is done here.
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
}
PLIB_PY = Configuration("plib_py", program=paths.BENCH / "python_driver.py")
PEERS = tuple(
    Configuration(
        name,
        program=paths.BENCH / "peers" / f"{module}.py",
        python=paths.TOOLS_PYTHON,
        environment=_KEEP_MEMORY,
    )
    for name, module in (
        ("iceoryx2", "iceoryx2_driver"),
        ("Cyclone DDS", "cyclonedds_driver"),
        ("Zenoh", "zenoh_driver"),
        ("ZeroMQ", "pyzmq_driver"),
    )
)

FUTEX = Configuration("futex floor", program=paths.NATIVE / "futex_round_trip")
MEMCPY = Configuration("memcpy floor", program=paths.NATIVE / "memcpy_bandwidth")

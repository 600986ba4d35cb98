"""The table of work."""

from __future__ import annotations

from plibbench.configurations import (
    ASYNC,
    DATA_SHARING,
    DEFAULT,
    FUTEX,
    LARGE_DATA,
    MEMCPY,
    PEERS,
    PLIB,
    PLIB_MMU,
    PLIB_PY,
    PLIB_SLEEPS,
    SHM,
    SHM_UDP,
)
from plibbench.items import BEST, Flatness, Item, Suite, Target, against_default, both
from plibbench.python_scenarios import (
    plain_flood,
    plain_round_trip,
    rclpy_flood,
    rclpy_round_trip,
)
from plibbench.scenarios import flood, memcpy, periodic, publish_call, round_trip
from plibbench.system_scenarios import (
    first_message,
    first_message_rclpy,
    idle_node,
    many_nodes,
    many_processes,
    node_memory,
)

KIB = 1024
MIB = KIB * KIB


def size_name(size: int) -> str:
    """Return "16 KiB"."""
    if size >= MIB:
        return f"{size // MIB} MiB"
    return f"{size // KIB} KiB" if size >= KIB else f"{size} B"


def _typed_round_trips() -> list[Item]:
    items = []
    for size in (64, KIB, 16 * KIB, 256 * KIB, MIB, 4 * MIB):
        small = size <= 16 * KIB
        targets = both(0.25) if small else both(0.40)
        if size >= MIB:
            targets += both(0.02, DEFAULT.name)
        configurations = against_default(*((LARGE_DATA,) if small else ()), SHM, SHM_UDP)
        if size == 64:
            configurations += (PLIB_SLEEPS, PLIB_MMU, FUTEX)
            targets += (Target("p50_us", 1.6, FUTEX.name),)
        items.append(
            Item(
                f"round trip Image {size_name(size)}",
                round_trip(size),
                configurations,
                ("p50_us", "p99_us"),
                targets,
            )
        )
    return items


_LOANED_SIZES = (64, KIB, 16 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB)


def _loaned_name(size: int) -> str:
    return f"round trip loaned {size_name(size)}"


def _loaned_round_trips() -> list[Item]:
    return [
        Item(
            _loaned_name(size),
            round_trip(size, "fixed"),
            # What Fast DDS does with loans by default is known from the typed messages.
            (PLIB, DATA_SHARING, *((DEFAULT,) if size <= 4 * MIB else ())),
            ("p50_us", "p99_us"),
            (Target("p50_us", 0.20, DATA_SHARING.name),),
        )
        for size in _LOANED_SIZES
    ]


def _floods() -> list[Item]:
    shown = ("received_per_s",)
    others = (LARGE_DATA, SHM, SHM_UDP)

    def at_least(factor: float, against: str, item: str = "") -> Target:
        return Target("received_per_s", factor, against, item)

    best_of_last = "flood KEEP_LAST 10 Image 1 MiB"
    return [
        *(
            Item(
                f"flood KEEP_ALL Image {size_name(size)}",
                flood(size),
                against_default(*others, *((PLIB_MMU,) if size == 64 else ())),
                shown,
                (at_least(default, DEFAULT.name), at_least(best, BEST)),
            )
            for size, default, best in ((64, 20, 7), (KIB, 20, 7), (64 * KIB, 7, 4))
        ),
        Item(
            "flood KEEP_ALL Image 1 MiB",
            flood(MIB),
            against_default(SHM, SHM_UDP),
            shown,
            (at_least(7, DEFAULT.name), at_least(1.5, BEST, best_of_last)),
        ),
        Item(best_of_last, flood(MIB, history="last"), against_default(SHM, SHM_UDP, ASYNC), shown),
        Item(
            "flood KEEP_LAST 10 Image 64 B",
            flood(64, history="last"),
            against_default(LARGE_DATA, ASYNC),
            shown,
        ),
        Item(
            "flood KEEP_LAST 1000 Image 64 B",
            flood(64, history="last", depth=1000),
            against_default(LARGE_DATA, ASYNC),
            shown,
        ),
        Item(
            "flood KEEP_ALL loaned 1 MiB",
            flood(MIB, "fixed"),
            against_default(DATA_SHARING),
            shown,
            # By default it is lossy with loans.
            (at_least(50, DEFAULT.name, "flood KEEP_ALL Image 1 MiB"),),
        ),
        Item(
            "flood KEEP_ALL Image 1 KiB to 10 processes",
            flood(KIB, subscribers=10),
            against_default(*others),
            shown,
            (at_least(7, BEST),),
        ),
    ]


def _periodic() -> list[Item]:
    return [
        Item(
            f"{rate} Hz Image {size_name(size)}",
            periodic(size, rate),
            against_default(*others),
            ("p50_us", "p99_us", "cpu_us_per_message"),
            (Target("cpu_us_per_message", 0.40),),
            seconds=2.0,
        )
        for rate, size, others in (
            (1000, 64, (LARGE_DATA, SHM_UDP)),
            (30, 4 * MIB, (SHM, SHM_UDP)),
        )
    ]


def _publish_calls() -> list[Item]:
    """Return what a publish costs its caller at worst."""
    return [
        Item(
            "publish call 64 B at 10 kHz",
            publish_call(64, 10_000),
            against_default(LARGE_DATA, SHM_UDP),
            ("p50_us", "p99_us", "p9999_us", "max_us"),
            seconds=4.0,
        )
    ]


_EXECUTORS = (("events", "EventsExecutor"), ("single", "default executor"))


def _rclpy() -> list[Item]:
    items = []
    for executor, name in _EXECUTORS:
        items.append(
            Item(
                f"rclpy round trip String 64 B, {name}",
                rclpy_round_trip("string", 64, executor),
                against_default(LARGE_DATA, SHM_UDP),
                ("p50_us", "p99_us"),
                (Target("p50_us", 0.60 if executor == "events" else 0.85),),
            )
        )
        items.append(
            Item(
                f"rclpy round trip Image 1 MiB, {name}",
                rclpy_round_trip("image", MIB, executor),
                against_default(SHM, SHM_UDP),
                ("p50_us", "p99_us"),
                (Target("p50_us", 0.20, DEFAULT.name), Target("p50_us", 0.80)),
            )
        )
        items.append(
            Item(
                f"rclpy flood KEEP_ALL String 64 B, {name}",
                rclpy_flood(64, executor),
                against_default(LARGE_DATA, SHM_UDP),
                ("received_per_s",),
                (Target("received_per_s", 2.0),),
            )
        )
    return items


def _plain_python() -> list[Item]:
    items = []
    for waits in ("sleeping", "spinning"):
        for size in (64, 64 * KIB, MIB):
            items += [
                Item(
                    f"plain Python round trip {size_name(size)}, {waits}",
                    plain_round_trip(size, waits),
                    (PLIB_PY, *PEERS),
                    ("p50_us", "p99_us"),
                    tuple(Target("p50_us", 1.0, peer.name) for peer in PEERS),
                ),
                Item(
                    f"plain Python flood lossless {size_name(size)}, {waits}",
                    plain_flood(size, waits),
                    (PLIB_PY, *PEERS),
                    ("received_per_s",),
                    tuple(Target("received_per_s", 1.0, peer.name) for peer in PEERS),
                ),
            ]
    return items


def _system() -> list[Item]:
    discovering = against_default(LARGE_DATA, SHM_UDP)
    matched = ("all_matched_s",)
    return [
        Item(
            "start of a process to its first message",
            first_message,
            discovering,
            ("first_message_ms",),
            (Target("first_message_ms", 0.30),),
        ),
        Item(
            "start of an rclpy node to its first message",
            first_message_rclpy,
            discovering,
            ("first_message_ms",),
        ),
        *(
            Item(
                f"{count} processes start at once until all are matched",
                many_processes(count),
                discovering,
                matched,
                (Target("all_matched_s", 0.30),),
                quick=count < 50,
            )
            for count in (20, 50)
        ),
        *(
            Item(
                f"{count} rclpy nodes start at once until all know all",
                many_nodes(count),
                discovering,
                matched,
                (Target("all_matched_s", 0.30),) if count == 50 else (),
                quick=count < 50,
            )
            for count in (20, 50)
        ),
        Item(
            "idle rclpy node",
            idle_node,
            discovering,
            ("switches_per_s",),
            (Target("switches_per_s", 0.0, ""),),
        ),
        Item(
            "memory of an rclpy node",
            node_memory,
            discovering,
            ("uss_mib",),
            (Target("uss_mib", 0.30),),
        ),
    ]


def _floors() -> list[Item]:
    return [
        Item(
            f"memcpy {size_name(size)}",
            memcpy(size),
            (MEMCPY,),
            ("in_cache_gb_per_s", "rotating_gb_per_s"),
        )
        for size in (64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB)
    ]


def suite() -> Suite:
    """Return all items, in the order in which they are measured."""
    return Suite(
        (
            *_typed_round_trips(),
            *_loaned_round_trips(),
            *_floods(),
            *_periodic(),
            *_publish_calls(),
            *_system(),
            *_rclpy(),
            *_plain_python(),
            *_floors(),
        ),
        (
            Flatness(
                "round trip loaned, all sizes",
                tuple(_loaned_name(size) for size in _LOANED_SIZES),
                "p50_us",
                1.25,
            ),
        ),
    )

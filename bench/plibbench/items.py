"""What an item of work is, and which targets it has."""

from __future__ import annotations

from dataclasses import dataclass, field

from plibbench.configurations import DEFAULT, PLIB, Configuration
from plibbench.scenarios import Scenario

# How the result tables name what is measured, and whether less of it is better.
LOWER = {
    "p50_us": "p50 µs",
    "p99_us": "p99 µs",
    "p9999_us": "p99.99 µs",
    "max_us": "max µs",
    "cpu_us_per_message": "CPU µs a message",
    "cpu_us_per_round_trip": "CPU µs a round trip",
    "first_message_ms": "ms",
    "all_matched_s": "s",
    "switches_per_s": "switches/s",
    "uss_mib": "MiB",
}
HIGHER = {
    "received_per_s": "received/s",
    "in_cache_gb_per_s": "GB/s in cache",
    "rotating_gb_per_s": "GB/s rotating",
}
TITLES = {**LOWER, **HIGHER}

# Stands for the configuration of Fast DDS that was best in the same run of the benchmark.
BEST = "best"


@dataclass(frozen=True)
class Target:
    """A bound on plib's figure, divided by another's.

    Attributes
    ----------
    metric : str
        Which figure.
    factor : float
        At most this where less is better, else at least.
    against : str
        A configuration's name, `BEST`, or "" for a bound on plib's figure itself.
    item : str
        Where the other's figure is, unless it is in the same item.
    """

    metric: str
    factor: float
    against: str = BEST
    item: str = ""


@dataclass(frozen=True)
class Item:
    """Something to measure, in several configurations.

    Attributes
    ----------
    name : str
        For `--only`, and as the key in results.json.
    scenario : callable
        One run of it.
    configurations : tuple
        In the order in which they take turns.
    metrics : tuple
        Those that the tables show.
    targets : tuple
        What plib is to reach.
    seconds : float
        Factor on the measured time.
    quick : bool
        Whether `--quick` has it.
    """

    name: str
    scenario: Scenario
    configurations: tuple[Configuration, ...]
    metrics: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    seconds: float = 1.0
    quick: bool = True


@dataclass(frozen=True)
class Flatness:
    """A target on several items together: how far plib's figures may lie apart."""

    name: str
    items: tuple[str, ...]
    metric: str
    factor: float


def plib_of(item: Item) -> str:
    """Return the name of the configuration that is plib's: the first."""
    return item.configurations[0].name


def against_default(*others: Configuration) -> tuple[Configuration, ...]:
    """Return plib, Fast DDS as it is, and what may be stronger."""
    return (PLIB, DEFAULT, *others)


def both(factor: float, against: str = BEST) -> tuple[Target, ...]:
    """Return the same target on the median and on the 99th percentile."""
    return Target("p50_us", factor, against), Target("p99_us", factor, against)


@dataclass(frozen=True)
class Suite:
    """Everything there is to measure."""

    items: tuple[Item, ...]
    flatness: tuple[Flatness, ...] = field(default=())

"""Running the items: configurations take turns, disturbed runs are made again."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field

from plibbench.arena import Arena, Metrics, NotSupportedError, RunError
from plibbench.configurations import Configuration
from plibbench.items import Item
from plibbench.machine import Watch, is_disturbed


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure.

    Attributes
    ----------
    rounds : int
        Good runs of each configuration.
    seconds, warmup : float
        Of each run.
    attempts : int
        Runs to make for one good one.
    keep_disturbed : bool
        Count runs beside which others were working.
    """

    rounds: int
    seconds: float
    warmup: float
    attempts: int
    keep_disturbed: bool


@dataclass
class Run:
    """One run.

    Attributes
    ----------
    metrics : dict
        What was measured; empty when it failed.
    others : float
        Part of a core that other processes used meanwhile.
    disturbed : bool
        Whether that was too much.
    error : str
        Why there are no metrics.
    supported : bool
        Whether the configuration can do this at all.
    """

    metrics: Metrics = field(default_factory=dict)
    others: float = 0.0
    disturbed: bool = False
    error: str = ""
    supported: bool = True


@dataclass
class Outcome:
    """All runs of an item, by configuration."""

    item: Item
    runs: dict[str, list[Run]]


def run_item(item: Item, plan: Plan) -> Outcome:
    """Run an item: A B A B, as often as the plan says."""
    outcome = Outcome(item, {configuration.name: [] for configuration in item.configurations})
    for _ in range(plan.rounds):
        for configuration in item.configurations:
            runs = outcome.runs[configuration.name]
            if any(not run.supported for run in runs):
                continue
            for _ in range(plan.attempts):
                run = _run_once(item, configuration, plan)
                runs.append(run)
                _tell(configuration, run)
                if not run.disturbed or plan.keep_disturbed or not run.supported:
                    break
    return outcome


def _run_once(item: Item, configuration: Configuration, plan: Plan) -> Run:
    watch = Watch()
    run = Run()
    seconds = plan.seconds * item.seconds
    with Arena(configuration, seconds, plan.warmup) as arena:
        try:
            run.metrics = item.scenario(arena)
        except NotSupportedError as error:
            run.supported, run.error = False, str(error)
        except Exception as error:  # whatever it is, the other runs are to go on
            known = isinstance(error, (RunError, subprocess.TimeoutExpired))
            run.error = str(error) if known else f"{type(error).__name__}: {error}"
            if errors := arena.errors():
                run.error += f"; stderr: {errors}"
    run.others = watch.others()
    run.disturbed = is_disturbed(run.others)
    # Sockets and shared memory of the run before are gone by then.
    time.sleep(0.05)
    return run


def _tell(configuration: Configuration, run: Run) -> None:
    shown = "  ".join(f"{name} {value:.4g}" for name, value in run.metrics.items())
    note = f"  [others used {run.others:.0%} of a core]" if run.disturbed else ""
    print(f"  {configuration.name:20} {run.error or shown}{note}", file=sys.stderr, flush=True)

"""What was measured so far, and the files that tell it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from plibbench import machine, paths, report
from plibbench.evaluate import Evaluation, Verdict
from plibbench.growth import Curve
from plibbench.runner import Outcome, Plan
from plibbench.suite import suite


class Results:
    """The outcomes of a run of the benchmark."""

    def __init__(self, plan: Plan, quick: bool, folder: Path) -> None:
        self.plan = plan
        self._folder = folder
        self.outcomes: list[Outcome] = []
        self.curves: list[Curve] = []
        self._quick = quick
        self._suite = suite()

    def verdicts(self) -> list[Verdict]:
        """Return what became of the targets of what was measured."""
        return report.verdicts(self._evaluation(), self._suite)

    def write(self) -> None:
        """Write results.json and results.md."""
        facts = machine.facts()
        evaluation = self._evaluation()
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "results.md").write_text(
            report.markdown(evaluation, self._suite, self.curves, facts, self._how())
        )
        result = {
            "machine": facts,
            "plan": asdict(self.plan),
            "quick": self._quick,
            "summaries": evaluation.as_json(),
            "targets": [asdict(verdict) for verdict in self.verdicts()],
            "growth": {curve.growth.name: curve.as_json() for curve in self.curves},
            "runs": {
                outcome.item.name: {
                    name: [asdict(run) for run in runs] for name, runs in outcome.runs.items()
                }
                for outcome in self.outcomes
            },
        }
        (self._folder / "results.json").write_text(json.dumps(result, indent=1) + "\n")

    def draw(self) -> None:
        """Draw results.json, if there is something to draw with."""
        if not paths.TOOLS_PYTHON.exists():
            print(f"nothing is drawn: no {paths.TOOLS_PYTHON}", file=sys.stderr)
            return
        subprocess.run(
            [str(paths.TOOLS_PYTHON), "-m", "plibbench.plots", str(self._folder)],
            env={**os.environ, "PYTHONPATH": str(paths.BENCH)},
            check=False,
        )

    def _evaluation(self) -> Evaluation:
        return Evaluation(self.outcomes, self.plan.keep_disturbed)

    def _how(self) -> str:
        plan = self.plan
        return (
            f"{plan.rounds} runs of {plan.seconds:g} s of each configuration, in turns; runs "
            "beside which other processes used more than 5 % of a core "
            + ("**count here**." if plan.keep_disturbed else "do not count.")
            + (" **A quick look: no result to quote.**" if self._quick else "")
        )

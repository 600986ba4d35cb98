"""`plib bench`: what it measures, prints and writes, and what it says when something is missing."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plib_command import PLIB, failure, run
from system import wait_until

from plib_py.bench import report
from plib_py.bench.run import FAST_DDS, Run
from plib_py.bench.run import PLIB as RMW

ROUND_TRIP = {"p50_us", "p99_us", "cpu_us"}


@pytest.mark.slow
def test_it_measures_both_and_compares(tmp_path: Path) -> None:
    done = subprocess.run(
        [PLIB, "bench", "--quick", "--json", "--output", str(tmp_path / "results")],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "results" / "results.json").read_text())
    assert json.loads(done.stdout) == found
    assert {item: set(metrics) for item, metrics in found["summary"].items()} == {
        "round trip 64 B": ROUND_TRIP,
        "round trip 64 KiB": ROUND_TRIP,
        "round trip 1 MiB": ROUND_TRIP,
        "flood 64 B": {"rate", "cpu_us"},
    }
    for metrics in found["summary"].values():
        for metric in metrics.values():
            assert set(metric) == {RMW, FAST_DDS, "times_better"}
            assert min(metric.values()) > 0
    assert {run["rmw"] for run in found["runs"]} == {RMW, FAST_DDS}
    assert found["machine"]["cpus"] == len(os.sched_getaffinity(0))
    assert found["others"]["cpus"] >= 0
    drawn = (tmp_path / "results" / "plot.svg").exists()
    assert drawn == (importlib.util.find_spec("matplotlib") is not None)
    assert drawn or "rmw-plib[bench]" in done.stderr


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A host with rclpy whose Fast DDS cannot be loaded."""
    fake = tmp_path / "rclpy"
    fake.mkdir()
    (fake / "__init__.py").write_text("raise ImportError('librmw_fastrtps_cpp.so is broken')\n")
    done = run("bench", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert "rmw_plib cannot be measured" in done.stderr
    assert "librmw_fastrtps_cpp.so is broken" in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_needs_ros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rclpy.py").write_text("import a_module_of_ros\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "No module named 'a_module_of_ros'" in failure("bench")


def test_ctrl_c_leaves_nothing(start_program: Callable[..., Any], tmp_path: Path) -> None:
    bench = start_program([PLIB, "bench", "--quick", "--output", str(tmp_path / "results")], {})
    folder = f"/proc/{bench.pid}/task/{bench.pid}/children"
    # plibd and both nodes; what is looked at first is one process.
    wait_until(lambda: len(Path(folder).read_text().split()) >= 2, "it starts nothing")
    children = [int(pid) for pid in Path(folder).read_text().split()]
    bench.process.send_signal(signal.SIGINT)
    assert bench.wait() == 130
    assert bench.errors().count("Traceback") == 0
    for pid in children:
        assert not Path(f"/proc/{pid}").exists()
    assert not (tmp_path / "results").exists()


def test_ratios_are_the_right_way_round() -> None:
    runs = [
        *(Run("trip", RMW, {"p50_us": time}, 0.0) for time in (9.0, 10.0, 30.0)),
        Run("trip", FAST_DDS, {"p50_us": 40.0}, 0.0),
        Run("flood", RMW, {"rate": 600.0}, 0.0),
        Run("flood", FAST_DDS, {"rate": 1200.0}, 0.0),
    ]
    found = report.summary(runs)
    assert found["trip"]["p50_us"] == {RMW: 10.0, FAST_DDS: 40.0, "times_better": 4.0}
    assert found["flood"]["rate"]["times_better"] == 0.5
    table = report.table(found)
    assert list(table.columns[4].cells) == ["4.0 times", "no: 2.0 times worse"]


def test_others_are_named() -> None:
    runs = [
        Run("trip", RMW, {}, 0.5, {"compiler": 0.25, "shell": 0.001}),
        Run("trip", FAST_DDS, {}, 1.5, {"compiler": 0.75, "editor": 0.25}),
    ]
    assert report.others(runs) == (1.0, {"compiler": 0.5, "editor": 0.125})


def test_the_plot_needs_nothing_but_the_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from plib_py.bench import plot

    runs = [
        Run(item, rmw, {"p50_us": 10.0, "p99_us": 20.0, "cpu_us": 5.0}, 0.0)
        for item in ("round trip 64 B", "round trip 1 MiB")
        for rmw in (RMW, FAST_DDS)
    ]
    runs += [Run("flood 64 B", rmw, {"rate": 9.0, "cpu_us": 1.0}, 0.0) for rmw in (RMW, FAST_DDS)]
    results = report.as_json(runs, {"plib": "0", "cpu": "a CPU", "cpus": 2})
    plot.draw(results, tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").read_text().endswith("</svg>\n")

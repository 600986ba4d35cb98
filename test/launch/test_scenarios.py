"""What the launch files start, started without launch: it works, and ends well."""

import ast
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("rclpy")
from plib_py.demo.scenarios import Part, bench, daemon, monitor, talker_listener

FILES = sorted((Path(__file__).parents[2] / "launch").glob("*.launch.py"))


def start(part: Part) -> subprocess.Popen[str]:
    return subprocess.Popen(
        part.command,
        env={**os.environ, **part.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("plibd")
def test_the_listener_hears_the_talker() -> None:
    processes = {part.name: start(part) for part in talker_listener()}
    try:
        heard = 0
        for line in processes["listener"].stdout:
            told = json.loads(line)
            heard = told.get("heard", 0)
            if heard >= 100:
                assert told["missing"] == 0
                break
        assert heard >= 100, processes["listener"].stderr.read()
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        for process in processes.values():
            _, errors = process.communicate(timeout=30)
            assert process.returncode == 0, errors
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()


def test_plibd_listens_and_ends_well(no_plibd: str) -> None:
    (part,) = daemon(no_plibd, "0600")
    with start(part) as process:
        assert process.stdout.readline() == f"listening on {no_plibd}\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors


@pytest.mark.usefixtures("plibd")
def test_the_monitor_publishes_and_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    (part,) = monitor("0.5", "0")
    with start(part) as process:
        assert process.stdout.readline() == "publishing /plib/* and /diagnostics in domain 7\n"
        assert process.stdout.readline().startswith("serving Prometheus at http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors


def test_the_comparison_is_the_demo() -> None:
    (part,) = bench("1")
    done = subprocess.run(
        [*part.command[:3], "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--seconds" in done.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_launch_files_are_launch_files(file: Path) -> None:
    """Launch itself is not on PyPI: at least they parse and offer what it looks for."""
    functions = [
        node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)
    ]
    assert functions == ["generate_launch_description"]


def test_there_is_one_for_each_scenario() -> None:
    names = [file.name.partition(".")[0] for file in FILES]
    assert names == ["bench", "monitor", "plibd", "talker_listener"]

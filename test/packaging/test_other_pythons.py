"""One wheel for each CPython from 3.10 on: what it promises is checked, and plib_py tested there.

With the interpreters that this machine has, on PATH or of pyenv, and without ROS; that with ROS
is what all other tests run with.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# All other tests run with the one that runs this.
VERSIONS = [
    version
    for version in ("3.10", "3.11", "3.12", "3.13")
    if version != "{}.{}".format(*sys.version_info)
]
# What the tests need, of versions that every one of these interpreters can have.
TOOLS = ("pytest==8.4.2", "pytest-rerunfailures", "hypothesis")
# What differs between interpreters: buffers, threads and signals, asyncio, typing.
TESTS = (
    "test_asyncio.py",
    "test_callbacks.py",
    "test_messages.py",
    "test_monitor_prometheus.py",
    "test_publish_and_take.py",
)
UNREACHABLE = re.compile(r"No matching distribution|NewConnectionError|ConnectTimeout|ProxyError")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(fresh, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that `pip wheel` builds of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", folder)
    result = fresh(sys.executable, *build, REPOSITORY, timeout=580)
    assert result.returncode == 0, result.stdout + result.stderr
    (found,) = folder.glob("*.whl")
    return Path(found)


def interpreter(version: str) -> Path:
    """Return a CPython of this version, or skip."""
    on_path = shutil.which(f"python{version}", path=os.environ["PATH"].replace(sys.prefix, ""))
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        *([Path(on_path)] if on_path else []),
        *sorted(root.glob(f"versions/{version}.*/bin/python{version}")),
    ]
    for candidate in candidates:
        question = (
            "import sys, venv, ensurepip; print(sys.implementation.name, *sys.version_info[:2])"
        )
        answer = subprocess.run(
            [candidate, "-c", question], capture_output=True, text=True, check=False
        )
        if answer.stdout.split() == ["cpython", *version.split(".")]:
            return candidate
    pytest.skip(f"no CPython {version} with venv on PATH or in {root}")


def test_its_name_promises_all_of_them(wheel: Path) -> None:
    assert re.fullmatch(r"rmw_plib-[0-9.]+-cp310-abi3-linux_x86_64\.whl", wheel.name)


def test_it_uses_the_stable_abi_only(wheel: Path, fresh) -> None:
    audit = shutil.which("abi3audit", path=f"{sys.prefix}/bin")
    if audit is None:
        pytest.skip("abi3audit is not installed: see requirements/dev.txt")
    # It says nothing of a wheel that has no extension.
    result = fresh(audit, "--strict", "--verbose", wheel)
    assert result.returncode == 0, result.stdout + result.stderr
    told = " ".join((result.stdout + result.stderr).split())
    assert re.search(r"[1-9] extensions? scanned; 0 ABI version mismatches", told), told


@pytest.mark.parametrize("version", VERSIONS)
def test_plib_py_passes_its_tests(wheel: Path, tmp_path: Path, fresh, version: str) -> None:
    environment = tmp_path / "venv"
    fresh(interpreter(version), "-m", "venv", environment)
    python = environment / "bin" / "python"
    result = fresh(
        *(python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *TOOLS),
        f"{wheel}[messages,prometheus]",
        timeout=300,
    )
    if result.returncode != 0 and UNREACHABLE.search(result.stderr):
        pytest.skip(f"what plib needs cannot be had for CPython {version}: {result.stderr[-300:]}")
    assert result.returncode == 0, result.stderr
    result = fresh(
        # In no folder that has plib_py: 3.10 knows no PYTHONSAFEPATH.
        *(environment / "bin" / "pytest", "-q", "-p", "no:cacheprovider"),
        *(REPOSITORY / "test" / "py" / name for name in TESTS),
        timeout=300,
        cwd=tmp_path,
        PATH=f"{environment}/bin:/usr/bin:/bin",
        PYTHONDONTWRITEBYTECODE="1",
    )
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr
    assert re.search(r"[1-9][0-9]+ passed", result.stdout), result.stdout

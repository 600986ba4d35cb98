"""plibd.yaml: what it may say, and what is said about what it may not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plib_py.daemon.access import Access, Action, Identity
from plib_py.daemon.settings import Quota, Settings, SettingsError, load
from plib_py.daemon.watchdog import Policy

ALL = """
socket: {path: /run/plib/plibd.sock, mode: "0660", group: root}
limits:
  participant: {memory: 512M}
  user: {memory: 4G, endpoints: 100}
  users:
    root: {connections: 7}
    "61001": {requests_per_second: 50}
watchdog: {call_budget: 0.5, over_budget: kill}
log: {level: debug, format: json}
access:
  default: same-user
  rules:
    - name: nobody steers
      deny: {publish: [/cmd_vel, /arm/*/cmd]}
    - name: cameras
      user: [root, 61001]
      program: /opt/vendor/**
      allow: {publish: /camera/**, serve: "**"}
"""


def read(folder: Path, text: str) -> Settings:
    path = folder / "plibd.yaml"
    path.write_text(text)
    return load(path)


def test_all_that_it_may_say(tmp_path: Path) -> None:
    settings = read(tmp_path, ALL)
    assert settings.socket == "/run/plib/plibd.sock"
    assert (settings.mode, settings.group) == (0o660, 0)
    assert settings.memory_limit == 512 << 20
    assert settings.quotas.of(0) == Quota(memory=4 << 30, endpoints=100, connections=7)
    assert settings.quotas.of(61001).requests_per_second == 50
    assert settings.quotas.of(5) == Quota(memory=4 << 30, endpoints=100)
    assert (settings.call_budget, settings.over_budget) == (0.5, Policy.KILL)
    assert (settings.log_level, settings.log_format) == ("debug", "json")
    vendor = Identity(61001, program="/opt/vendor/bin/driver")
    decide = settings.access.decide
    assert decide(vendor, Action.PUBLISH, "/camera/left/image").access is Access.GRANTED
    assert decide(vendor, Action.PUBLISH, "/arm/left/cmd").rule == "nobody steers"
    assert decide(vendor, Action.CALL, "/any").access is Access.OWN_USER
    assert decide(Identity(61001), Action.SERVE, "/any").access is Access.OWN_USER


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    defaults = Settings()
    settings = read(tmp_path, "")
    assert settings.memory_limit == defaults.memory_limit
    assert settings.quotas == defaults.quotas
    assert settings.access.decide(Identity(1), Action.CALL, "/any").access is Access.OWN_USER


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("access:\n  default: open", ":2: access.default: 'open' is none of same-user, everyone"),
        ("watchdog:\n\n  budget: 1", ":3: watchdog.budget: unknown; here are call_budget, over"),
        ("acess: {}", ":1: acess: unknown; here are access, limits, log, socket, watchdog"),
        ("limits:\n  user:\n    memory: 12T", ":3: limits.user.memory: '12T' is not a size in quo"),
        (
            "limits:\n  user:\n    memory: 0",
            ":3: limits.user.memory: 0 is not a size in",
        ),
        ("socket: {mode: 0660}", ":1: socket.mode: 432 is not a file mode in quotes, as"),
        ("socket:\n  group: nosuchgroup", ":2: socket.group: there is no group 'nosuchgroup' on"),
        (
            "access:\n  rules:\n    - name: a\n    - user: root",
            ":4: access.rules[1]: it has no 'name'",
        ),
        (
            "access:\n  rules:\n    - name: a\n      allow:\n        publsh: /a",
            ":5: access.rules[0].allow.publsh: unknown; here are call, publish, serve, subscribe",
        ),
        (
            "access:\n  rules:\n    - name: a\n      allow:\n        publish: camera",
            ":5: access.rules[0].allow.publish: 'camera' is not a topic",
        ),
        (
            "access:\n  rules:\n    - name: a\n      user: nosuchuser",
            ":4: access.rules[0].user: there is no user 'nosuchuser' on this host",
        ),
        ("access: [", ":1: this is no YAML"),
        ("- a", ":1: "),
        ("watchdog: {call_budget: soon}", ":1: watchdog.call_budget: 'soon' is not a number of s"),
    ],
)
def test_what_it_may_not_say_is_told_with_line_and_key(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(SettingsError) as error:
        read(tmp_path, text)
    assert f"{tmp_path}/plibd.yaml{complaint}" in str(error.value)
    assert "\n" not in str(error.value)


def test_plibd_says_it_in_one_line(tmp_path: Path) -> None:
    config = tmp_path / "plibd.yaml"
    for text, status in (("access: {default: open}", 2), (ALL, 0)):
        config.write_text(text)
        plibd = subprocess.run(
            [f"{sys.prefix}/bin/plibd", "--config", str(config), "--check"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PLIB_SOCKET": f"{tmp_path}/none"},
        )
        assert plibd.returncode == status, plibd.stderr
        assert (plibd.stderr + plibd.stdout).count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml")

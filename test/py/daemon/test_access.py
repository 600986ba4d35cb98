"""What the access policy decides, and what a live plibd makes of it."""

from __future__ import annotations

import fnmatch
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plib_py
from plib_py.daemon.access import Access, AccessPolicy, Action, Globs, Identity, Rule

BLOB = plib_py.RawType("test_msgs/msg/Blob")


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("/camera/*", ["/camera/left"], ["/camera", "/camera/left/image", "/camera2/left"]),
        ("/camera/**", ["/camera/left", "/camera/left/image"], ["/camera", "/cameras/left"]),
        ("**", ["/anything", "/a/b/c"], []),
        ("/arm?/cmd", ["/arm1/cmd"], ["/arm/cmd", "/arm12/cmd", "/arm//cmd"]),
        ("/**/cmd", ["/a/cmd", "/a/b/cmd"], ["/cmd", "/a/cmds"]),
        ("/a.b", ["/a.b"], ["/axb"]),
    ],
)
def test_globs(pattern: str, fits: list[str], does_not: list[str]) -> None:
    for name in fits:
        assert Globs([pattern]).fit(name), name
    for name in does_not:
        assert not Globs([pattern]).fit(name), name


@given(st.text("/ab*", max_size=8), st.text("/ab", max_size=8))
def test_double_stars_fit_as_the_shells_do_without_regard_for_slashes(
    pattern: str, name: str
) -> None:
    doubled = pattern.replace("*", "**")
    assert Globs([doubled]).fit(name) == fnmatch.fnmatchcase(name, pattern)


def test_the_first_rule_that_says_something_decides() -> None:
    everything = Globs(["**"])
    policy = AccessPolicy(
        [
            Rule("group", groups=frozenset({5}), allow={Action.PUBLISH: Globs(["/a"])}),
            Rule("one", users=frozenset({1}), deny={Action.PUBLISH: everything}),
            Rule("all", allow={Action.PUBLISH: everything}, deny={Action.CALL: everything}),
        ]
    )
    member = Identity(1, frozenset({5, 6}))
    assert policy.decide(member, Action.PUBLISH, "/a").rule == "group"
    assert policy.decide(member, Action.PUBLISH, "/b").rule == "one"
    assert policy.decide(Identity(2), Action.PUBLISH, "/b").access is Access.GRANTED
    assert policy.decide(Identity(2), Action.CALL, "/b").access is Access.DENIED
    assert policy.decide(Identity(2), Action.SERVE, "/b").access is Access.OWN_USER


@pytest.fixture
def plibd_with_rules(
    plibd_with: Callable[..., Any], tmp_path: Path
) -> Callable[[str], tuple[Any, Callable[[str], None]]]:
    """Return a function that starts plibd with rules; with it comes one that changes them."""

    def start(rules: str) -> tuple[Any, Callable[[str], None]]:
        config = tmp_path / "plibd.yaml"
        config.write_text(f"access: {{rules: [{rules}]}}")
        plibd = plibd_with("--config", str(config))

        def change(rules: str) -> None:
            config.write_text(f"access: {{rules: [{rules}]}}")
            os.kill(plibd.pid, signal.SIGHUP)
            plibd.logged("settings read again" if "name" in rules or not rules else "from before")

        return plibd, change

    return start


def test_a_denial_names_the_rule(plibd_with_rules: Callable[..., Any]) -> None:
    plibd, _ = plibd_with_rules("{name: nobody steers, deny: {publish: /cmd_vel}}")
    with plib_py.Participant("driver") as participant:
        with pytest.raises(plib_py.PermissionDenied) as error:
            participant.create_publisher("/cmd_vel", BLOB)
        assert "rule 'nobody steers' of plibd's access policy denies user" in str(error.value)
        assert "to publish /cmd_vel" in str(error.value)
        # It loses nothing: the participant goes on.
        participant.create_subscription("/cmd_vel", BLOB)
        participant.create_publisher("/other", BLOB)
    assert "to publish /cmd_vel" in plibd.logged("nobody steers")


def test_a_reload_parts_and_matches(plibd_with_rules: Callable[..., Any]) -> None:
    _, change = plibd_with_rules("")
    with plib_py.Participant("one") as one, plib_py.Participant("two") as two:
        publisher = one.create_publisher("/topic", BLOB)
        subscription = two.create_subscription("/topic", BLOB)
        assert publisher.wait_matched(1, timeout=30)
        change("{name: silence, deny: {publish: /topic}}")
        assert publisher.wait_matched(0, timeout=30)
        assert subscription.wait_matched(0, timeout=30)
        publisher.publish(b"nobody hears it")
        change("{nme: silence}")
        change("")
        assert publisher.wait_matched(1, timeout=30)
        assert subscription.wait_matched(1, timeout=30)
        publisher.publish(b"heard")
        assert subscription.wait(timeout=30)
        sample = subscription.take()
        assert sample is not None
        assert sample.message == b"heard"
        assert subscription.take() is None

"""Numbers of users mean nothing across containers: nobody passes for another by them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from containers import Users, in_container, needs_containers
from users import ALICE, BOB, as_user, needs_users

pytestmark = [needs_users, needs_containers]
PROGRAMS = Path(__file__).parent / "programs"
VARIANTS = PROGRAMS.parent.parent.parent / "build" / "test" / "test" / "attack"
SECONDS = 2
PATIENCE = 30  # seconds; what is not prevented happens before that

Verdict = Callable[..., None]


@pytest.mark.parametrize("without", [None, "user"])
def test_the_same_number_is_not_the_same_user(
    host: Any, verdict: Verdict, start_program: Callable[..., Any], without: str | None
) -> None:
    """In its container Alice's process has the number that is Bob's on the host."""
    host.start()
    host_variables = {"PLIB_SOCKET": "", "PYTHONPATH": str(PROGRAMS)}
    extra = []
    if without is not None:
        # The container has the tests, but not what was built.
        library = VARIANTS / f"libplib_core_without_{without}.so"
        assert library.exists(), f"{library} is not built: run `make build`"
        copied = host.folder / library.name
        copied.write_bytes(library.read_bytes())
        copied.chmod(0o755)
        extra = ["env", f"LD_PRELOAD=/run/plib/{library.name}"]
    script = [sys.executable, "-u", str(PROGRAMS / "victim.py"), "subscriber", "/garbage"]
    victim = start_program(
        in_container(host.folder, *extra, *script, users=Users.ROOTLESS, uid=ALICE, number=BOB),
        host_variables,
    )
    assert victim.line().startswith("ready")
    attacker = host.run(BOB, "garbage_publisher.py", "/garbage", "payload", PLIB_DOMAIN="mmu")
    victim.send("matched 1")
    assert victim.line() == "True"
    assert attacker.line() == "matched"
    attacker.send()
    assert attacker.line() == "poking"
    victim.send(f"watch {SECONDS}" if without is None else f"watch {PATIENCE} changed")
    seen = "changed" if victim.line(60).endswith("changed") else "whole"
    verdict(
        "changing a sample that a user of the same number in a container reads",
        "plibd says who is who" if without is None else "off",
        "whole" if without is None else "changed",
        seen,
    )


@pytest.mark.parametrize("without", [None, "known-users"])
def test_users_that_plibd_cannot_tell_apart_are_not_served(
    host: Any, verdict: Verdict, start_program: Callable[..., Any], without: str | None
) -> None:
    """In a rootless container plibd sees all of the host's other users as one."""
    plibd = [f"{sys.prefix}/bin/plibd"]
    if without is not None:
        weakened = PROGRAMS.parent / "weakened_plibd.py"
        plibd = [sys.executable, str(weakened), without]
    host.folder.chmod(0o777)
    options = ["--foreground", "--socket", "/run/plib/plibd.sock", "--mode", "0666"]
    daemon = start_program(
        in_container(host.folder, *plibd, *options, users=Users.ROOTLESS, uid=ALICE, mode="rw"),
        {},
    )
    assert daemon.line() == "listening on /run/plib/plibd.sock"
    seen = []
    for uid in (BOB, BOB + 1):
        command = as_user(uid, sys.executable, "-u", str(PROGRAMS / "stranger.py"))
        variables = {"PLIB_SOCKET": host.socket, "PYTHONPATH": str(PROGRAMS)}
        seen.append(start_program(command, variables).line())
    refused = all(line.startswith("refused: plibd runs in a container") for line in seen)
    verdict(
        "two users whom plibd's container does not know, as one",
        "refusal" if without is None else "off",
        "refused" if without is None else "one user",
        "refused" if refused else "one user" if seen[0] == seen[1] else str(seen),
    )
    daemon.process.terminate()
    daemon.end()
    for left in host.folder.iterdir():
        left.unlink()

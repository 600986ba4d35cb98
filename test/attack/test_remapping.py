"""An application cannot take away, move or replace the memory that plib in its process works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from users import ALICE, needs_users

from plib_py._native import lib

pytestmark = [
    needs_users,
    pytest.mark.skipif(
        not lib.plib_system_features() & lib.PLIB_FEATURE_MSEAL, reason="this kernel has no mseal"
    ),
]
WAYS = ("munmap", "mremap", "mprotect", "pkey_mprotect", "MAP_FIXED")


@pytest.mark.parametrize("way", WAYS)
def test_sealed_memory_stays(host: Any, verdict: Callable[..., None], way: str) -> None:
    host.start()
    program = host.run(ALICE, "remap.py", way)
    verdict(f"{way} of an own ring", "mseal", "Operation not permitted", program.line())
    assert program.line() == "works"
    assert program.wait() == 0


@pytest.mark.parametrize("way", WAYS)
def test_unsealed_memory_goes(host: Any, verdict: Callable[..., None], way: str) -> None:
    host.start()
    program = host.run(ALICE, "remap.py", way, PLIB_DOMAIN="off")
    verdict(f"{way} of an own ring", "off", "done", program.line())
    assert program.wait() != 0, "plib works on without its memory"


@pytest.mark.parametrize("way", ["MADV_REMOVE", "MADV_DONTNEED"])
def test_pages_stay(host: Any, verdict: Callable[..., None], way: str) -> None:
    """MADV_DONTNEED drops the process's view of a page, which comes back as it was."""
    host.start()
    program = host.run(ALICE, "remap.py", way)
    expected = {"MADV_REMOVE": "Operation not permitted", "MADV_DONTNEED": "done"}[way]
    verdict(f"{way} of an own ring", "F_SEAL_FUTURE_WRITE", expected, program.line())
    verdict(f"{way}: the samples in it", "F_SEAL_FUTURE_WRITE", "works", program.line())


def test_without_the_seal_pages_go(host: Any, verdict: Callable[..., None]) -> None:
    host.start(without="future-write")
    program = host.run(ALICE, "remap.py", "MADV_REMOVE", PLIB_DOMAIN="mmu")
    verdict("MADV_REMOVE of an own ring", "off", "done", program.line())
    verdict("MADV_REMOVE: the samples in it", "off", "lost", program.line())

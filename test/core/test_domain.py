"""A stray write of an application's into plib's memory faults at once, and disturbs nobody else.

Where the CPU has no protection keys there is only the rule of one writer a page; `make pku` runs
these tests on an emulated CPU that has them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
from system import Mapping, mappings_of

from plib_py._native import lib

needs_keys = pytest.mark.skipif(
    not lib.plib_system_features() & lib.PLIB_FEATURE_PKU,
    reason="this CPU has no protection keys: see make pku",
)

# Publishes and takes, and writes one byte where it is told.
VICTIM = """
import ctypes, sys
import plib_py
from plib_py._native import lib
from std_msgs.msg import String

with plib_py.Participant("victim") as victim:
    publisher = victim.create_publisher("/topic", String)
    subscription = victim.create_subscription("/topic", String)
    assert publisher.wait_matched(1, timeout=30)
    publisher.publish(String(data="first"))
    assert subscription.take().message.data == "first"
    print(lib.plib_domain(), flush=True)
    for line in sys.stdin:
        address = int(line)
        ctypes.memmove(address, ctypes.string_at(address, 1), 1)
        print("written", flush=True)
"""
PEER = """
import sys
import plib_py
from std_msgs.msg import String

with plib_py.Participant("peer") as peer:
    publisher = peer.create_publisher("/other", String)
    subscription = peer.create_subscription("/other", String)
    heard = peer.create_subscription("/topic", String)
    assert publisher.wait_matched(1, timeout=30)
    assert heard.wait_matched(1, timeout=30)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(100):
        publisher.publish(String(data=str(number)))
        assert subscription.take().message.data == str(number)
    print("well", flush=True)
    sys.stdin.readline()
"""

Start = Callable[..., Any]


def control_memory_of(pid: int) -> list[Mapping]:
    """Return what a process writes for its peers, but payload."""
    return [mapping for mapping in mappings_of(pid) if mapping.writable and mapping.key != 0]


@pytest.mark.usefixtures("plibd")
@needs_keys
@pytest.mark.parametrize("role", ["ring of samples", "bells and cursors", "record of calls"])
def test_a_stray_write_faults_and_says_where(python: Start, role: str) -> None:
    """The message names what was hit; the same user's other processes go on."""
    victim = python(VICTIM)
    assert int(victim.line()) == lib.PLIB_DOMAIN_PKU
    peer = python(PEER)
    assert peer.line() == "ready"
    sizes = {
        "record of calls": lib.PLIB_CALLS_SIZE,
        "bells and cursors": lib.PLIB_PEER_SIZE,
        "ring of samples": lib.PLIB_RING_DESCRIPTORS + lib.PLIB_RING_MIN * lib.PLIB_DESCRIPTOR_SIZE,
    }
    (hit, *_) = [m for m in control_memory_of(victim.pid) if m.end - m.start == sizes[role]]
    victim.send(str(hit.start))
    assert victim.wait() == -signal.SIGSEGV
    assert role in victim.errors()
    assert f"{hit.start:#018x}" in victim.errors()
    peer.send()
    assert peer.line() == "well"
    peer.send()
    assert peer.wait() == 0


@pytest.mark.usefixtures("plibd")
@needs_keys
def test_all_control_memory_has_the_key_and_payload_has_not(python: Start) -> None:
    victim = python(VICTIM)
    victim.line()
    own = [mapping for mapping in mappings_of(victim.pid) if mapping.writable]
    assert {mapping.key == 0 for mapping in own} == {True, False}
    for mapping in own:
        if mapping.key == 0:
            assert mapping.end - mapping.start >= 1 << 20, "this is no payload"
    payload = next(mapping for mapping in own if mapping.key == 0)
    victim.send(str(payload.start))
    assert victim.line() == "written"


@pytest.mark.usefixtures("plibd")
@needs_keys
def test_the_librarys_tables_have_the_key(python: Start) -> None:
    victim = python(
        VICTIM.replace("print(lib", "print(int(ffi.cast('uintptr_t', handle)), lib")
        .replace("import lib", "import ffi, lib")
        .replace(
            "    print(",
            "    guard = ffi.new('struct plib_guard **')\n"
            "    lib.plib_guard_create(guard)\n    handle = guard[0]\n    print(",
            1,
        )
    )
    address, domain = victim.line().split()
    assert int(domain) == lib.PLIB_DOMAIN_PKU
    victim.send(address)
    assert victim.wait() == -signal.SIGSEGV
    assert "the library's tables" in victim.errors()


@pytest.mark.usefixtures("plibd")
@pytest.mark.parametrize("mode", ["mmu", "off"])
def test_without_the_key_nothing_stops_it(python: Start, mode: str) -> None:
    """The defence is what stops the write: with it off the write goes through."""
    victim = python(VICTIM, PLIB_DOMAIN=mode)
    assert int(victim.line()) == {"mmu": lib.PLIB_DOMAIN_MMU, "off": lib.PLIB_DOMAIN_OFF}[mode]
    for mapping in mappings_of(victim.pid):
        if mapping.writable:
            victim.send(str(mapping.start))
            assert victim.line() == "written"


@pytest.mark.usefixtures("plibd")
def test_off_leaves_mappings_unsealed(python: Start) -> None:
    victim = python(VICTIM, PLIB_DOMAIN="off")
    victim.line()
    assert not any(mapping.sealed for mapping in mappings_of(victim.pid))


@pytest.mark.usefixtures("plibd")
def test_an_unknown_mode_is_told(python: Start) -> None:
    program = python("import plib_py; plib_py.Participant('x')", PLIB_DOMAIN="pkru")
    assert program.wait() == 1
    assert "PLIB_DOMAIN is pkru: write pku, mmu or off" in program.errors()


@pytest.mark.usefixtures("plibd")
@pytest.mark.skipif(
    bool(lib.plib_system_features() & lib.PLIB_FEATURE_PKU), reason="this CPU has protection keys"
)
def test_who_insists_on_keys_does_not_run_without(python: Start) -> None:
    program = python("import plib_py; plib_py.Participant('x')", PLIB_DOMAIN="pku")
    assert program.wait() == 1
    assert "PLIB_DOMAIN is pku, but this CPU or kernel has no protection key" in program.errors()

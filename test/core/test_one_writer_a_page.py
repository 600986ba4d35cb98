"""Every shared page has one writing process, is sealed, and nobody keeps a descriptor of it."""

from __future__ import annotations

import stat
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from system import Mapping, mappings_of, memory_descriptors_of, memory_modes_of, wait_until

from plib_py._native import lib

ROLES = ("publisher", "subscriber", "server", "client")


@pytest.fixture
def busy_farm(farm: Any) -> dict[str, Any]:
    """Nodes of each role that exchange data."""
    nodes = {role: farm.start(role) for role in ROLES}
    for node in nodes.values():
        wait_until(lambda n=node: n.ask("count")["done"] > 0, "a node does nothing")
    return nodes


def test_each_page_has_one_writer(busy_farm: dict[str, Any], ros_plibd: Any) -> None:
    writers: dict[int, set[int]] = defaultdict(set)
    readers: dict[int, set[int]] = defaultdict(set)
    for pid in [ros_plibd.pid, *(node.pid for node in busy_farm.values())]:
        for mapping in mappings_of(pid):
            (writers if mapping.writable else readers)[mapping.inode].add(pid)
    assert all(len(pids) == 1 for pids in writers.values()), writers
    shared = [inode for inode in readers if readers[inode] - writers[inode]]
    assert len(shared) >= 6, "the nodes share next to nothing: the test sees too little"


def test_no_node_keeps_a_descriptor_of_shared_memory(busy_farm: dict[str, Any]) -> None:
    for role, node in busy_farm.items():
        assert memory_descriptors_of(node.pid) == [], role


def test_plibd_cannot_write_what_it_handed_out(busy_farm: dict[str, Any], ros_plibd: Any) -> None:
    """Its descriptors of sealed objects are read-only, of mode 0400, and cannot be opened anew."""
    del busy_farm
    objects = memory_modes_of(ros_plibd.pid)
    assert len(objects) > 10
    for target, (memory, descriptor) in objects:
        assert stat.S_IMODE(memory) == 0o400, target
        assert stat.S_IMODE(descriptor) & stat.S_IWUSR == 0, f"{target} is open for writing"


@pytest.mark.skipif(
    not lib.plib_system_features() & lib.PLIB_FEATURE_MSEAL, reason="this kernel has no mseal"
)
def test_own_mappings_are_sealed(busy_farm: dict[str, Any]) -> None:
    """What a node writes, and what plibd writes for it, cannot be unmapped or remapped."""
    for role, node in busy_farm.items():
        own: list[Mapping] = [m for m in mappings_of(node.pid) if m.writable]
        assert own, role
        assert all(mapping.sealed for mapping in own), role


def test_no_name_in_the_file_system(busy_farm: dict[str, Any], ros_plibd: Any) -> None:
    del busy_farm
    assert [path for path in Path("/dev/shm").iterdir() if "plib" in path.name] == []
    assert [entry.name for entry in Path(ros_plibd.path).parent.iterdir()] == ["plibd.sock"]
    abstract = [line for line in Path("/proc/net/unix").read_text().splitlines() if "@plib" in line]
    assert abstract == []

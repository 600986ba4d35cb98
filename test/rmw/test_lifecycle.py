"""Managed nodes of rclpy are asked for their state and changed from another process."""

from __future__ import annotations

from typing import Any

from system import wait_until


def test_a_managed_node_passes_through_its_states(farm: Any) -> None:
    managed = farm.start("managed")
    manager = farm.start("manager")
    assert manager.ask("state") == "unconfigured"
    assert manager.ask("change", "configure")
    assert manager.ask("state") == "inactive"
    assert manager.ask("count")["done"] == 0, "an inactive node does not publish"
    assert manager.ask("change", "activate")
    wait_until(lambda: manager.ask("count")["done"] > 0, "an active node publishes")
    assert manager.ask("change", "deactivate")
    assert manager.ask("state") == "inactive"
    assert not manager.ask("change", "configure"), "it is configured already"
    assert managed.ask("passed") == ["configure", "activate"]

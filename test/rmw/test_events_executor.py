"""rclpy's EventsExecutor, which is told of new data by callbacks instead of waiting for it."""

from __future__ import annotations

from typing import Any

from system import wait_until


def test_topics_reach_nodes_that_run_on_events(farm: Any) -> None:
    subscriber = farm.start("subscriber", executor="events")
    publisher = farm.start("publisher", executor="events")
    wait_until(lambda: publisher.ask("matched") == 1, "the two do not match")
    wait_until(lambda: subscriber.ask("count")["done"] >= 200, "messages are missing")
    assert subscriber.ask("count")["wrong"] == 0


def test_services_answer_clients_that_run_on_events(farm: Any) -> None:
    farm.start("server", executor="events")
    client = farm.start("client", executor="events")
    wait_until(lambda: client.ask("count")["done"] >= 20, "answers are missing")
    assert client.ask("count")["wrong"] == 0


def test_nothing_is_lost_when_the_flood_is_faster_than_the_executor(farm: Any) -> None:
    """Each message is announced, those that arrive between two announcements as well."""
    collector = farm.start("collector", executor="events")
    flooder = farm.start("flooder", environment={"PLIB_MAX_BLOCKING_TIME_MS": "30000"})
    wait_until(lambda: flooder.ask("matched") == 1, "the two do not match")
    assert flooder.ask("flood", "a", 20_000, patience=120.0) == 20_000
    wait_until(lambda: collector.ask("count")["done"] == 20_000, "messages are missing", 120.0)
    assert collector.ask("count")["wrong"] == 0


def test_two_floods_are_taken_whole(farm: Any) -> None:
    """A message may be taken for another publisher's announcement; its own still comes."""
    collector = farm.start("collector", executor="events")
    patient = {"PLIB_MAX_BLOCKING_TIME_MS": "30000"}
    flooders = [farm.start("flooder", environment=patient) for _ in range(2)]
    for flooder, name in zip(flooders, "ab", strict=True):
        wait_until(lambda f=flooder: f.ask("matched") == 1, "the two do not match")
        flooder.pipe.send(("flood", name, 20_000))
    for flooder in flooders:
        assert flooder.receive(120.0) == 20_000
    wait_until(lambda: collector.ask("count")["done"] == 40_000, "messages are missing", 120.0)
    assert collector.ask("count")["wrong"] == 0

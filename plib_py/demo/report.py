"""The demo's result: a table, or JSON."""

import statistics
from typing import Any

from rich.table import Table

from plib_py.demo.run import NODES, Outcome, StreamResult

TITLES = {
    "image": "1 MiB image, 30 Hz",
    "text": "text, 100 Hz",
    "call": "service call, 10 Hz",
}
NAMES = {"rmw_plib": "plib", "rmw_fastrtps_cpp": "Fast DDS"}


def as_json(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """Return the outcomes as what `json` writes; latencies in us, times in s."""
    return {
        rmw: {
            "streams": {
                name: {
                    "sent": stream.sent,
                    "received": stream.received,
                    "lost": stream.lost,
                    "latency_median_us": _quantile(stream, 0.5),
                    "latency_p99_us": _quantile(stream, 0.99),
                }
                for name, stream in outcome.streams.items()
            },
            "camera_back_after_s": outcome.back_after,
            "cpu_s": outcome.cpu,
            "left_in_dev_shm": outcome.left_behind,
        }
        for rmw, outcome in outcomes.items()
    }


def as_table(outcomes: dict[str, Outcome]) -> Table:
    """Return the outcomes side by side."""
    table = Table(title="The same rclpy nodes, side by side", title_justify="left")
    table.add_column()
    for rmw in outcomes:
        table.add_column(NAMES[rmw], justify="right")
    every = list(outcomes.values())
    for name in TITLES:
        _add_stream(table, name, every)
    _add_cpu(table, every)
    table.add_row("files left in /dev/shm", *(str(outcome.left_behind) for outcome in every))
    return table


def _add_stream(table: Table, name: str, outcomes: list[Outcome]) -> None:
    streams = [outcome.streams[name] for outcome in outcomes]
    sent, received, latency = "sent", "received", "latency"
    if name == "call":
        sent, received, latency = "called", "answered", "round trip"
    table.add_row(f"[bold]{TITLES[name]}[/]")
    table.add_row(f"  {sent}", *(f"{stream.sent:,}" for stream in streams))
    table.add_row(f"  {received}", *(f"{stream.received:,}" for stream in streams))
    table.add_row("  lost", *(f"{stream.lost:,}" for stream in streams))
    table.add_row(f"  {latency}, median", *(_time(_quantile(stream, 0.5)) for stream in streams))
    table.add_row("  99 % below", *(_time(_quantile(stream, 0.99)) for stream in streams))
    if name == "image":
        title = "  back after SIGKILL and restart"
        table.add_row(title, *(f"{outcome.back_after:.2f} s" for outcome in outcomes))
    table.add_section()


def _add_cpu(table: Table, outcomes: list[Outcome]) -> None:
    table.add_row("[bold]CPU time[/]")
    for process in (*NODES, "plibd"):
        times = (outcome.cpu.get(process) for outcome in outcomes)
        table.add_row(f"  {process}", *("-" if t is None else f"{t:.2f} s" for t in times))
    table.add_row("  together", *(f"{sum(outcome.cpu.values()):.2f} s" for outcome in outcomes))
    table.add_section()


def _quantile(stream: StreamResult, part: float) -> float | None:
    """Return the time, in us, below which this part of the messages took."""
    if not stream.latencies:
        return None
    if part == 0.5:
        return statistics.median(stream.latencies)
    ordered = sorted(stream.latencies)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _time(microseconds: float | None) -> str:
    if microseconds is None:
        return "-"
    return f"{microseconds / 1e3:,.2f} ms"

"""``plib monitor``: the node that tells others how plib is doing."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import click

from plib_py.monitor import Monitor


def run(
    domain: int | None, *, period: float, prometheus_port: int | None, prometheus_address: str
) -> None:
    """Run it until SIGINT or SIGTERM.

    Parameters
    ----------
    domain : int, optional
        The domain id to tell of. None: the environment's.
    period : float
        Seconds between two looks.
    prometheus_port : int, optional
        Where Prometheus may ask. None: nowhere.
    prometheus_address : str
        The address of it.
    """
    with contextlib.ExitStack() as stack:
        exporter = None
        if prometheus_port is not None:
            from plib_py.monitor.prometheus import Exporter

            exporter = stack.enter_context(
                contextlib.closing(Exporter(prometheus_port, prometheus_address))
            )
        monitor = stack.enter_context(Monitor(domain, period, exporter))
        asyncio.run(_run(monitor, prometheus_address, exporter.port if exporter else None))


async def _run(monitor: Monitor, address: str, port: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    click.echo(f"publishing /plib/* and /diagnostics in domain {monitor.domain_id}")
    if port is not None:
        host = f"[{address}]" if ":" in address else address
        click.echo(f"serving Prometheus at http://{host}:{port}/metrics")
    await monitor.run(stop)

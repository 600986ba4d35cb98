"""``plib service call``: send a request, print the response."""

from __future__ import annotations

import json
import time

import click

from plib_py.cli import domain as domains
from plib_py.cli import fill, text


def run(
    domain: int | None,
    service: str,
    type_name: str,
    values: str,
    *,
    rate: float | None,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Call once, or ``rate`` times a second until interrupted.

    Parameters
    ----------
    timeout : float or None
        For the service to be there and answer each call, in seconds.
    """
    service_class = domains.type_class(type_name, "srv")
    made = fill.filled(service_class.Request, values)
    full = domains.full_name(service)
    with domains.tool(domain) as participant:
        client = participant.create_client(full, service_class)
        if not as_json and not client.matched:
            click.echo("waiting for service to become available...")
        due = time.monotonic()
        while True:
            made.stamp()
            if not as_json and client.wait_for_service(timeout):
                click.echo(f"requester: making request: {text.repr_text(made.message)}\n")
            response = client.call(made.message, timeout)
            if as_json:
                told = {
                    "service": full,
                    "request": text.json_value(made.message),
                    "response": text.json_value(response),
                }
                click.echo(json.dumps(told, ensure_ascii=False))
            else:
                click.echo(f"response:\n{text.repr_text(response)}\n")
            if rate is None:
                return
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))

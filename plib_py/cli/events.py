"""``plib events``: what happened and happens, a line each."""

from __future__ import annotations

import datetime
import json
import sys

from plib_py import query
from plib_py.cli import terminal


def run(*, follow: bool, as_json: bool) -> None:
    """Print the events that this user may see, with ``follow`` until it is interrupted."""
    for event in query.events(follow):
        if as_json:
            terminal.echo(json.dumps(event))
        else:
            when = datetime.datetime.fromtimestamp(event["time"]).astimezone()
            terminal.echo(f"{when:%Y-%m-%d %H:%M:%S.%f} {event['event']}: {event['text']}")
        sys.stdout.flush()

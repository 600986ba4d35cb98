"""The tree of commands and the options they share."""

from collections.abc import Callable
from typing import Any

import click

from plib_py import system
from plib_py.cli import daemon, doctor, events, listing, status, top

_CONTEXT = {"help_option_names": ["-h", "--help"]}


class _Group(click.Group):
    """A group that says in one line that its command is missing."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        if not arguments and not context.resilient_parsing:
            raise click.UsageError("a command is missing", context)
        return super().parse_args(context, arguments)


def _port_or_off(context: click.Context, option: click.Parameter, value: str) -> int | None:
    """Convert a port, or "off" to None: launch files always give one."""
    if value == "off":
        return None
    if not value.isdecimal() or int(value) > 65535:
        raise click.BadParameter(f"{value!r} is neither off nor a port", context, option)
    return int(value)


def _domain(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--domain",
        type=click.IntRange(0, 2**32 - 1),
        help="Domain id.  [default: $ROS_DOMAIN_ID, else 0]",
    )(command)


def _json(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


@click.group(cls=_Group, context_settings=_CONTEXT)
@click.version_option(system.version(), prog_name="plib")
def plib() -> None:
    """Look at ROS 2 over plib's protected shared memory. Looking starts nothing."""


@plib.group(cls=_Group)
def topic() -> None:
    """Look at topics."""


@topic.command("list")
@click.option("-t", "--show-types", is_flag=True, help="Show the topics' types.")
@_json
@_domain
def topic_list(show_types: bool, as_json: bool, domain: int | None) -> None:
    """List the topics that somebody publishes or subscribes to."""
    listing.topics(domain, show_types=show_types, as_json=as_json)


@plib.group(cls=_Group)
def node() -> None:
    """Look at nodes."""


@node.command("list")
@_json
@_domain
def node_list(as_json: bool, domain: int | None) -> None:
    """List the nodes."""
    listing.nodes(domain, as_json=as_json)


@plib.command("doctor")
@_json
@_domain
def doctor_command(as_json: bool, domain: int | None) -> int:
    """Check this host and installation. Exit status 1 when a problem is found."""
    return doctor.run(domain, as_json=as_json)


@plib.command("status")
@_json
def status_command(as_json: bool) -> None:
    """Show plibd and its participants: those of this user, for root all."""
    status.run(as_json=as_json)


@plib.command("events")
@click.option("--follow/--no-follow", default=True, help="Go on with what happens.")
@_json
def events_command(follow: bool, as_json: bool) -> None:
    """Show what happened: joins, ends, denials, lost samples, calls over their budget."""
    events.run(follow=follow, as_json=as_json)


@plib.command("top")
@click.option(
    "--period",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks.",
)
@click.option("-n", "--count", type=click.IntRange(1), help="Looks.  [default: without end]")
@_json
def top_command(period: float, count: int | None, as_json: bool) -> None:
    """Show live what each publisher sends, and who cannot follow."""
    top.run(period=period, count=count, as_json=as_json)


@plib.command("monitor")
@click.option(
    "--period",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks.",
)
@click.option(
    "--prometheus-port",
    callback=_port_or_off,
    default="off",
    show_default=True,
    metavar="PORT",
    help="Where to serve Prometheus; 0: any port that is free.",
)
@click.option(
    "--prometheus-address",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to serve; whoever reaches it may read.",
)
@_domain
def monitor_command(
    period: float, prometheus_port: int | None, prometheus_address: str, domain: int | None
) -> None:
    """Run the node that publishes statistics, events and diagnostics of a domain."""
    # It brings asyncio and NumPy along, which the other commands need not wait for.
    from plib_py.cli import monitor

    monitor.run(
        domain,
        period=period,
        prometheus_port=prometheus_port,
        prometheus_address=prometheus_address,
    )


@plib.group("daemon", cls=_Group)
def daemon_group() -> None:
    """Start and stop plibd by hand, which nobody needs to: participants start it."""


@daemon_group.command("start")
def daemon_start() -> None:
    """Start this user's plibd, which stays until it is stopped."""
    daemon.start()


@daemon_group.command("stop")
def daemon_stop() -> None:
    """End plibd. What is matched flows on; the next participant starts another."""
    daemon.stop()


@daemon_group.command("logs")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
def daemon_logs(follow: bool) -> None:
    """Print what plibd logged."""
    daemon.logs(follow=follow)


@daemon_group.command("unit")
@click.argument("name", type=click.Choice(["plibd.service", "plibd.socket", "plibd.yaml"]))
def daemon_unit(name: str) -> None:
    """Print a host's plibd's unit for /etc/systemd/system, or its settings for /etc/plib."""
    daemon.unit(name)

"""The tree of commands."""

from pathlib import Path

import click

from plib_py import system
from plib_py.cli import complete, daemon, doctor, events, options, status, top
from plib_py.cli.bag_commands import play, record
from plib_py.cli.graph_commands import node, service
from plib_py.cli.topic_commands import topic

_CONTEXT = {"help_option_names": ["-h", "--help"]}


_EXIT_STATUS = """\b
Exit status:
  0    all is well
  1    a problem was found, or what was waited for did not come
  2    wrong usage, unknown names and types, no access: a line on stderr tells
  130  interrupted (Ctrl-C)
"""


def _port_or_off(context: click.Context, option: click.Parameter, value: str) -> int | None:
    """Convert a port, or "off" to None: launch files always give one."""
    if value == "off":
        return None
    if not value.isdecimal() or int(value) > 65535:
        raise click.BadParameter(f"{value!r} is neither off nor a port", context, option)
    return int(value)


@click.group(cls=options.Group, context_settings=_CONTEXT, epilog=_EXIT_STATUS)
@click.version_option(system.version(), prog_name="plib")
def plib() -> None:
    """Look at ROS 2 over plib's protected shared memory, and take part. Looking starts nothing."""


for _command in (topic, node, service, record, play):
    plib.add_command(_command)


@plib.command("doctor")
@options.json_flag
@options.domain
def doctor_command(as_json: bool, domain: int | None) -> int:
    """Check this host and installation. Exit status 1 when a problem is found."""
    return doctor.run(domain, as_json=as_json)


@plib.command("status")
@options.json_flag
def status_command(as_json: bool) -> None:
    """Show plibd and its participants: those of this user, for root all."""
    status.run(as_json=as_json)


@plib.command("events")
@click.option("--follow/--no-follow", default=True, help="Go on with what happens.")
@options.json_lines
def events_command(follow: bool, as_json: bool) -> None:
    """Show what happened: joins, ends, denials, lost samples, calls over their budget."""
    events.run(follow=follow, as_json=as_json)


@plib.command("top")
@options.period
@click.option("-n", "--count", type=click.IntRange(1), help="Looks.  [default: without end]")
@options.json_lines
def top_command(period: float, count: int | None, as_json: bool) -> None:
    """Show live what each publisher sends, and who cannot follow."""
    top.run(period=period, count=count, as_json=as_json)


@plib.command("monitor")
@options.period
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
@options.domain
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


@plib.command("bench")
@click.option("--quick", is_flag=True, help="Half a minute, for a first impression.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("plib-bench"),
    show_default=True,
    help="The folder for results.json and plot.svg.",
)
@options.json_flag
def bench_command(quick: bool, output: Path, as_json: bool) -> None:
    """Measure ROS nodes over plib and over Fast DDS on this machine, for two minutes."""
    from plib_py.cli import bench

    bench.run(quick=quick, output=output, as_json=as_json)


@plib.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the script that completes commands and names in SHELL.

    For bash, in ~/.bashrc: eval "$(plib completion bash)"
    """
    complete.script(plib, shell)


@plib.group("daemon", cls=options.Group)
def daemon_group() -> None:
    """Start and stop plibd by hand, which nobody needs to: participants start it."""


@daemon_group.command("start")
@options.json_flag
def daemon_start(as_json: bool) -> None:
    """Start this user's plibd, which stays until it is stopped."""
    daemon.start(as_json=as_json)


@daemon_group.command("stop")
@options.json_flag
def daemon_stop(as_json: bool) -> None:
    """End plibd. What is matched flows on; the next participant starts another."""
    daemon.stop(as_json=as_json)


@daemon_group.command("restart")
@options.json_flag
def daemon_restart(as_json: bool) -> None:
    """Put this installation's plibd in the place of the one that runs. Nothing is lost."""
    daemon.restart(as_json=as_json)


@daemon_group.command("logs")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@options.json_flag
def daemon_logs(follow: bool, as_json: bool) -> None:
    """Print what plibd logged."""
    daemon.logs(follow=follow, as_json=as_json)


@daemon_group.command("unit")
@click.argument("name", type=click.Choice(["plibd.service", "plibd.socket", "plibd.yaml"]))
def daemon_unit(name: str) -> None:
    """Print a host's plibd's unit for /etc/systemd/system, or its settings for /etc/plib."""
    daemon.unit(name)

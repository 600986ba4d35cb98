"""What commands have in common: groups, options, and what may be completed in a shell."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from plib_py.cli import complete
from plib_py.cli.failure import nobody_reads

if TYPE_CHECKING:
    from plib_py.qos import QoS

Command = Callable[..., Any]

_PROFILES = ("default", "sensor_data", "services_default", "parameters", "parameter_events")


class Group(click.Group):
    """A group that says in one line that its command is missing, and ends well in a pipe."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Do as click does, but do not print pages."""
        if not arguments and not context.resilient_parsing:
            raise click.UsageError("a command is missing", context)
        return super().parse_args(context, arguments)

    def invoke(self, context: click.Context) -> Any:
        """Do as click does, which on its own would call a pipe that closes a problem."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            raise click.exceptions.Exit(nobody_reads()) from None


def domain(command: Command) -> Command:
    """Add ``--domain``."""
    return click.option(
        "--domain",
        type=click.IntRange(0, 2**32 - 1),
        help="Domain id.  [default: $ROS_DOMAIN_ID, else 0]",
    )(command)


def period(command: Command) -> Command:
    """Add ``--period``, for what looks again and again."""
    return click.option(
        "--period",
        type=click.FloatRange(0.1, 3600),
        default=1.0,
        show_default=True,
        metavar="SECONDS",
        help="Between two looks.",
    )(command)


def json_flag(command: Command) -> Command:
    """Add ``--json`` as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def json_lines(command: Command) -> Command:
    """Add ``--json`` as ``as_json``, for what prints one thing after the other."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON, an object in each line."
    )(command)


def topic(command: Command) -> Command:
    """Add the argument TOPIC."""
    return click.argument("topic", shell_complete=complete.topics)(command)


def interfaces(command: Command) -> Command:
    """Add ``--interfaces``, which loads .msg and .srv files before the command runs."""

    @click.option(
        "--interfaces",
        "files",
        type=click.Path(exists=True),
        multiple=True,
        metavar="PATH",
        help="A .msg or .srv file, or a folder of them, for types that are not installed.",
    )
    @functools.wraps(command)
    def loading(*arguments: Any, files: tuple[str, ...], **options: Any) -> Any:
        if files:
            from plib_py import messages

            messages.load(*files)
        return command(*arguments, **options)

    return loading


@dataclass(frozen=True)
class QosChoice:
    """The QoS policies that the user named."""

    profile: str | None = None
    depth: int | None = None
    history: str | None = None
    reliability: str | None = None
    durability: str | None = None
    liveliness: str | None = None
    lease: float | None = None

    def over(self, otherwise: QoS) -> QoS:
        """Return them, and where the user named none, those of ``otherwise``."""
        from plib_py import qos

        base = otherwise
        if self.profile is not None:
            base = getattr(qos.QoS, self.profile)()
        kinds = {
            "history": qos.History,
            "reliability": qos.Reliability,
            "durability": qos.Durability,
            "liveliness": qos.Liveliness,
        }
        named: dict[str, Any] = {
            name: kind[getattr(self, name).upper()]
            for name, kind in kinds.items()
            if getattr(self, name) is not None
        }
        if self.depth is not None:
            named["depth"] = self.depth
        if self.lease is not None:
            named["lease"] = self.lease
        return dataclasses.replace(base, **named)


def qos(command: Command) -> Command:
    """Add the options of QoS, with ros2cli's names, as one `QosChoice`."""

    @click.option("--qos-profile", type=click.Choice(_PROFILES), help="Policies to start from.")
    @click.option(
        "--qos-depth", type=click.IntRange(1, 65536), metavar="N", help="History's depth."
    )
    @click.option("--qos-history", type=click.Choice(["keep_last", "keep_all"]))
    @click.option("--qos-reliability", type=click.Choice(["reliable", "best_effort"]))
    @click.option("--qos-durability", type=click.Choice(["volatile", "transient_local"]))
    @click.option("--qos-liveliness", type=click.Choice(["automatic", "manual_by_topic"]))
    @click.option(
        "--qos-liveliness-lease-duration-seconds",
        "qos_lease",
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
    )
    @functools.wraps(command)
    def choosing(*arguments: Any, **options: Any) -> Any:
        names = [field.name for field in dataclasses.fields(QosChoice)]
        choice = QosChoice(**{name: options.pop(f"qos_{name}") for name in names})
        return command(*arguments, qos=choice, **options)

    return choosing

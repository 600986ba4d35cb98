"""``plib node`` and ``plib service``: their commands and options."""

from __future__ import annotations

import click

from plib_py.cli import call, complete, info, listing, options
from plib_py.cli.domain import full_type


@click.group(cls=options.Group)
def node() -> None:
    """Look at nodes."""


@node.command("list")
@click.option("-a", "--all", "include_hidden", is_flag=True, help="List those of tools as well.")
@options.json_flag
@options.domain
def node_list(include_hidden: bool, as_json: bool, domain: int | None) -> None:
    """List the nodes. JSON has all."""
    listing.nodes(domain, include_hidden=include_hidden, as_json=as_json)


@node.command("info")
@click.argument("node", shell_complete=complete.nodes)
@click.option("--include-hidden", is_flag=True, help="Show what begins with _ as well.")
@options.json_flag
@options.domain
def node_info(node: str, include_hidden: bool, as_json: bool, domain: int | None) -> None:
    """Show what NODE publishes, subscribes to, serves and calls. JSON has all."""
    info.node(domain, node, include_hidden=include_hidden, as_json=as_json)


@click.group(cls=options.Group)
def service() -> None:
    """Look at services, and call them."""


@service.command("list")
@click.option("-t", "--show-types", is_flag=True, help="Show the services' types.")
@click.option("--include-hidden-services", is_flag=True, help="List what begins with _ as well.")
@options.json_flag
@options.domain
def service_list(
    show_types: bool, include_hidden_services: bool, as_json: bool, domain: int | None
) -> None:
    """List the services that somebody offers. JSON has all."""
    listing.services(
        domain, show_types=show_types, include_hidden=include_hidden_services, as_json=as_json
    )


@service.command("call")
@click.argument("service", shell_complete=complete.services)
@click.argument("type_name", metavar="TYPE", shell_complete=complete.types)
@click.argument("values", default="")
@click.option(
    "-r",
    "--rate",
    type=click.FloatRange(0, min_open=True),
    metavar="HZ",
    help="Call again, so many times a second.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="End with status 1 when no answer comes within this time.",
)
@options.interfaces
@options.json_lines
@options.domain
def service_call(
    service: str,
    type_name: str,
    values: str,
    rate: float | None,
    timeout: float | None,
    as_json: bool,
    domain: int | None,
) -> None:
    """Call SERVICE of TYPE with VALUES, which are YAML: "{data: true}".

    It is waited for until it is there.
    """
    call.run(
        domain,
        service,
        full_type(type_name, "srv"),
        values,
        rate=rate,
        timeout=timeout,
        as_json=as_json,
    )

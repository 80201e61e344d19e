"""`gatekeeper readers`: what can be connected. Prints what the registry says of itself."""

from __future__ import annotations

import json

import click

from gatekeeper.cli.options import no_config
from gatekeeper.readers import describe

__all__ = ["command"]


@click.command("readers")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@no_config
def command(as_json: bool) -> None:
    """List every reader driver: name, wire, transport, options."""
    drivers = describe()
    if as_json:
        click.echo(json.dumps(drivers, ensure_ascii=False, indent=2))
        return
    for driver in drivers:
        click.echo(f"{driver['name']}: {driver['title']}")
        click.echo(f"  wire {driver['wire']}, transport {driver['transport']}")
        for option in driver["options"]:
            default = "" if option["default"] is None else f" (default {option['default']})"
            click.echo(f"  {option['name']}: {option['due']}{default}")
            click.echo(f"      {option['help']}")

"""`gatekeeper readers`: what can be connected, and tools for a reader at hand.

Alone it prints what the registry says of itself; the tools are modules of their own, each
imported when it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

import click

from gatekeeper.cli import LazyGroup
from gatekeeper.cli.options import no_config
from gatekeeper.readers import describe

__all__ = ["TOOLS", "command"]

TOOLS = {
    "capture": "gatekeeper.cli.reader_capture:command",
    "probe": "gatekeeper.cli.reader_probe:command",
    "replay": "gatekeeper.cli.reader_replay:command",
    "thai-id": "gatekeeper.cli.reader_thai_id:command",
    "watch": "gatekeeper.cli.reader_watch:command",
}


class ReaderTools(LazyGroup):
    """The tools for a reader at hand."""

    table: ClassVar[Mapping[str, str]] = TOOLS


@click.group("readers", cls=ReaderTools, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@no_config
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List every reader driver: name, wire, transport, options."""
    if context.invoked_subcommand is not None:
        return
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

"""`gatekeeper export`: lists for other programs. Parses, calls, prints; decides nothing."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.db.migrate import open_database
from gatekeeper.office.export_lists import LISTS, export_list

__all__ = ["command"]


@click.command()
@click.argument("kind", type=click.Choice(LISTS), metavar="people|vehicles|passes|guests")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--event", default="", metavar="SLUG", help="Whose guests.")
@click.option("--as", "actor", required=True, metavar="NAME", help="Who exports; kept on record.")
@click.option("--force", is_flag=True, help="Write over FILE where it exists.")
@with_config
def command(settings: Config, kind: str, file: Path, event: str, actor: str, force: bool) -> None:
    """Write a list to FILE (.csv, .xlsx or .json), readable by its owner alone.

    Who and when stand in the file and in the audit. What is written comes back unchanged
    through `gatekeeper import`. The pages ask for a second person's approval; whoever has a
    shell on this machine has the database anyway.
    """
    if (kind == "guests") != bool(event):
        raise click.UsageError("--event SLUG is due for guests, and for nothing else")
    if file.exists() and not force:
        raise click.UsageError(f"{file.name} exists; --force writes over it")
    database = open_database(settings.database_url)
    try:
        count = export_list(
            database,
            kind,
            file,
            actor=f"{actor} (cli)",
            now=time.time(),
            zone=ZoneInfo(settings.site.timezone),
            event=event,
        )
    finally:
        database.close()
    click.echo(f"{count} rows: {file}")

"""`gatekeeper visitors …`: the cards of the visitor desk, many at once. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gatekeeper import app
from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.db import visitor_cards as stored
from gatekeeper.db.engine import connect
from gatekeeper.errors import ImportFault
from gatekeeper.office.visitor_cards import CardReport, add_cards, read_cards

__all__ = ["command"]

_ACTOR = "cli"


class _Refused(Exception):
    """Rolls the whole list back."""

    def __init__(self, report: CardReport) -> None:
        super().__init__()
        self.report = report


@click.group()
def command() -> None:
    """The visitor desk."""


@command.group()
def cards() -> None:
    """Numbered cards that are lent to visitors."""


@cards.command("add")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@with_config
def add(settings: Config, file: Path, as_json: bool) -> None:
    """Take in a CSV list: number and tag of a card in each line, with or without a header.

    All lines are taken, or none where any is at fault. The same file again changes nothing.
    """
    app.prepare_database(settings)
    database = connect(settings.database_url)
    try:
        with database.session() as session:
            report = add_cards(session, read_cards(file), actor=_ACTOR)
            if report.faults:
                raise _Refused(report)
    except _Refused as refused:
        report = refused.report
    finally:
        database.close()
    _print(report, as_json=as_json)
    if report.faults:
        raise ImportFault(
            f"{file.name}: {len(report.faults)} lines refused, nothing was taken",
            f"{file.name}: ไม่รับ {len(report.faults)} บรรทัด ไม่ได้เพิ่มบัตรใดเลย",
        )


@cards.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of lines.")
@with_config
def list_cards(settings: Config, as_json: bool) -> None:
    """Every card and how it stands: free, lent, lost, retired."""
    app.prepare_database(settings)
    database = connect(settings.database_url)
    try:
        with database.reading() as session:
            found = stored.list_cards(session)
    finally:
        database.close()
    if as_json:
        told = [{"number": card.number, "state": card.state, "note": card.note} for card in found]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for card in found:
        click.echo(f"{card.number}\t{card.state}\t{card.note}".rstrip())


def _print(report: CardReport, *, as_json: bool) -> None:
    if as_json:
        faults = [
            {"row": fault.row, "message": {"th": fault.th, "en": fault.en}}
            for fault in report.faults
        ]
        counts = {"rows": report.rows, "added": report.added, "unchanged": report.unchanged}
        click.echo(json.dumps({**counts, "faults": faults}, ensure_ascii=False))
        return
    for fault in report.faults:
        click.echo(f"line {fault.row}: {fault.en} / {fault.th}")
    click.echo(f"{report.rows} lines: {report.added} cards new, {report.unchanged} known")

"""`gatekeeper import`: lists that offices send. Parses, calls, prints; decides nothing."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.db.engine import Database
from gatekeeper.db.migrate import open_database
from gatekeeper.errors import ImportFault
from gatekeeper.office.approvals import REASON_LEAST
from gatekeeper.office.import_guests import ImportReport, import_guests
from gatekeeper.office.import_guests import Progress as Told
from gatekeeper.office.import_lists import Importer, import_list
from gatekeeper.office.import_passes import PassImport
from gatekeeper.office.import_people import PeopleImport, VehicleImport
from gatekeeper.office.watchlist import CALL_EN, CALL_TH
from gatekeeper.vault import Vault

__all__ = ["command"]

ACTOR = "import"
"""Who did it, in the record: whoever may use this machine's account of the service."""
SHOWN_FAULTS = 200
"""Faults printed for people; `--json` has all."""

_TEXTS = {
    "th": {
        "read": "อ่านไฟล์",
        "apply": "บันทึก",
        "row": "แถว",
        "column": "คอลัมน์",
        "fault": "สิ่งที่ต้องแก้",
        "more": "และอีก {count} รายการ ดูทั้งหมดด้วย --json",
        "counts": "{rows} แถว: เพิ่ม {imported} ปรับปรุง {updated} ไม่เปลี่ยน {unchanged} ไม่รับ {refused}",
        "none": "ไม่ได้นำเข้าแถวใดเลย โปรดแก้ไขแล้วนำเข้าใหม่ หรือใช้ --partial เพื่อรับเฉพาะแถวที่ถูกต้อง",
        "dry_run": "ทดลองเท่านั้น ยังไม่ได้เปลี่ยนข้อมูล",
        "ignored": "คอลัมน์ที่ไม่ได้ใช้: {names}",
        "stopped": "แถว {row}: ตรงกับบัญชีเฝ้าระวัง {call} {what}",
        "questions": "{count} แถวคล้ายกับบัญชีเฝ้าระวัง บันทึกไว้ให้ผู้มีสิทธิพิจารณาแล้ว",
        "refused": "gatekeeper: {file}: ไม่รับ {count} แถว",
    },
    "en": {
        "read": "Reading",
        "apply": "Saving",
        "row": "Row",
        "column": "Column",
        "fault": "What to correct",
        "more": "and {count} more; --json lists all",
        "counts": "{rows} rows: {imported} new, {updated} updated, {unchanged} unchanged, "
        "{refused} refused",
        "none": "Nothing was imported. Correct the rows and import again, or take the good ones "
        "with --partial.",
        "dry_run": "Dry run: nothing was changed.",
        "ignored": "Columns not used: {names}",
        "stopped": "Row {row}: on the watchlist. {call}. {what}",
        "questions": "{count} rows are like an entry of the watchlist; recorded for those who "
        "decide.",
        "refused": "gatekeeper: {file}: {count} rows refused",
    },
}


@click.group()
def command() -> None:
    """Take lists that offices send."""


def _options(function: Callable[..., None]) -> Callable[..., None]:
    """What every list can be asked for, and its report told in one way."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing."),
        click.option(
            "--partial", is_flag=True, help="Take the good rows although others are at fault."
        ),
        click.option("--sheet", metavar="NAME", help="Sheet of a workbook that has several lists."),
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
        click.option(
            "--lang",
            type=click.Choice(["th", "en"]),
            help="Language of what is printed. Default: English where LANG says so, else Thai.",
        ),
        click.argument("file", type=click.Path(path_type=Path, dir_okay=False)),
    ):
        function = option(function)
    return with_config(function)


@command.command()
@click.option("--event", required=True, metavar="SLUG", help="Made if it does not exist.")
@_options
def guests(settings: Config, file: Path, event: str, **how: Any) -> None:
    """Import a guest list (CSV, XLSX or JSON) for one event.

    All rows are taken, or none where any is at fault: every faulty row is reported with its
    number and what is wrong. Importing the same file again changes nothing; a later file
    updates. Exit status 1 when anything was refused.
    """
    _run(settings, file, lambda database, **rest: import_guests(database, file, event, **rest), how)


@command.command()
@_options
def people(settings: Config, file: Path, **how: Any) -> None:
    """Import a list of people who may hold passes (CSV, XLSX or JSON).

    Each is known by a document, else by the number of a pass, else by name and organisation; as
    with guests, all rows are taken or none, and the same file again changes nothing.
    """
    importer = PeopleImport(vault=Vault.of(settings.data), actor=ACTOR, now=time.time())
    _run_list(settings, file, importer, how)


@command.command()
@_options
def vehicles(settings: Config, file: Path, **how: Any) -> None:
    """Import a list of vehicles (CSV, XLSX or JSON), known by plate and province.

    Whoever answers for one must be on record: import the people first.
    """
    importer = VehicleImport(vault=Vault.of(settings.data), actor=ACTOR, now=time.time())
    _run_list(settings, file, importer, how)


@command.command()
@click.option(
    "--as-active",
    is_flag=True,
    help="Take over badges that are in force already, with their numbers and tags.",
)
@click.option("--reason", metavar="TEXT", help="Where the list comes from; due with --as-active.")
@_options
def passes(settings: Config, file: Path, as_active: bool, reason: str | None, **how: Any) -> None:
    """Import a list of passes (CSV, XLSX or JSON): each is asked for, then checked and approved.

    With --as-active, once, when an office begins here: they are in force as they were, recorded as
    taken over. Holders must be on record. A pass on record gets its tag where it is approved.
    """
    if as_active and len((reason or "").strip()) < REASON_LEAST:
        raise click.UsageError("--as-active: --reason TEXT is due (where the list comes from)")
    importer = PassImport(
        vault=Vault.of(settings.data),
        actor=ACTOR,
        now=time.time(),
        zone=ZoneInfo(settings.site.timezone),
        gates=frozenset(gate.id for gate in settings.gates),
        reason=(reason or file.name).strip(),
        as_active=as_active,
    )
    _run_list(settings, file, importer, how)


def _run_list(settings: Config, file: Path, importer: Importer, how: dict[str, Any]) -> None:
    def take(database: Database, **rest: Any) -> ImportReport:
        return import_list(database, file, importer, **rest)

    _run(settings, file, take, how)


def _run(
    settings: Config, file: Path, take: Callable[..., ImportReport], how: dict[str, Any]
) -> None:
    """Have a list taken, and tell what came of it; ends with 1 where anything was refused."""
    as_json, lang = how.pop("as_json"), how.pop("lang")
    language = lang or ("en" if os.environ.get("LANG", "").startswith("en") else "th")
    database = open_database(settings.database_url)
    try:
        with _progress(_TEXTS[language]) as progress:
            report = take(database, progress=progress, **how)
    except ImportFault as error:
        # One line, in the language of the reader; the program's own handler prints English.
        raise ImportFault(error.th if language == "th" else str(error)) from error
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print(report, language, partial=how["partial"], dry_run=how["dry_run"])
    if report.faults:
        if not as_json:
            refused = len({fault.row for fault in report.faults})
            click.echo(_TEXTS[language]["refused"].format(file=file.name, count=refused), err=True)
        sys.exit(1)


def _print(report: ImportReport, language: str, *, partial: bool, dry_run: bool) -> None:
    texts = _TEXTS[language]
    if report.faults:
        _print_faults(report, language)
    refused = len({fault.row for fault in report.faults})
    click.echo(
        texts["counts"].format(
            rows=report.rows,
            imported=report.imported,
            updated=report.updated,
            unchanged=report.unchanged,
            refused=refused,
        )
    )
    if report.ignored:
        click.echo(texts["ignored"].format(names=", ".join(report.ignored)))
    call = CALL_TH if language == "th" else CALL_EN
    for row, instruction in report.watched or ():
        what = "" if instruction == CALL_TH else instruction
        click.echo(texts["stopped"].format(row=row, call=call, what=what).rstrip())
    if report.questions:
        click.echo(texts["questions"].format(count=report.questions))
    if report.faults and not partial:
        click.echo(texts["none"])
    if dry_run:
        click.echo(texts["dry_run"])


def _print_faults(report: ImportReport, language: str) -> None:
    texts = _TEXTS[language]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(texts["row"], justify="right")
    table.add_column(texts["column"])
    table.add_column(texts["fault"], overflow="fold")
    for fault in report.faults[:SHOWN_FAULTS]:
        message = fault.message.th if language == "th" else fault.message.en
        table.add_row(str(fault.row), fault.column, message)
    # A pipe gets whole lines: wrapping is for eyes.
    width = None if sys.stdout.isatty() else 200
    Console(markup=False, highlight=False, width=width).print(table)
    if len(report.faults) > SHOWN_FAULTS:
        click.echo(texts["more"].format(count=len(report.faults) - SHOWN_FAULTS))


@contextmanager
def _progress(texts: dict[str, str]) -> Iterator[Told | None]:
    """A bar on stderr where a person looks on, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        tasks = {phase: bar.add_task(texts[phase], total=None) for phase in ("read", "apply")}
        yield lambda phase, done, total: bar.update(tasks[phase], completed=done, total=total)

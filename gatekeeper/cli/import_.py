"""`gatekeeper import`: lists that offices send. Parses, calls, prints; decides nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.db.migrate import open_database
from gatekeeper.errors import ImportFault
from gatekeeper.office import import_guests as office
from gatekeeper.office.import_guests import ImportReport

__all__ = ["command"]

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
        "refused": "gatekeeper: {file}: {count} rows refused",
    },
}


@click.group()
def command() -> None:
    """Take lists that offices send."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--event", required=True, metavar="SLUG", help="Made if it does not exist.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--partial", is_flag=True, help="Take the good rows although others are at fault.")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook that has several lists.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--lang",
    type=click.Choice(["th", "en"]),
    help="Language of what is printed. Default: English where LANG says so, else Thai.",
)
@with_config
def guests(
    settings: Config,
    file: Path,
    event: str,
    dry_run: bool,
    partial: bool,
    sheet: str | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """Import a guest list (CSV or XLSX) for one event.

    All rows are taken, or none where any is at fault: every faulty row is reported with its
    number and what is wrong. Importing the same file again changes nothing; a later file
    updates. Exit status 1 when anything was refused.
    """
    language = lang or ("en" if os.environ.get("LANG", "").startswith("en") else "th")
    database = open_database(settings.database_url)
    try:
        with _progress(_TEXTS[language]) as progress:
            report = office.import_guests(
                database,
                file,
                event,
                partial=partial,
                dry_run=dry_run,
                sheet=sheet,
                progress=progress,
            )
    except ImportFault as error:
        # One line, in the language of the reader; the program's own handler prints English.
        raise ImportFault(error.th if language == "th" else str(error)) from error
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print(report, language, partial=partial, dry_run=dry_run)
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
def _progress(texts: dict[str, str]) -> Iterator[office.Progress | None]:
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

"""`gatekeeper passes print`, `print-file` and `read-back`: making from the command line.

Hangs its commands into the group of gatekeeper.cli.passes.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gatekeeper.cli.options import with_config
from gatekeeper.cli.passes import actor_of, by_whom, command
from gatekeeper.config import Config
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.pass_lists import pass_ids_of
from gatekeeper.db.prints import Choice, to_print
from gatekeeper.errors import UserError
from gatekeeper.office.badge_values import Form
from gatekeeper.office.photos import FOLDER as PHOTOS
from gatekeeper.office.print_site import photos_in, site_texts
from gatekeeper.office.printing import MOST, QUEUE, PrintOrder, make
from gatekeeper.office.read_back import read_back

__all__ = ["command"]

_FORMS = [form.value for form in Form if form is not Form.FILE]


@click.command("print")
@click.argument("numbers", nargs=-1)
@click.option("--class", "class_id", default="", help="All of this class that wait for print.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--form", type=click.Choice(_FORMS), default=Form.SHEETS.value, show_default=True)
@click.option("--lying", is_flag=True, help="Badges lie instead of standing upright.")
@click.option("--reason", default="", help="Why again, where one was printed before.")
@by_whom
@with_config
def print_(
    settings: Config,
    numbers: tuple[str, ...],
    class_id: str,
    out: Path,
    form: str,
    lying: bool,
    reason: str,
    by: str,
) -> None:
    """Print passes: those with the NUMBERS, or all of a class that wait; recorded as printed."""
    _make(settings, numbers, class_id, out, Form(form), lying, reason, by)


@click.command("print-file")
@click.argument("numbers", nargs=-1)
@click.option("--class", "class_id", default="", help="All of this class that wait for print.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--reason", default="", help="Why again, where one was printed before.")
@by_whom
@with_config
def print_file(
    settings: Config, numbers: tuple[str, ...], class_id: str, out: Path, reason: str, by: str
) -> None:
    """Table and photos (ZIP) for a card printer's own program; recorded as printed."""
    _make(settings, numbers, class_id, out, Form.FILE, False, reason, by)


@click.command("read-back")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Say what would be bound; bind nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@by_whom
@with_config
def read_back_(settings: Config, file: Path, dry_run: bool, as_json: bool, by: str) -> None:
    """Bind tags as a card printer encoded them: CSV with pass_number and tag; all rows or none."""
    with _database(settings) as database:
        with database.reading() as session:
            actor = actor_of(session, by)
        report = read_back(database, file, actor=actor, now=time.time(), dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        english = os.environ.get("LANG", "").startswith("en")
        for fault in report.faults:
            said = fault.message.en if english else fault.message.th
            click.echo(f"{file.name}:{fault.row}: {fault.column}: {said}")
        would = " (dry run: nothing was bound)" if dry_run else ""
        click.echo(
            f"{report.rows} rows: {report.bound} bound, {report.unchanged} unchanged, "
            f"{len(report.faults)} faults{would}"
        )
    if report.faults:
        sys.exit(1)


def _make(
    settings: Config,
    numbers: tuple[str, ...],
    class_id: str,
    out: Path,
    form: Form,
    lying: bool,
    reason: str,
    by: str,
) -> None:
    if bool(numbers) == bool(class_id):
        raise click.UsageError("either pass numbers or --class is due")
    if out.exists():
        raise UserError(f"{out} exists already; name another file")
    site = settings.site
    texts = site_texts(settings.data, site.name_th, site.name_en, site.timezone, settings.print)
    with _database(settings) as database:
        with database.reading() as session:
            actor = actor_of(session, by)
        order = PrintOrder(
            actor=actor,
            batch=secrets.token_hex(8),
            pass_ids=_chosen(database, numbers, class_id),
            form=form,
            lying=lying,
            reason=reason,
            at=time.time(),
        )
        # Opened before anything is recorded: what cannot be written is not printed.
        with _new_file(out) as path:
            path.write_bytes(make(database, order, texts, photos_in(settings.data / PHOTOS)))
    click.echo(f"{len(order.pass_ids)} passes: {out}")


def _chosen(database: Database, numbers: tuple[str, ...], class_id: str) -> tuple[str, ...]:
    with database.reading() as session:
        if class_id:
            _, found = to_print(session, Choice(QUEUE, class_id), limit=MOST)
            if not found:
                raise UserError(f"no pass of class {class_id!r} waits for print")
            return tuple(one.pass_id for one in found)
        known = pass_ids_of(session, list(numbers))
        if unknown := [number for number in numbers if number not in known]:
            raise UserError(f"pass {unknown[0]!r} does not exist; PR-000123 is how one looks")
        return tuple(dict.fromkeys(known[number] for number in numbers))


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file for its owner only that is gone again where its making fails."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    os.close(fd)
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _database(settings: Config) -> Iterator[Database]:
    database = connect(settings.database_url)
    try:
        yield database
    finally:
        database.close()


for _each in (print_, print_file, read_back_):
    command.add_command(_each)

"""`gatekeeper journal`: prove the record, watch it, take it out. Never writes to it."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec

from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.errors import UserError
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import VerifyResult, verify
from gatekeeper.model import JournalEntry, to_builtins

if TYPE_CHECKING:
    from gatekeeper.worker.audit_proof import AuditProof

__all__ = ["command", "plain"]

POLL_S = 0.1
"""How often `tail` looks for new entries."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""A cell that begins so may be taken for a formula (OWASP, CSV injection; DDE uses | and %)."""

_FIELDS = tuple(field.name for field in msgspec.structs.fields(JournalEntry))
_TIMES = ("at", "first_seen_at", "seen_at")


@click.group()
def command() -> None:
    """The append-only record: prove it, watch it, take it out."""


@command.command("verify")
@with_config
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def verify_command(settings: Config, as_json: bool) -> None:
    """Prove that nothing in the record was altered, left out or cut off.

    The acts of desks in the main database are held against it, if that can be reached.
    Exit 1, naming the first bad entry and the bad rows, if anything is not whole.
    """
    from gatekeeper.worker.audit_proof import AuditProof

    key_path = settings.data / "journal.key"
    try:
        key = load_key(key_path)
    except FileNotFoundError as error:
        raise UserError(f"{key_path}: does not exist; no journal was written here") from error
    result = verify(settings.journal_path, key, _progress())
    acts = _acts(settings) if result.ok else AuditProof(False, problems=("see above",))
    if as_json:
        click.echo(msgspec.json.encode({**to_builtins(result), "acts": acts}).decode())
    else:
        _say(result, acts)
    if not (result.ok and acts.ok):
        raise SystemExit(1)


def _acts(settings: Config) -> AuditProof:
    """The acts of the main database held against a journal that is whole."""
    from gatekeeper.db.engine import connect
    from gatekeeper.worker.audit_proof import prove_audit

    database = connect(settings.database_url)
    try:
        with JournalReader(settings.journal_path) as reader:
            return prove_audit(database, reader)
    finally:
        database.close()


def _say(result: VerifyResult, acts: AuditProof) -> None:
    if not result.ok:
        at = "" if result.first_bad is None else f"first bad entry {result.first_bad}: "
        click.echo(f"NOT WHOLE: {at}{result.problem}", err=True)
        return
    click.echo(f"Whole: {result.entries} entries. The last one's hash: {result.head}")
    if not acts.compared:
        click.echo(f"Acts not compared: {' '.join(acts.problems)}", err=True)
        return
    waiting = f"; {acts.waiting} wait for the journal" if acts.waiting else ""
    if acts.ok:
        click.echo(f"Acts: {acts.rows} as the journal says{waiting}.")
        return
    click.echo(f"ACTS NOT WHOLE: {acts.faults} faults{waiting}", err=True)
    for problem in acts.problems:
        click.echo(f"- {problem}", err=True)


@command.command("tail")
@with_config
@click.option("-n", "--lines", default=10, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option("-f", "--follow", is_flag=True, help="Go on with each new entry until stopped.")
def tail_command(settings: Config, lines: int, follow: bool) -> None:
    """The last entries as JSON, one a line."""
    with JournalReader(settings.journal_path) as reader:
        seq = max(0, _existing(reader).head() - lines)
        for entry in _entries(reader, seq, follow=follow):
            click.echo(_json(entry))


@command.command("export")
@with_config
@click.option("--since", default=0, show_default=True, type=click.IntRange(0), metavar="SEQ")
@click.option("--format", "form", default="json", type=click.Choice(["json", "csv"]))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def export_command(settings: Config, since: int, form: str, output: Path | None) -> None:
    """Entries after number SEQ: JSON, one a line, or CSV for a spreadsheet."""
    write = _write_csv if form == "csv" else _write_json
    with JournalReader(settings.journal_path) as reader:
        entries = _entries(_existing(reader), since)
        if output is None or str(output) == "-":
            write(entries, sys.stdout)
            return
        try:
            with output.open("w", encoding="utf-8", newline="") as file:
                if form == "csv":
                    file.write("\ufeff")  # spreadsheets take a file without it for another encoding
                write(entries, file)
        except OSError as error:
            raise UserError(f"{output}: cannot be written: {error.strerror}") from error


def plain(entry: JournalEntry) -> dict[str, Any]:
    """`entry` as JSON types: times as ISO-8601 UTC with milliseconds, verdict and class added."""
    fields = to_builtins(entry)
    for name in _TIMES:
        if fields.get(name) is not None:
            fields[name] = _iso(fields[name])
    fields.setdefault("kind", entry.kind.value)
    if entry.reason is not None:
        fields["verdict"] = entry.reason.verdict.value
        fields["class"] = entry.reason.cls.value
    return fields


def _iso(at: float) -> str:
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (OverflowError, ValueError, OSError):
        return str(at)  # a clock far off is shown as it was
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(entry: JournalEntry) -> str:
    return msgspec.json.encode(plain(entry)).decode()


def _write_json(entries: Iterator[JournalEntry], file: TextIO) -> None:
    for entry in entries:
        file.write(_json(entry) + "\n")


def _write_csv(entries: Iterator[JournalEntry], file: TextIO) -> None:
    columns = ["seq", "at", "kind", "verdict", "class"]
    columns += [name for name in _FIELDS if name not in columns]
    writer = csv.DictWriter(file, columns, lineterminator="\r\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({name: _cell(value) for name, value in plain(entry).items()})


def _cell(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _entries(reader: JournalReader, since: int, *, follow: bool = False) -> Iterator[JournalEntry]:
    while True:
        for entry in reader.replay(since):
            since = entry.seq
            yield entry
        if not follow:
            return
        time.sleep(POLL_S)


def _existing(reader: JournalReader) -> JournalReader:
    if not reader.path.exists():
        raise UserError(f"{reader.path}: does not exist; no journal was written here")
    return reader


def _progress() -> Callable[[int], None] | None:
    """A count on a terminal's stderr, so that a long proof is not taken for a hang."""
    if not sys.stderr.isatty():
        return None

    def show(proven: int) -> None:
        if proven % 50_000 == 0:
            click.echo(f"{proven} entries proven", err=True)

    return show

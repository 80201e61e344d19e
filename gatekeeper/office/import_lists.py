"""Importing lists of people, vehicles and passes: each row judged, then all taken or none.

    importer = PeopleImport(vault=…, actor=…, now=…)      # or VehicleImport, PassImport
    report = import_list(database, path, importer, partial=…, dry_run=…)

Whatever a row does goes through the functions that the desks use, so that it is held to the same
rules, recorded for the auditors and told to the gates. All of it is one transaction, which
others wait for: hence a bound on rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from enum import Enum
from pathlib import Path
from typing import Protocol

from gatekeeper.db.engine import Database, Session
from gatekeeper.errors import AlreadyOnRecord, CredentialError, ImportFault, UserError
from gatekeeper.office.faults import Fault, FaultCode, Problem
from gatekeeper.office.import_guests import ImportReport, Progress
from gatekeeper.office.import_watch import Meetings
from gatekeeper.office.list_cells import Refused, plain, refused_by
from gatekeeper.office.list_columns import ListHeader, Vocabulary
from gatekeeper.office.tabular import Table, open_rows
from gatekeeper.office.text import clean

__all__ = ["Importer", "Outcome", "import_list"]

_TOLD_EVERY = 200
_DATES = frozenset({"valid_from", "valid_until"})

Row = Mapping[str, str]


class Outcome(Enum):
    """What a row came to."""

    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Importer(Protocol):
    """One kind of list."""

    vocabulary: Vocabulary
    due: tuple[str, str]
    """What its header must name, in Thai and English."""
    meetings: Meetings
    most: int
    """Rows of one file. On SQLite whoever wants to write waits until the file is taken, and gives
    up after half a minute (gatekeeper.db.engine): a revocation must not be among those."""

    def begin(self, session: Session) -> None:
        """Look up what all rows need."""
        ...

    def identity(self, row: Row) -> str:
        """What two rows of one list may not both be; empty: nothing. Raises Refused, UserError."""
        ...

    def take(self, session: Session, row: Row) -> Outcome:
        """Do what a row says. Raises Refused, UserError, CredentialError."""
        ...


def import_list(
    database: Database,
    path: Path,
    importer: Importer,
    *,
    partial: bool = False,
    dry_run: bool = False,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take all rows of the list in `path` or, where any is at fault, none; `partial` takes the
    good ones. `dry_run` changes nothing and reports what would happen.

    Raises ImportFault where the file as a whole cannot be read, StoreError where the database is
    gone.
    """
    tell = progress or (lambda phase, done, total: None)
    with open_rows(path, importer.vocabulary.find, sheet, importer.due) as table:
        rows, faults, count = _read(table, importer.most)
    counts = dict.fromkeys(Outcome, 0)
    with database.session() as session:
        importer.begin(session)
        importer.meetings.begin(session)
        seen: dict[str, int] = {}
        for done, (number, row) in enumerate(rows, start=1):
            importer.meetings.row = number
            try:
                _refuse_repeated(importer.identity(row), number, seen)
                with session.begin_nested() if partial else nullcontext():
                    outcome = importer.take(session, row)
            except (Refused, UserError, CredentialError) as error:
                faults.append(_fault(number, error, table.header))
            else:
                counts[outcome] += 1
            if done % _TOLD_EVERY == 0:
                tell("apply", done, len(rows))
        none = bool(faults) and not partial
        if dry_run or none:
            session.rollback()
    _record_meetings(database, importer, faults, all_lost=dry_run or none)
    return ImportReport(
        rows=count,
        imported=0 if none else counts[Outcome.IMPORTED],
        updated=0 if none else counts[Outcome.UPDATED],
        unchanged=0 if none else counts[Outcome.UNCHANGED],
        faults=tuple(sorted(faults, key=lambda fault: fault.row)),
        ignored=table.header.unknown,
        watched=importer.meetings.stopped,
        questions=importer.meetings.questions,
    )


def _record_meetings(
    database: Database, importer: Importer, faults: list[Fault], *, all_lost: bool
) -> None:
    """What the watchlist met in rows that left nothing."""
    refused = {fault.row for fault in faults}
    if all_lost or any(each.row in refused for each in importer.meetings.met):
        with database.session() as session:
            importer.meetings.record(session, None if all_lost else refused)


def _read(
    table: Table[ListHeader], most: int
) -> tuple[list[tuple[int, dict[str, str]]], list[Fault], int]:
    """Rows with what their cells say, the faults of cells, and how many rows mean something."""
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    count = 0
    header = table.header
    for number, cells in table.rows():
        texts = [clean(str(cell)) for cell in cells]
        if not any(texts) or tuple(texts[: header.width]) == header.cells[: header.width]:
            continue
        count += 1
        if count > most:
            raise ImportFault(
                f"more than {most:,} rows; split the list",
                th=f"มีเกิน {most:,} แถว โปรดแบ่งเป็นหลายไฟล์",
            )
        row, wrong = _cells(number, cells, header, table.is_csv, table.is_json)
        faults += wrong
        if not wrong:
            rows.append((number, row))
    return rows, faults, count


def _cells(
    number: int, cells: list[str], header: ListHeader, strict: bool, literal: bool
) -> tuple[dict[str, str], list[Fault]]:
    row: dict[str, str] = {}
    faults: list[Fault] = []
    for field, index in header.columns.items():
        cell = cells[index] if index < len(cells) else ""
        found = plain(cell, dates=field in _DATES, literal=literal)
        if isinstance(found, Problem):
            faults.append(found.at(number, header.texts[field]))
        else:
            row[field] = found
    extra = [cell for cell in cells[header.width :] if clean(str(cell))]
    if strict and extra:
        problem = Problem(FaultCode.EXTRA_CELLS, {"seen": str(extra[0])})
        faults.append(problem.at(number, str(header.width + 1)))
    return row, faults


def _refuse_repeated(identity: str, number: int, seen: dict[str, int]) -> None:
    before = seen.setdefault(identity, number) if identity else number
    if before != number:
        raise Refused("", "repeated_row", f"ซ้ำกับแถว {before}", f"the same as row {before}")


def _fault(number: int, error: Exception, header: ListHeader) -> Fault:
    if isinstance(error, AlreadyOnRecord):
        error = Refused(error.field, "already_on_record", error.th, str(error))
    elif isinstance(error, UserError):
        error = refused_by(error)
    elif isinstance(error, CredentialError):
        error = Refused("credential", "credential_invalid")
        error.values = {"seen": ""}
    assert isinstance(error, Refused)  # noqa: S101 (narrows the type)
    column = header.text(error.field) if error.field else ""
    return Fault(number, column, error.code, error.values)

"""Importing a guest list: read and judge every row, then change the database, or not at all.

Two passes. The first reads the file, keeps the faults and spools the good rows to a
temporary file; the second hands them to the database in one transaction. So memory does not
grow with the list, and "all or none" costs nothing: nothing is written before the whole
file has been judged. What only the database can refuse (a card that is somebody else's) is
found out even when the file alone has faults, so that one report names everything.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from gatekeeper.db.engine import Database
from gatekeeper.db.events import SLUG, event_by_slug
from gatekeeper.db.guests import (
    GuestCounts,
    GuestFault,
    GuestRow,
    apply_guests,
    newest_person,
)
from gatekeeper.errors import ImportFault, UserError
from gatekeeper.office.faults import Fault
from gatekeeper.office.guest_rows import GuestReader
from gatekeeper.office.headers import Field, Header
from gatekeeper.office.import_guest_watch import GuestMeetings
from gatekeeper.office.tabular import Table, open_table

__all__ = ["ImportReport", "Progress", "import_guests"]

DEFAULT_COMPANIONS = 9
"""What an event allows that does not exist yet."""
_TOLD_EVERY = 500
"""Rows between two calls of a progress callback."""

Progress = Callable[[str, int, int], None]
"""`(phase, done, total)`: phase `read` counts bytes, phase `apply` counts rows."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a list."""

    rows: int
    """Rows that mean a guest, good and bad."""
    imported: int
    updated: int
    unchanged: int
    faults: tuple[Fault, ...]
    """In the order of the rows; several may be of one row."""
    ignored: tuple[str, ...] = ()
    """Columns of the file that mean nothing here."""
    watched: tuple[tuple[int, str], ...] | None = None
    """Rows that are the same as an entry of the watchlist, and what is to be done; None: nothing
    was held against it."""
    questions: int = 0
    """Rows that are only alike; which, only the roles of the watchlist's page may know."""

    def to_json(self) -> dict[str, Any]:
        """The import report as other programs read it."""
        told = {
            "rows": self.rows,
            "imported": self.imported,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "faults": [fault.to_json() for fault in self.faults],
        }
        if self.watched is None:
            return told
        met = [{"row": row, "instruction": text} for row, text in self.watched]
        return told | {"watchlist": {"stopped": met, "questions": self.questions}}


def import_guests(
    database: Database,
    path: Path,
    event: str,
    *,
    partial: bool = False,
    dry_run: bool = False,
    sheet: str | None = None,
    actor: str = "import",
    progress: Progress | None = None,
) -> ImportReport:
    """Put the guest list in `path` on the event of slug `event`, made if it does not exist.

    Takes all rows or, where any is at fault, none; `partial` takes the good ones. `dry_run`
    changes nothing and reports what would happen. `sheet` names a sheet of a workbook that
    has several lists.

    Raises ImportFault where the file as a whole cannot be read, UserError for a bad slug,
    StoreError where the database is gone.
    """
    tell = progress or (lambda phase, done, total: None)
    limit = _max_companions(database, event)
    with _disk_faults(path), tempfile.TemporaryFile() as spool, open_table(path, sheet) as table:
        rows, faults = _judge(table, limit, spool, tell)
        refused = {fault.row for fault in faults}
        watch = GuestMeetings(actor=actor, now=time.time())
        counts = _apply(
            database,
            event,
            _Spooled(spool, rows - len(refused), tell),
            watch,
            fields=carried_fields(table.header),
            actor=actor,
            take=not dry_run and (partial or not faults),
            partial=partial,
        )
        faults += [_placed(fault, table.header) for fault in counts.faults]
    faults.sort(key=lambda fault: fault.row)
    none = bool(faults) and not partial
    return ImportReport(
        rows=rows,
        imported=0 if none else counts.imported,
        updated=0 if none else counts.updated,
        unchanged=0 if none else counts.unchanged,
        faults=tuple(faults),
        ignored=table.header.unknown,
        # Only where there is something to tell: the report of a guest list has an agreed shape.
        watched=watch.meetings.stopped if watch.meetings.met else None,
        questions=watch.meetings.questions,
    )


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    """A full or failing disk under the file or the temporary ones, in words."""
    try:
        yield
    except OSError as error:
        raise ImportFault(
            f"{path.name}: reading or spooling failed: {error.strerror or error}",
            th=f"{path.name}: อ่านไฟล์หรือเขียนไฟล์ชั่วคราวไม่ได้: {error.strerror or error}",
        ) from error


def carried_fields(header: Header) -> frozenset[str]:
    """Fields of a GuestRow that a list with this header speaks of; others stay as they are."""
    names = {"title", "first_name", "last_name"}
    by_column = {
        Field.POSITION: {"position"},
        Field.ORGANISATION: {"organisation"},
        Field.GROUP: {"group"},
        Field.TABLE: {"table"},
        Field.SEAT: {"seat"},
        Field.COMPANIONS: {"companions"},
        Field.REPLY: {"reply", "cancelled"},
        Field.STATUS: {"cancelled"},
        Field.CREDENTIAL: {"credential"},
        Field.NOTE: {"note", "vip"},
        Field.VIP: {"vip"},
        Field.REPRESENTATIVE: {"representative"},
    }
    for field in header.columns:
        names |= by_column.get(field, set())
    if header.latin:
        names.add("name_latin")
    if Field.NUMBER in header.columns:
        # Headings between the rows may name groups; see GuestReader.
        names.add("group")
    return frozenset(names)


def _max_companions(database: Database, slug: str) -> int:
    """How many companions the event allows. Raises UserError for a bad slug."""
    with database.reading() as session:
        found = event_by_slug(session, slug)
    if found is not None:
        return found.max_companions
    if not SLUG.match(slug):
        raise UserError(f"event {slug!r} seen; 1 to 63 small letters, digits or . _ - are due")
    return DEFAULT_COMPANIONS


def _judge(
    table: Table[Header], limit: int, spool: BinaryIO, tell: Progress
) -> tuple[int, list[Fault]]:
    """Spool the good rows; the number of rows that mean a guest, and the faults."""
    reader = GuestReader(table.header, limit, strict_width=table.is_csv)
    encoder = msgspec.msgpack.Encoder()
    faults: list[Fault] = []
    rows = 0
    for number, cells in table.rows():
        found = reader.read(number, cells)
        if found is None:
            continue
        rows += 1
        if isinstance(found, list):
            faults += found
        else:
            data = encoder.encode(found)
            spool.write(len(data).to_bytes(4) + data)
        if rows % _TOLD_EVERY == 0:
            tell("read", table.position, table.size)
    tell("read", table.size, table.size)
    return rows, faults


class _Spooled:
    """Good rows, read back from the spool; telling how far it is."""

    def __init__(self, spool: BinaryIO, total: int, tell: Progress) -> None:
        self._spool = spool
        self._total = total
        self._tell = tell

    def __iter__(self) -> Iterator[GuestRow]:
        decoder = msgspec.msgpack.Decoder(GuestRow)
        self._spool.seek(0)
        while head := self._spool.read(4):
            yield decoder.decode(self._spool.read(int.from_bytes(head)))

    def told(self, done: int) -> None:
        """Pass on the number of rows applied so far."""
        self._tell("apply", done, self._total)


def _apply(
    database: Database,
    event: str,
    rows: _Spooled,
    watch: GuestMeetings,
    *,
    fields: frozenset[str],
    actor: str,
    take: bool,
    partial: bool,
) -> GuestCounts:
    """What the database makes of the rows; kept only if `take`, and not kept if it refuses
    some and the rest is not wanted. What the watchlist met is kept in any case."""
    with database.reading() as session:
        watch.look(session, rows)
    with database.session() as session:
        newest = newest_person(session)
        counts = apply_guests(
            session,
            event,
            rows,
            fields=fields,
            actor=actor,
            dry_run=not take,
            on_progress=rows.told,
        )
        watch.meet(session, event, rows, fields, newest)
        lost = not take or (bool(counts.faults) and not partial)
        if lost:
            session.rollback()
    if lost and watch.meetings.met:
        with database.session() as session:
            watch.meetings.record(session)
    return counts


_COLUMNS = {
    "external_key": (Field.NUMBER,),
    "first_name": (Field.FULL_NAME, Field.FIRST_NAME),
    "last_name": (Field.FULL_NAME, Field.LAST_NAME),
    "credential": (Field.CREDENTIAL,),
    "companions": (Field.COMPANIONS,),
}


def _placed(fault: GuestFault, header: Header) -> Fault:
    """A refusal of the database, under the header that the file has for it."""
    fields = _COLUMNS.get(fault.column)
    column = header.text(*fields) if fields else fault.column
    return Fault(fault.row, column, fault.code, {"th": fault.th, "en": fault.en})

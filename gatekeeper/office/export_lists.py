"""Lists out: CSV, XLSX or JSON, with who exported them and when in the file and in the audit.

    count = export_list(database, "people", path, actor=…, now=…, zone=…)

Every cell is a text that no spreadsheet program runs. Where two people are needed for it is
decided by who calls (gatekeeper.office.bulk_export).
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import msgspec

from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Database, Session
from gatekeeper.errors import UserError
from gatekeeper.office.export_rows import LISTS, Listing, listing
from gatekeeper.office.list_cells import written
from gatekeeper.thai import format_datetime

__all__ = ["FORMATS", "LISTS", "export_list", "format_of", "record_export", "write_list"]

FORMATS = ("csv", "xlsx", "json")


def format_of(path: Path) -> str:
    """What a file's name says it is to be. Raises UserError."""
    found = path.suffix.lower().removeprefix(".")
    if found not in FORMATS:
        raise UserError(
            f"{path.name}: a name that ends with .csv, .xlsx or .json is due",
            f"{path.name}: ชื่อไฟล์ต้องลงท้ายด้วย .csv .xlsx หรือ .json",
        )
    return found


def export_list(
    database: Database,
    kind: str,
    path: Path,
    *,
    actor: str,
    now: float,
    zone: ZoneInfo,
    event: str = "",
) -> int:
    """Write the list `kind` to `path`, readable by its owner alone; how many rows.

    Nothing is at `path` before the export is recorded. Raises UserError, and OSError where the
    disk refuses.
    """
    suffix = format_of(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=f".{suffix}") as file:
        with database.reading() as session:
            found = listing(session, kind, zone=zone, event=event)
            count = write_list(file, suffix, found, actor=actor, now=now, zone=zone)
        file.flush()
        os.fsync(file.fileno())
        with database.session() as session:
            record_export(session, kind, suffix, count, actor=actor, event=event)
        Path(file.name).replace(path)
        Path(file.name).touch(mode=0o600)  # what the context is going to remove
    return count


def record_export(
    session: Session, kind: str, suffix: str, count: int, *, actor: str, event: str = ""
) -> None:
    """That a list went out, for the auditors."""
    after = {"format": suffix, "rows": count, **({"event": event} if event else {})}
    record_act(session, actor, "export.list", f"list:{kind}", after=after)


def write_list(
    file: IO[bytes], suffix: str, found: Listing, *, actor: str, now: float, zone: ZoneInfo
) -> int:
    """Write a list as `suffix` says; how many rows it has."""
    return _WRITERS[suffix](file, found, actor, now, zone)


def _stamp(found: Listing, actor: str, now: float, zone: ZoneInfo) -> str:
    at = format_datetime(now, "th", str(zone))
    return f"{found.title[0]} ส่งออกโดย {actor} เมื่อ {at} น. มีข้อมูลส่วนบุคคล ห้ามเผยแพร่"


def _csv(file: IO[bytes], found: Listing, actor: str, now: float, zone: ZoneInfo) -> int:
    """UTF-8 with a mark, which Excel needs."""
    file.write(b"\xef\xbb\xbf")
    writer = csv.writer(_Encoded(file))
    writer.writerow([_stamp(found, actor, now, zone)])
    writer.writerow(found.headers)
    count = 0
    for count, row in enumerate(found.rows, start=1):  # noqa: B007 (the last one is the answer)
        writer.writerow([written(text) for text in row])
    return count


class _Encoded:
    """A binary file to a csv.writer."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """As UTF-8."""
        self._file.write(text.encode())


def _xlsx(file: IO[bytes], found: Listing, actor: str, now: float, zone: ZoneInfo) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(found.title[0][:31])
    sheet.freeze_panes = "A3"
    bold = Font(bold=True)

    def cells(texts: Iterable[str], font: Font | None = None) -> list[Any]:
        made = []
        for text in texts:
            # openpyxl would make a formula of any text that begins with "="; a text is a text.
            cell = WriteOnlyCell(sheet, value=written(text))
            cell.data_type, cell.number_format = "s", "@"
            if font is not None:
                cell.font = font
            made.append(cell)
        return made

    sheet.append(cells([_stamp(found, actor, now, zone)], bold))
    sheet.append(cells(found.headers, bold))
    count = 0
    for count, row in enumerate(found.rows, start=1):  # noqa: B007 (the last one is the answer)
        sheet.append(cells(row))
    book.properties.creator = actor
    book.properties.title = found.title[0]
    book.save(file)
    return count


def _json(file: IO[bytes], found: Listing, actor: str, now: float, zone: ZoneInfo) -> int:
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    head = {"list": found.title[1], "by": actor, "at": at}
    file.write(b'{"exported":' + msgspec.json.encode(head) + b',"rows":[')
    count = 0
    for count, row in enumerate(found.rows, start=1):
        cells = dict(zip(found.fields, row, strict=True))
        file.write((b",\n" if count > 1 else b"\n") + msgspec.json.encode(cells))
    file.write(b"\n]}\n")
    return count


_WRITERS = {"csv": _csv, "xlsx": _xlsx, "json": _json}

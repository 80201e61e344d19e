"""Rows out of whatever an office sends: one door for CSV, XLSX and JSON.

    with open_table(path) as table:
        table.header ...
        for number, cells in table.rows(): ...

Which columns mean what is told by the header; what a row means is decided elsewhere. A file
that cannot be read as a whole raises ImportFault, in words and in both languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from gatekeeper.errors import ImportFault
from gatekeeper.office.delimited import Delimited
from gatekeeper.office.headers import SCAN_ROWS, Field, Header, find_header
from gatekeeper.office.json_rows import JsonRows
from gatekeeper.office.package import other_kind, refuse_old_or_locked
from gatekeeper.office.sheet import too_many_rows
from gatekeeper.office.text import shown
from gatekeeper.office.workbook import Merge, Sheet, Workbook

__all__ = ["MAX_BYTES", "MAX_ROWS", "Found", "Table", "open_rows", "open_table"]

MAX_BYTES = 50_000_000
"""Size of a file from which it is refused."""
MAX_ROWS = 300_000
"""Most rows below the header that are read."""
MAX_SHEETS = 100
_FILLED_DOWN = (Field.GROUP, Field.ORGANISATION, Field.POSITION, Field.TABLE, Field.REPLY)
"""Columns in which a merged cell speaks for all its rows."""
_NO_TEXT = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf")


class Found(Protocol):
    """Where a header was found, and which columns it names."""

    @property
    def row(self) -> int: ...
    @property
    def columns(self) -> Mapping[Any, int]: ...


H = TypeVar("H", bound=Found)
Find = Callable[[Sequence[tuple[int, Sequence[str]]]], H | None]


@dataclass
class Table(Generic[H]):
    """A list with its header found."""

    header: H
    is_csv: bool
    size: int
    """Bytes to read, for a progress bar."""
    _source: Delimited | Workbook | JsonRows
    _sheet: Sheet | None = None

    @property
    def is_json(self) -> bool:
        """Whether its cells are texts that no spreadsheet has handled."""
        return isinstance(self._source, JsonRows)

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._source.position

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """`(number, cells)` of the rows below the header; empty rows may be missing.

        Raises ImportFault where the file is broken further down or too long.
        """
        source = self._source
        if not isinstance(source, Workbook):
            rows = source.rows()
        else:
            assert self._sheet is not None  # noqa: S101 (narrows the type)
            columns = {self.header.columns.get(field, -1) for field in _FILLED_DOWN} - {-1}
            merges = [m for m in source.merges(self._sheet) if m.left in columns]
            rows = _filled_down(source.rows(self._sheet), merges)
        below = (row for row in rows if row[0] > self.header.row)
        yield from islice(below, MAX_ROWS)
        if next(below, None) is not None:
            raise too_many_rows(source.path, MAX_ROWS)


@contextmanager
def open_table(path: Path, sheet: str | None = None) -> Iterator[Table[Header]]:
    """The guest list in `path`; `sheet` names one where a workbook has several.

    Raises ImportFault where the file cannot be read or has no header of guests.
    """
    with open_rows(path, find_header, sheet) as table:
        yield table


@contextmanager
def open_rows(
    path: Path,
    find: Find[H],
    sheet: str | None = None,
    due: tuple[str, str] = ("คอลัมน์ชื่อ", "a column for the name (ชื่อ, full name)"),
) -> Iterator[Table[H]]:
    """The list in `path` whose header `find` finds; `due` says in Thai and English what that needs.

    Raises ImportFault where the file cannot be read or has no such header.
    """
    head = _head(path)
    if head.startswith(b"PK"):
        with Workbook(path) as workbook:
            chosen, header = _choose(workbook, find, sheet, due)
            yield Table(header, False, chosen.size, workbook, chosen)
        return
    refuse_old_or_locked(path, head)
    if head.startswith(_NO_TEXT) or head.lstrip()[:6].lower() in (b"<html>", b"<!doct", b"<table"):
        raise other_kind(path)
    if sheet is not None:
        raise ImportFault(
            f"{path.name}: only a workbook has sheets", th=f"{path.name}: ไฟล์นี้ไม่มีแผ่นงาน"
        )
    json = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")
    source = JsonRows(path) if json else Delimited(path, find)
    found = find(list(islice(source.rows(), SCAN_ROWS)))
    if found is None:
        raise _no_header(path, due)
    yield Table(found, not json, source.size, source)


def _head(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ImportFault(
            f"{path}: cannot be read: {error.strerror}", th=f"{path}: เปิดไฟล์ไม่ได้: {error.strerror}"
        ) from error
    if size >= MAX_BYTES:
        raise ImportFault(
            f"{path.name}: {size / 1e6:.0f} MB seen; less than {MAX_BYTES // 1_000_000} MB is due",
            th=f"{path.name}: ขนาด {size / 1e6:.0f} MB ต้องน้อยกว่า {MAX_BYTES // 1_000_000} MB",
        )
    if not head.strip():
        raise ImportFault(f"{path.name}: the file is empty", th=f"{path.name}: ไฟล์ว่างเปล่า")
    return head


def _choose(
    workbook: Workbook, find: Find[H], wanted: str | None, due: tuple[str, str]
) -> tuple[Sheet, H]:
    """The sheet with a header; where several have one, it must be said which."""
    found: list[tuple[Sheet, H]] = []
    for sheet in workbook.sheets[:MAX_SHEETS]:
        if wanted is None or sheet.name == wanted:
            header = find(list(islice(workbook.rows(sheet), SCAN_ROWS)))
            found += [(sheet, header)] if header else []
    if not found:
        raise _no_header(workbook.path, due, wanted)
    filled = [pair for pair in found if len(found) == 1 or _has_rows(workbook, *pair)]
    if len(filled) > 1:
        names = ", ".join(shown(sheet.name) for sheet, _ in filled)
        raise ImportFault(
            f"{workbook.path.name}: several sheets hold a list ({names}); say which with --sheet",
            th=f"{workbook.path.name}: มีรายชื่อหลายแผ่นงาน ({names}) โปรดระบุด้วย --sheet",
        )
    return (filled or found)[0]


def _has_rows(workbook: Workbook, sheet: Sheet, header: Found) -> bool:
    return any(number > header.row and any(cells) for number, cells in workbook.rows(sheet))


def _filled_down(
    rows: Iterator[tuple[int, list[str]]], merges: list[Merge]
) -> Iterator[tuple[int, list[str]]]:
    """Rows whose empty cells under a merged one say what it says."""
    starting: dict[int, list[Merge]] = {}
    for merge in merges:
        if merge.bottom > merge.top:
            starting.setdefault(merge.top, []).append(merge)
    active: dict[int, tuple[int, str]] = {}
    for number, cells in rows:
        for column, (bottom, text) in list(active.items()):
            if number > bottom:
                del active[column]
            elif any(cells):
                cells += [""] * (column + 1 - len(cells))
                cells[column] = cells[column] or text
        for merge in starting.get(number, ()):
            if merge.left < len(cells) and cells[merge.left]:
                active[merge.left] = (merge.bottom, cells[merge.left])
        yield number, cells


def _no_header(path: Path, due: tuple[str, str], sheet: str | None = None) -> ImportFault:
    where = f"{path.name}, sheet {sheet}" if sheet else path.name
    thai, english = due
    return ImportFault(
        f"{where}: no header found in the first {SCAN_ROWS} rows; {english} "
        "and at least one more are due",
        th=f"{where}: ไม่พบหัวตารางใน {SCAN_ROWS} แถวแรก ต้องมี{thai}และอย่างน้อยอีกหนึ่งคอลัมน์",
    )

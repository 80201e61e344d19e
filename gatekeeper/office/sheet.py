"""The XML of one sheet into rows of cells.

Works on events as they come, so that a row costs its own cells and no more, and a sheet
that claims a million columns is refused at the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, NamedTuple

from gatekeeper.errors import ImportFault
from gatekeeper.office.package import MAX_PIECES, broken, chunks
from gatekeeper.office.strings import SharedStrings, unescaped
from gatekeeper.office.text import Odd, OddKind

__all__ = ["MAX_COLUMNS", "CellRules", "SheetParser"]

MAX_COLUMNS = 512
"""Cells of a row that are looked at; a guest list has twenty."""
_LAST_COLUMN = 16_384
_LAST_ROW = 1_048_576
_EXACT = 1e15
"""From here a spreadsheet keeps only the first 15 digits of a number."""

Row = tuple[int, list[str]]


class CellRules(NamedTuple):
    """What a cell's text means in this workbook."""

    strings: SharedStrings
    date_styles: frozenset[int]
    date_1904: bool


class SheetParser:
    """One reading of one sheet."""

    def __init__(self, path: Path, rules: CellRules) -> None:
        self._path = path
        self._rules = rules
        self._rows: list[Row] = []
        self._number = 0
        self._cells: list[str] = []
        self._column = -1
        self._type = "n"
        self._style = ""
        self._formula = False
        self._collecting = False
        self._hint = False
        self._parts: list[str] = []

    def rows(self, file: IO[bytes]) -> Iterator[tuple[int, list[Row]]]:
        """`(bytes read, rows found)` chunk by chunk."""
        for position in chunks(file, self._start, self._end, self._text):
            if self._rows:
                yield position, self._rows
                self._rows = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v" or (name == "t" and not self._hint):
            self._collecting = not self._formula
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self._formula = self._collecting = True
            self._parts.clear()
        elif name == "rPh":
            self._hint = True

    def _end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._end_cell()
        elif name in ("v", "t", "f"):
            self._collecting = False
        elif name == "row":
            self._rows.append((self._number, self._cells))
        elif name == "rPh":
            self._hint = False

    def _text(self, data: str) -> None:
        if self._collecting and len(self._parts) < MAX_PIECES:
            self._parts.append(data)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        text = attributes.get("r", "")
        if text and not (text.isdecimal() and len(text) < 9):
            raise broken(self._path)
        number = int(text) if text else self._number + 1
        if not self._number < number <= _LAST_ROW:
            raise broken(self._path)
        self._number = number
        self._cells = []
        self._column = -1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._column = column_of(attributes["r"]) if "r" in attributes else self._column + 1
        if not 0 <= self._column < _LAST_COLUMN:
            raise broken(self._path)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._formula = False
        self._parts.clear()

    def _end_cell(self) -> None:
        if not self._parts and not self._formula:
            return
        if self._column >= MAX_COLUMNS:
            return
        value = self._value("".join(self._parts))
        cells = self._cells
        while len(cells) <= self._column:
            cells.append("")
        cells[self._column] = value

    def _value(self, text: str) -> str:
        if self._formula:
            # The text of a shared formula stands in its first cell only.
            return Odd(f"={text[:100]}" if text else "=…", OddKind.FORMULA)
        kind = self._type
        try:
            if kind == "s":
                return self._rules.strings[int(text)]
            if kind == "n":
                return self._number_text(text)
            if kind == "b":
                return "TRUE" if int(text) else "FALSE"
        except (ValueError, IndexError, OverflowError) as error:
            raise broken(self._path) from error
        if kind == "e":
            return Odd(text[:20], OddKind.ERROR)
        if kind == "d":
            return Odd(text[:10], OddKind.DATE)
        return unescaped(text)

    def _number_text(self, text: str) -> str:
        style = self._style
        if style and style.isdecimal() and int(style) in self._rules.date_styles:
            return self._date(float(text))
        if text.isdecimal() and text.isascii() and len(text) < 16:
            return text
        value = float(text)
        if not abs(value) < _EXACT:
            return Odd(text[:40], OddKind.LOSSY)
        return str(int(value)) if value == int(value) else f"{value:.15g}"

    def _date(self, serial: float) -> Odd:
        epoch = datetime(1904, 1, 1) if self._rules.date_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        try:
            return Odd(f"{epoch + timedelta(days=serial):%d/%m/%Y}", OddKind.DATE)
        except (OverflowError, ValueError):
            return Odd(f"{serial:.15g}", OddKind.DATE)


def column_of(reference: str) -> int:
    """`A1` is 0; -1 where `reference` names no column."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
        if number > _LAST_COLUMN:
            return -1
    return number - 1


def too_many_rows(path: Path, limit: int) -> ImportFault:
    """What is said of a list longer than `limit`."""
    return ImportFault(
        f"{path.name}: more than {limit} rows; split the list",
        th=f"{path.name}: มีมากกว่า {limit} แถว โปรดแบ่งไฟล์",
    )

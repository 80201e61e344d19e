"""Rows out of a delimited text file: encoding and delimiter are found out, not guessed.

An encoding is taken when the whole file is valid in it. Thai offices send UTF-8 with and
without a mark, CP874 (TIS-620) and, from a spreadsheet's "Unicode text", UTF-16. A file that
fits none is refused rather than imported with wrong letters.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from gatekeeper.errors import ImportFault
from gatekeeper.office.headers import SCAN_ROWS, find_header

__all__ = ["Delimited", "detect_encoding"]

_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
_SEP_LINE = re.compile(r'\s*"?sep=(.)"?\s*\Z', re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MANGLED = re.compile("[A-Za-z][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|(?:\u0e40[\u0e18\u0e19].){3}")
"""What CP874 never holds: a Thai vowel mark on a Latin letter (a Western encoding), or UTF-8
read as CP874 (`เธ…เธ…`)."""


class Delimited:
    """A delimited text file whose encoding and delimiter are known."""

    def __init__(self, path: Path, find: Callable[[Any], Any] = find_header) -> None:
        """Find out how `path` is written; `find` knows its header. Raises ImportFault where no
        reading makes sense."""
        self._find = find
        self.path = path
        self.size = path.stat().st_size
        self.position = 0
        """Bytes read so far, for a progress bar."""
        self.encoding = detect_encoding(path)
        self.delimiter = self._detect_delimiter()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """`(number, cells)` of each row; the first line is row 1, and a line break inside
        quotes starts no new row (as a spreadsheet program counts).

        Raises ImportFault where the quotes do not match.
        """
        with self.path.open("rb") as file:
            yield from self._parse(file, self.delimiter)

    def _parse(self, file: BinaryIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        text = io.TextIOWrapper(file, encoding=self.encoding, newline="")
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                if number % 256 == 0:
                    self.position = file.tell()
                if number == 1 and _SEP_LINE.match(delimiter.join(cells)):
                    continue
                yield number, cells
        except csv.Error as error:
            raise _broken(f"{number + 1}", f"{reader.line_num}", error) from error
        except UnicodeError as error:
            raise _unreadable(self.path) from error
        self.position = self.size

    def _detect_delimiter(self) -> str:
        """The delimiter under which the most columns are recognised."""
        best, most = ",", 0
        for delimiter in _DELIMITERS:
            columns = self._columns_under(delimiter)
            if columns > most:
                best, most = delimiter, columns
        self.position = 0
        return best

    def _columns_under(self, delimiter: str) -> int:
        """Columns recognised with `delimiter`; those of a header that contradicts itself count
        as two, so that the contradiction is told and not an unknown delimiter."""
        try:
            with self.path.open("rb") as file:
                rows = list(islice(self._parse(file, delimiter), SCAN_ROWS))
        except ImportFault:
            return 0
        try:
            header = self._find(rows)
        except ImportFault:
            return 2
        return len(header.columns) if header else 0


def detect_encoding(path: Path) -> str:
    """The Python name of the encoding that all of `path` is valid in.

    Raises ImportFault where none is.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            if _valid(path, encoding):
                return encoding
            raise _unreadable(path)
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > max(3, len(head) // 64) and max(even, odd) > 20 * min(even, odd):
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        if _valid(path, encoding):
            return encoding
        raise _unreadable(path)
    for encoding in ("utf-8", "cp874"):
        if _valid(path, encoding):
            return encoding
    raise _unreadable(path)


def _valid(path: Path, encoding: str) -> bool:
    """Whether all of `path` decodes, and where it may be read in two ways, reads as Thai."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    tail = ""
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError:
                return False
            if encoding == "cp874" and _MANGLED.search(tail + text):
                return False
            tail = text[-16:]
            if not chunk:
                return True


def _unreadable(path: Path) -> ImportFault:
    return ImportFault(
        f"{path.name}: neither UTF-8, UTF-16 nor CP874 (TIS-620) text; "
        "save it as XLSX or as CSV UTF-8",
        th=f"{path.name}: อ่านตัวอักษรไม่ได้ ไม่ใช่ UTF-8, UTF-16 หรือ CP874 (TIS-620) "
        "โปรดบันทึกเป็น XLSX หรือ CSV UTF-8",
    )


def _broken(row: str, line: str, error: csv.Error) -> ImportFault:
    """A row that cannot be taken apart; mostly a quote left open takes in all that follows."""
    th, en = "เครื่องหมายคำพูดไม่ครบคู่", "quotes do not match"
    if "field limit" in str(error):
        limit = csv.field_size_limit()
        th = f"ช่องหนึ่งยาวเกิน {limit:,} ตัวอักษร หรือเครื่องหมายคำพูดไม่ครบคู่"
        en = f"a cell is longer than {limit:,} characters, or quotes do not match"
    return ImportFault(
        f"row {row} (line {line}): {en}: {error}", th=f"แถว {row} (บรรทัด {line}): {th}"
    )

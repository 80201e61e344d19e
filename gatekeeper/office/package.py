"""A spreadsheet file as parts of XML, with bounds on everything.

An XLSX is a ZIP of XML that somebody sent in: it may be a bomb, broken, locked with a
password, or something else under that name. All of that is refused here in words, before a
part is read. Parts are streamed through expat, never held as a tree, and a document type
declaration (the root of entity attacks) ends the reading.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from gatekeeper.errors import ImportFault

__all__ = ["MAX_PIECES", "MAX_UNPACKED", "Package", "StopReading", "broken", "stream"]

MAX_UNPACKED = 400_000_000
"""Most bytes that all parts may have unpacked; a list of 100,000 guests has about 90 million."""
MAX_RATIO = 150
"""Most times that a part may shrink by packing; real sheets shrink 8 to 30 times."""
RATIO_FROM = 4_000_000
"""Parts below this size cannot hurt, however well they pack."""
MAX_PARTS = 2000
MAX_PIECES = 16
"""Pieces (of at most a chunk) of one text that are kept; no cell holds as much."""
_CHUNK = 1 << 15
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class StopReading(Exception):
    """Raised by a handler that has seen enough."""


class Package:
    """An open XLSX whose parts may be read one after another."""

    def __init__(self, path: Path) -> None:
        """Check `path` from outside. Raises ImportFault where it is not safe to read."""
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise broken(path) from error
        try:
            self._check()
        except ImportFault:
            self._zip.close()
            raise

    def __enter__(self) -> Package:
        """The package itself; it is closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._zip.close()

    def __contains__(self, part: str) -> bool:
        """Whether the package has `part`."""
        return part in self._sizes

    def size(self, part: str) -> int:
        """Bytes of `part` unpacked."""
        return self._sizes[part]

    @contextmanager
    def open(self, part: str) -> Iterator[IO[bytes]]:
        """The bytes of `part`. Raises ImportFault where they are broken or missing."""
        try:
            with self._zip.open(part) as file:
                yield file
        except (
            KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
            NotImplementedError, expat.ExpatError, OverflowError, UnicodeError,
        ) as error:  # fmt: skip
            raise broken(self.path) from error

    def _check(self) -> None:
        parts = self._zip.infolist()
        self._sizes = {part.filename: part.file_size for part in parts}
        if any(part.flag_bits & 1 for part in parts):
            raise locked(self.path)
        if "xl/workbook.bin" in self._sizes or "mimetype" in self._sizes:
            raise other_kind(self.path)
        allowed = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if len(parts) > MAX_PARTS or any(part.compress_type not in allowed for part in parts):
            raise broken(self.path)
        unpacked = sum(part.file_size for part in parts)
        swollen = any(
            part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(1, part.compress_size)
            for part in parts
        )
        if unpacked > MAX_UNPACKED or swollen:
            raise ImportFault(
                f"{self.path.name}: would unpack to {unpacked // 1_000_000} MB "
                f"(at most {MAX_UNPACKED // 1_000_000} MB and {MAX_RATIO} times its packed size "
                "are due); refused as a possible ZIP bomb",
                th=f"{self.path.name}: ขยายแล้วมีขนาด {unpacked // 1_000_000} MB ผิดปกติ "
                "อาจเป็นไฟล์อันตราย ไม่รับ",
            )


def stream(file: IO[bytes], start: Start, end: End | None = None, text: Text | None = None) -> int:
    """Send the elements of `file` to the handlers; `start` gets local names and attributes.

    Returns the bytes read. A handler ends the reading by raising StopReading.
    """
    read = 0
    for read in chunks(file, start, end, text):  # noqa: B007 (the last one is the answer)
        pass
    return read


def chunks(
    file: IO[bytes], start: Start, end: End | None = None, text: Text | None = None
) -> Iterator[int]:
    """As `stream`, yielding the bytes read so far after each chunk."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    read = 0
    try:
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            parser.Parse(chunk, False)
            yield read
        parser.Parse(b"", True)
        yield read
    except StopReading:
        yield read
    finally:
        # Handlers hold what holds the parser; without this, memory waits for the collector.
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = parser.StartDoctypeDeclHandler = None


def _refuse_doctype(*_: object) -> None:
    raise expat.ExpatError("document type declaration")


def refuse_old_or_locked(path: Path, head: bytes) -> None:
    """Raise ImportFault where `path` is an OLE file: an old .xls, or a locked XLSX."""
    if not head.startswith(_OLE):
        return
    with path.open("rb") as file:
        # The stream that holds a locked XLSX is named so, in UTF-16, in the directory.
        if "EncryptedPackage".encode("utf-16-le") in file.read(50_000_000):
            raise locked(path)
    raise ImportFault(
        f"{path.name}: old Excel format (.xls); open it and save it as XLSX",
        th=f"{path.name}: เป็นไฟล์ Excel รุ่นเก่า (.xls) โปรดเปิดแล้วบันทึกเป็น XLSX",
    )


def broken(path: Path) -> ImportFault:
    """What is said of a file that cannot be read."""
    return ImportFault(
        f"{path.name}: broken, not a readable XLSX; open it and save it again as XLSX",
        th=f"{path.name}: ไฟล์เสียหาย ไม่ใช่ XLSX ที่อ่านได้ โปรดเปิดแล้วบันทึกใหม่เป็น XLSX",
    )


def locked(path: Path) -> ImportFault:
    """What is said of a file with a password."""
    return ImportFault(
        f"{path.name}: protected by a password; save it without one",
        th=f"{path.name}: มีรหัสผ่านป้องกัน โปรดบันทึกโดยไม่ใส่รหัสผ่าน",
    )


def other_kind(path: Path) -> ImportFault:
    """What is said of a file that is no XLSX and no text."""
    return ImportFault(
        f"{path.name}: neither XLSX nor CSV; save it as XLSX or CSV",
        th=f"{path.name}: ไม่ใช่ XLSX หรือ CSV โปรดบันทึกเป็น XLSX หรือ CSV",
    )

"""What tests of the office share: lists written as offices write them, and a quick database."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from PIL import Image

from gatekeeper.db.engine import Database, connect

DATA = Path(__file__).resolve().parents[2] / "data"
HEADER = ["ลำดับ", "คำนำหน้า", "ชื่อ", "นามสกุล", "หน่วยงาน", "โต๊ะ", "ผู้ติดตาม", "การตอบรับ", "หมายเลขบัตร"]

Write = Callable[..., Path]


@pytest.fixture
def messy() -> Path:
    """An office's CSV in CP874 with ten faults."""
    return DATA / "guests_messy_cp874.csv"


@pytest.fixture
def reception() -> Path:
    """An office's XLSX of 1,200 guests without a fault."""
    return DATA / "guests_reception.xlsx"


@pytest.fixture
def write_csv(tmp_path: Path) -> Write:
    """Write rows as a delimited file: `write_csv(rows, encoding=…, delimiter=…)`."""

    def write(
        rows: Sequence[Sequence[str]],
        *,
        encoding: str = "utf-8",
        delimiter: str = ",",
        name: str = "list.csv",
    ) -> Path:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(rows)
        path = tmp_path / name
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return write


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Write:
    """Write rows as a workbook: `write_xlsx(rows)` or `write_xlsx({"sheet": rows, …})`."""

    def write(sheets: Any, *, merges: Sequence[str] = (), name: str = "list.xlsx") -> Path:
        book = Workbook()
        assert book.active is not None
        book.remove(book.active)
        for title, rows in (sheets if isinstance(sheets, dict) else {"รายชื่อ": sheets}).items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            for merge in merges:
                sheet.merge_cells(merge)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def sqlite(tmp_path: Path, _migrated_sqlite: Path) -> Iterator[Database]:
    """A fresh main database on SQLite alone, for what no database can change."""
    path = tmp_path / "quick.sqlite3"
    shutil.copy(_migrated_sqlite, path)
    opened = connect(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def raster() -> Callable[..., list[Image.Image]]:
    """`raster(pdf, dpi=200)`: each page as a grey picture, as a printer would see it."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed: apt-get install poppler-utils")

    def pages(pdf: bytes, dpi: int = 200) -> list[Image.Image]:
        command = ["pdftoppm", "-r", str(dpi), "-gray", "-"]
        done = subprocess.run(command, input=pdf, capture_output=True, timeout=120, check=True)
        stream, found = io.BytesIO(done.stdout), []
        while stream.tell() < len(done.stdout):
            found.append(_one_pgm(stream))
        return found

    return pages


def _one_pgm(stream: io.BytesIO) -> Image.Image:
    """The next picture of a stream of binary PGM files."""
    assert stream.readline() == b"P5\n"
    width, height = map(int, stream.readline().split())
    assert stream.readline() == b"255\n"
    return Image.frombytes("L", (width, height), stream.read(width * height))

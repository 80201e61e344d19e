"""A list of 100,000 guests costs hardly more memory than one of a thousand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.office.export import write_csv
from gatekeeper.office.sample import sample_guests
from tests.unit.office.test_workbook import handmade

ROWS = 100_000
ALLOWED_KB = 80_000
"""Growth for 99,000 more rows. What is kept of a row is its number and its card, to tell
repeats: some 40 MB. The guests themselves, kept in a list, would take 130 MB."""

IMPORT = r"""
import re, sys
from pathlib import Path
from gatekeeper.db.migrate import open_database
from gatekeeper.office.import_guests import import_guests
database = open_database("sqlite:///" + sys.argv[1] + ".sqlite3")
report = import_guests(database, Path(sys.argv[1]), "gala")
assert not report.faults, report.faults[0]
print(report.imported, re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1])
"""
JUDGE = r"""
import re, sys
from pathlib import Path
from gatekeeper.office.guest_rows import GuestReader
from gatekeeper.office.tabular import open_table
with open_table(Path(sys.argv[1])) as table:
    reader = GuestReader(table.header, 9)
    good = sum(not isinstance(reader.read(*row), list) for row in table.rows())
print(good, re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1])
"""


def peak_kb(program: str, file: Path, rows: int) -> int:
    """Most memory that `program` took with `file`, in a process of its own.

    VmHWM and not ru_maxrss, which also counts the parent at the moment of the fork.
    """
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    good, peak = done.stdout.split()
    assert int(good) == rows
    return int(peak)


def workbook(path: Path, rows: int) -> Path:
    """A workbook as a spreadsheet program saves it: every text shared, none twice the same."""
    texts = ["ลำดับ", "ชื่อ-สกุล", "หน่วยงาน", "หมายเลขบัตร"]
    lines = ["".join(f'<c t="s"><v>{index}</v></c>' for index in range(4))]
    for n in range(rows):
        texts += [f"นายกิตติ{n} ใจดี", f"สำนักตัวอย่างที่ {n}", f"300833B2DDD9{n:012X}"]
        cells = "".join(f'<c t="s"><v>{4 + 3 * n + i}</v></c>' for i in range(3))
        lines.append(f"<c><v>{n}</v></c>{cells}")
    sheet = "".join(f"<row>{line}</row>" for line in lines)
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return handmade(path, f"<sheetData>{sheet}</sheetData>", strings=strings)


@pytest.mark.slow
def test_memory_does_not_grow_with_a_csv(tmp_path: Path) -> None:
    """Read, judged and stored."""
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    write_csv(small, (guest.row for guest in sample_guests(1000, 1)))
    write_csv(large, (guest.row for guest in sample_guests(ROWS, 1)))

    grown = peak_kb(IMPORT, large, ROWS) - peak_kb(IMPORT, small, 1000)

    assert grown < ALLOWED_KB


@pytest.mark.slow
def test_memory_does_not_grow_with_a_workbook(tmp_path: Path) -> None:
    """Read and judged, with 300,000 different strings beside the sheet."""
    small = workbook(tmp_path / "small.xlsx", 1000)
    large = workbook(tmp_path / "large.xlsx", ROWS)

    grown = peak_kb(JUDGE, large, ROWS) - peak_kb(JUDGE, small, 1000)

    assert grown < ALLOWED_KB

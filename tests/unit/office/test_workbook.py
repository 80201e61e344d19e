"""XLSX as rows of text, against openpyxl as an independent reader and writer."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as Book
from openpyxl import load_workbook

from gatekeeper.errors import ImportFault
from gatekeeper.office.tabular import open_table
from gatekeeper.office.text import Odd, OddKind
from gatekeeper.office.workbook import Merge, Workbook
from tests.unit.office.conftest import Write

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def rows_of(path: Path, sheet: int = 0) -> list[list[str]]:
    """All rows of a sheet, without their numbers."""
    with Workbook(path) as book:
        return [cells for _, cells in book.rows(book.sheets[sheet])]


def handmade(path: Path, rows: str, *, strings: str = "", namespace: str = MAIN) -> Path:
    """A workbook whose sheet is the XML that a test wants to say."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{kind}/officeDocument" '
        'Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{kind}"><sheets>'
        '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        f'<Relationship Id="r1" Type="{kind}/worksheet" Target="worksheets/s.xml"/>'
        f'<Relationship Id="r2" Type="{kind}/sharedStrings" Target="strings.xml"/>'
        "</Relationships>",
        "xl/worksheets/s.xml": f'<worksheet xmlns="{namespace}">{rows}</worksheet>',
        "xl/strings.xml": f'<sst xmlns="{namespace}">{strings}</sst>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda value: round(value, 3)),
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        max_size=15,
    ).filter(lambda text: not text.startswith("=") and "_x" not in text),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=5))
def test_the_same_cells_as_openpyxl(write_xlsx: Write, rows: list[list[Any]]) -> None:
    """What openpyxl writes and reads is what this reader reads."""
    path = write_xlsx(rows)
    sheet = load_workbook(path).active
    assert sheet is not None
    expected = [[_as_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]

    with Workbook(path) as book:
        found = dict(book.rows(book.sheets[0]))

    for number, cells in enumerate(expected, start=1):
        read = found.get(number, [])
        assert read + [""] * (len(cells) - len(read)) == cells


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    return str(cell)


def test_the_reception_reads_as_openpyxl_reads_it(reception: Path) -> None:
    """Every cell of an office's real sheet."""
    sheet = load_workbook(reception).active
    assert sheet is not None
    expected = {
        number: [_as_text(cell) for cell in row]
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if any(cell is not None for cell in row)
    }

    with Workbook(reception) as book:
        found = {
            number: cells + [""] * (13 - len(cells))
            for number, cells in book.rows(book.sheets[0])
            if any(cells)
        }

    assert found == expected


def test_a_formula_is_text_that_says_so(write_xlsx: Write) -> None:
    """Never its stored result."""
    (cells,) = rows_of(write_xlsx([["=1+1", '=HYPERLINK("http://x","y")']]))

    assert [(str(c), c.kind) for c in cells if isinstance(c, Odd)] == [
        ("=1+1", OddKind.FORMULA),
        ('=HYPERLINK("http://x","y")', OddKind.FORMULA),
    ]


def test_a_stored_result_is_never_used(tmp_path: Path) -> None:
    """Shared and array formulas too, whose cells may hold a result alone."""
    path = handmade(
        tmp_path / "f.xlsx",
        '<sheetData><row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">B1</f><v>7</v></c>'
        '<c r="B1"><f t="array" ref="B1">SUM(C1)</f><v>8</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>9</v></c></row></sheetData>',
    )

    kinds = [cell.kind for cells in rows_of(path) for cell in cells if isinstance(cell, Odd)]
    assert kinds == [OddKind.FORMULA] * 3
    assert "9" not in str(rows_of(path))


def test_dates_errors_and_long_numbers_are_told(write_xlsx: Write) -> None:
    """What a spreadsheet program has made of a cell is not mistaken for what was typed."""
    (cells,) = rows_of(write_xlsx([[dt.date(2026, 11, 22), "#REF!", 3.00833e23, 12.0, 5]]))

    kinds = [cell.kind if isinstance(cell, Odd) else cell for cell in cells]
    assert kinds == [OddKind.DATE, OddKind.ERROR, OddKind.LOSSY, "12", "5"]
    assert cells[0] == "22/11/2026"


def test_a_date_format_of_the_workbook_is_known(tmp_path: Path) -> None:
    """Also one that is not built in; colours, quotes and currency are no dates."""
    book = Book()
    sheet = book.active
    assert sheet is not None
    for format_code in ("d mmm bbbb", '0.00" ดี"', "[Red]0", "[h]:mm", "@", "General"):
        sheet.append([45000])
        sheet.cell(sheet.max_row, 1).number_format = format_code
    book.save(tmp_path / "d.xlsx")

    dates = [isinstance(cells[0], Odd) for cells in rows_of(tmp_path / "d.xlsx")]
    assert dates == [True, False, False, True, False, False]


@pytest.mark.parametrize("namespace", [MAIN, STRICT])
def test_strings_in_every_way_of_writing_them(tmp_path: Path, namespace: str) -> None:
    """Shared with runs and phonetic hints, inline, as a result's text, escaped, unnumbered."""
    path = handmade(
        tmp_path / "s.xlsx",
        '<sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>ในแถว</t></is></c>'
        '<c t="str"><v>ผล</v></c><c t="s"><v>1</v></c><c t="b"><v>1</v></c></row></sheetData>',
        strings="<si><r><t>กิต</t></r><r><t>ติ</t></r><rPh><t>kitti</t></rPh></si>"
        "<si><t>a_x000D_b_x0041_</t></si>",
        namespace=namespace,
    )

    assert rows_of(path) == [["กิตติ", "ในแถว", "ผล", "a\rbA", "TRUE"]]


def test_rows_keep_the_sheets_own_numbers(tmp_path: Path) -> None:
    """Missing rows and cells are gaps, not shifts; hidden rows are rows."""
    path = handmade(
        tmp_path / "gaps.xlsx",
        '<sheetData><row r="3"><c r="B3"><v>1</v></c></row>'
        '<row r="7" hidden="1"><c r="D7"><v>2</v></c></row></sheetData>',
    )

    with Workbook(path) as book:
        assert list(book.rows(book.sheets[0])) == [(3, ["", "1"]), (7, ["", "", "", "2"])]


def test_merged_cells_are_found(write_xlsx: Write) -> None:
    """As openpyxl wrote them."""
    path = write_xlsx([["ก", "ข"], ["1", "2"], ["3", "4"]], merges=["A1:B1", "A2:A3"])

    with Workbook(path) as book:
        assert set(book.merges(book.sheets[0])) == {Merge(1, 0, 1, 1), Merge(2, 0, 3, 0)}


def test_a_merged_group_speaks_for_all_its_rows(write_xlsx: Write) -> None:
    """The rows after the merge are not touched, nor are other columns."""
    path = write_xlsx(
        [
            ["กลุ่ม", "ชื่อ", "หมายเหตุ"],
            ["คณะทูต", "ก ข", "x"],
            ["", "ค ง", ""],
            ["", "จ ฉ", ""],
            ["", "ช ซ", ""],
        ],
        merges=["A2:A4", "C2:C3"],
    )

    with open_table(path) as table:
        rows = [cells + [""] * (3 - len(cells)) for _, cells in table.rows()]
    assert [(cells[0], cells[2]) for cells in rows] == [
        ("คณะทูต", "x"),
        ("คณะทูต", ""),
        ("คณะทูต", ""),
        ("", ""),
    ]


def test_the_sheet_with_a_header_is_taken(write_xlsx: Write) -> None:
    """Cover sheets and empty forms are passed over, hidden sheets are not offered."""
    path = write_xlsx(
        {
            "ปก": [["งานสโมสรสันนิบาต"]],
            "แบบฟอร์ม": [["ลำดับ", "ชื่อ"]],
            "แขก": [["ลำดับ", "ชื่อ"], ["1", "ก ข"]],
            "ซ่อน": [["ลำดับ", "ชื่อ"], ["9", "ฮ ฮ"]],
        }
    )
    book = load_workbook(path)
    book["ซ่อน"].sheet_state = "hidden"
    book.save(path)

    with open_table(path) as table:
        assert [cells for _, cells in table.rows()] == [["1", "ก ข"]]


def test_two_sheets_of_guests_are_not_chosen_between(write_xlsx: Write) -> None:
    """Half a list would be lost; the caller says which."""
    rows = [["ลำดับ", "ชื่อ"], ["1", "ก ข"]]
    path = write_xlsx({"วันแรก": rows, "วันที่สอง": [*rows, ["2", "ค ง"]]})

    with pytest.raises(ImportFault, match="วันแรก, วันที่สอง"), open_table(path):
        pass
    with open_table(path, "วันที่สอง") as table:
        assert len(list(table.rows())) == 2
    with pytest.raises(ImportFault, match="sheet วันที่สาม: no header"), open_table(path, "วันที่สาม"):
        pass

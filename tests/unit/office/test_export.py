"""Guest lists out, and in again unchanged."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from gatekeeper.db.guests import GuestRow
from gatekeeper.office.export import COLUMNS, safe, write_csv, write_xlsx
from gatekeeper.office.guest_rows import GuestReader
from gatekeeper.office.headers import field_of
from gatekeeper.office.sample import sample_guests
from gatekeeper.office.tabular import open_table
from gatekeeper.office.text import clean, damage, formula_like

SAMPLE = [guest.row for guest in sample_guests(300, 5)]


def read_back(path: Path) -> list[GuestRow]:
    """The guests of a list, which must have no fault; without their row numbers."""
    found = []
    with open_table(path) as table:
        reader = GuestReader(table.header, 9)
        for number, cells in table.rows():
            guest = reader.read(number, cells)
            assert isinstance(guest, GuestRow), guest
            found.append(replace(guest, row=0))
    return found


@pytest.mark.parametrize("title", ["", "บัญชีรายชื่อผู้ได้รับเชิญ"])
def test_made_up_guests_come_back_unchanged(tmp_path: Path, title: str) -> None:
    """From both kinds of file."""
    expected = [replace(row, row=0) for row in SAMPLE]

    assert write_csv(tmp_path / "list.csv", SAMPLE) == 300
    assert write_xlsx(tmp_path / "list.xlsx", SAMPLE, title) == 300
    assert read_back(tmp_path / "list.csv") == expected
    assert read_back(tmp_path / "list.xlsx") == expected


def plain(text: str) -> bool:
    """Whether the import takes `text` as it is."""
    lone_dash = text in {"-", "–", "—", "−", "‐", "--", "---"}
    return not (damage(text) or formula_like(text) or lone_dash or text[:1] in {"'", "#"})


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(clean).filter(plain)
NAME = st.text(st.sampled_from("กขคนมรabcÉ"), min_size=2, max_size=8).filter(str.isalpha)
GUESTS = st.builds(
    GuestRow,
    external_key=st.integers(1, 9999).map(str),
    title=st.sampled_from(["", "นาย", "พล.ต.อ.", "H.E. Mr."]),
    first_name=NAME.filter(lambda name: not name.startswith(("กร", "นม"))),
    last_name=TEXT,
    position=TEXT,
    organisation=TEXT,
    group=TEXT,
    table=st.integers(0, 300).map(str) | st.just("A-1"),
    companions=st.integers(0, 9),
    reply=st.sampled_from(["accepted", "declined", "no_reply", "representative"]),
    cancelled=st.booleans(),
    vip=st.just(False),
    note=st.sampled_from(["", "- แพ้อาหารทะเล", "+66 2 123 4567", 'เก้าอี้ "พิเศษ"', "รถเข็น, ลิฟต์"]),
    greeter=TEXT,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(guest=GUESTS)
def test_what_was_exported_is_imported_unchanged(tmp_path: Path, guest: GuestRow) -> None:
    """Whatever the texts hold; also those that the export had to protect."""
    write_csv(tmp_path / "list.csv", [guest])
    write_xlsx(tmp_path / "list.xlsx", [guest])

    assert read_back(tmp_path / "list.csv") == [guest]
    assert read_back(tmp_path / "list.xlsx") == [guest]


@given(st.text(max_size=30))
def test_no_text_leaves_as_a_formula(text: str) -> None:
    """The first character never makes a spreadsheet program calculate."""
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe(text).endswith(text)


def test_a_cell_of_an_exported_sheet_is_text(tmp_path: Path) -> None:
    """Even where openpyxl itself would write a formula."""
    evil = GuestRow(first_name="=HYPERLINK(1)", organisation="@SUM(A1)", note="-1+1")
    write_xlsx(tmp_path / "list.xlsx", [evil])
    write_csv(tmp_path / "list.csv", [evil])

    sheet = load_workbook(tmp_path / "list.xlsx").active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(str(cell.value).startswith(("=", "@", "-")) for cell in cells)
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.reader(file))[1:]
    assert {"'=HYPERLINK(1)", "'@SUM(A1)", "'-1+1"} <= set(row)


def test_the_import_knows_every_header_of_the_export() -> None:
    """No column is lost on the way."""
    assert all(field_of(header) for header, _ in COLUMNS)

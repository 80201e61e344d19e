"""CSV and its relatives: encodings, delimiters, quotes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gatekeeper.errors import ImportFault
from gatekeeper.office.delimited import Delimited
from gatekeeper.office.tabular import open_table
from tests.unit.office.conftest import HEADER, Write

ROWS = [HEADER, ["๑", "นาย", "กิตติ", "ใจดี; จริง", 'บริษัท "ก", จำกัด', "1", "0", "ตอบรับ", ""]]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp874", "cp874"),
        ("tis-620", "cp874"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(
    write_csv: Write, encoding: str, found: str, delimiter: str
) -> None:
    """In every combination the same rows come out."""
    source = Delimited(write_csv(ROWS, encoding=encoding, delimiter=delimiter))

    assert [cells for _, cells in source.rows()] == ROWS
    assert (source.encoding, source.delimiter) == (found, delimiter)


THAI = st.text(st.sampled_from("กขคงนมรลอาะิีุูเแโไ์่้ ๑๒abcXYZ.,;-\"'\n"), max_size=30)

VOWEL_ON_LATIN = re.compile("[A-Za-z][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cells=st.lists(THAI, min_size=2, max_size=2), encoding=st.sampled_from(["utf-8", "cp874"]))
def test_what_was_encoded_comes_back(write_csv: Write, cells: list[str], encoding: str) -> None:
    """Whatever Thai text stands in the cells, line breaks and quotes included.

    A vowel mark on a Latin letter is no Thai text.
    """
    assume(not any(VOWEL_ON_LATIN.search(cell) for cell in cells))
    rows = [["ชื่อ-สกุล", "หมายเหตุ"], cells]

    assert [found for _, found in Delimited(write_csv(rows, encoding=encoding)).rows()] == rows


def test_a_line_break_in_quotes_starts_no_new_row(write_csv: Write) -> None:
    """Rows are counted as a spreadsheet program counts them."""
    path = write_csv([["ชื่อ", "โต๊ะ"], ["กิตติ\nใจดี", "1"], ["มานี\nใจดี", "2"]])

    assert [number for number, _ in Delimited(path).rows()] == [1, 2, 3]


def test_the_line_that_names_the_delimiter_is_no_row(tmp_path: Path) -> None:
    """Some programs write `sep=;` first; it counts as a line of the file."""
    path = tmp_path / "list.csv"
    path.write_text("sep=;\nชื่อ;โต๊ะ\nกิตติ ใจดี;1\n", encoding="utf-8")

    assert list(Delimited(path).rows()) == [(2, ["ชื่อ", "โต๊ะ"]), (3, ["กิตติ ใจดี", "1"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(tmp_path: Path, end: str) -> None:
    """Unix, Windows and old Macintosh files."""
    path = tmp_path / "list.csv"
    path.write_bytes(end.join(["ชื่อ,โต๊ะ", "กิตติ ใจดี,1", ""]).encode())

    assert [cells for _, cells in Delimited(path).rows()][:2] == [["ชื่อ", "โต๊ะ"], ["กิตติ ใจดี", "1"]]


@pytest.mark.parametrize(
    "data",
    [
        "ชื่อ,โต๊ะ\nกิตติ,1\n".encode() + b"\xe0\xb8\xff,2\n",
        "name,table\nJosé Núñez,1\nMüller,2".encode("latin-1"),
        b"\xff\xfe" + "ชื่อ,โต๊ะ\n".encode("utf-16-le") + b"\x00",
        b"\xef\xbb\xbf" + "ชื่อ".encode("cp874"),
        "ชื่อ,โต๊ะ\nกิตติ ใจดี,1\n".encode() * 3 + b"\xa1",
    ],
)
def test_letters_are_never_guessed(tmp_path: Path, data: bytes) -> None:
    """Damaged UTF-8, a Western encoding, half a UTF-16 letter: refused, with advice."""
    path = tmp_path / "list.csv"
    path.write_bytes(data)

    with pytest.raises(ImportFault, match="neither UTF-8, UTF-16 nor CP874") as fault:
        Delimited(path)
    assert "CSV UTF-8" in fault.value.th


def test_one_zero_byte_makes_no_utf_16(tmp_path: Path) -> None:
    """It is a fault of its cell, not of the file."""
    path = tmp_path / "list.csv"
    path.write_bytes("ชื่อ,โต๊ะ\nกิต\0ติ,1\n".encode())

    assert Delimited(path).encoding == "utf-8"


def test_a_quote_left_open_is_refused(tmp_path: Path) -> None:
    """Else the rest of the list would silently become one cell."""
    path = tmp_path / "list.csv"
    path.write_text('ชื่อ,โต๊ะ\nกิตติ,1\n"มานี,2\nปิติ,3\n', encoding="utf-8")

    with pytest.raises(ImportFault, match=r"row 3.*quotes do not match"), open_table(path) as table:
        list(table.rows())


def test_a_contradictory_header_is_told_as_such(tmp_path: Path) -> None:
    """Also where the delimiter is not the comma."""
    path = tmp_path / "list.csv"
    path.write_text("ชื่อ;โต๊ะ;โต๊ะ\nกิตติ;1;2\n", encoding="utf-8")

    with pytest.raises(ImportFault, match="mean the same"), open_table(path):
        pass


def test_a_cell_without_end_is_called_so(tmp_path: Path) -> None:
    """It may be a quote left open long before, or a file that is no list of guests."""
    path = tmp_path / "guests.csv"
    path.write_text("first name,last name\n" + "ก" * 200_000 + ",B\n", encoding="utf-8")

    with pytest.raises(ImportFault, match=r"row 2.*longer than"), open_table(path) as table:
        list(table.rows())

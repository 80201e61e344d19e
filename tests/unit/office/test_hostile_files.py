"""Files that are broken, locked, something else, or meant to hurt: refused in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.errors import ImportFault
from gatekeeper.office import package, tabular
from gatekeeper.office.tabular import open_table
from tests.unit.office.conftest import Write
from tests.unit.office.test_workbook import handmade

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = '<row r="1"><c t="inlineStr"><is><t>ชื่อ-สกุล</t></is></c></row>'


def refusal(path: Path) -> str:
    """What is said of `path` when it is opened and read to its end."""
    with pytest.raises(ImportFault) as fault, open_table(path) as table:
        for _ in table.rows():
            pass
    assert fault.value.th != str(fault.value)
    return str(fault.value)


def of(tmp_path: Path, data: bytes, name: str = "list.xlsx") -> Path:
    """`data` as a file."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t", "the file is empty"),
        (b"PK\x03\x04 not a zip", "broken"),
        (b"PK\x05\x06" + b"\0" * 18, "broken"),
        (OLE + b"\0" * 600, r"old Excel format \(.xls\); open it and save it as XLSX"),
        (OLE + b"\0" * 99 + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"%PDF-1.7 ...", "neither XLSX nor CSV"),
        (b"<html><table><tr><td>\xe0\xb8\x81</td></tr></table>", "neither XLSX nor CSV"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 4, "neither UTF-8, UTF-16 nor CP874"),
        (b"a,b\n1,2\n", "no header found in the first 60 rows"),
        ("ชื่อ,โต๊ะ\n".encode() * 0 + b"\n\n\n,,,\n", "no header found"),
    ],
)
def test_what_is_no_list_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    """The sentence says what was seen and what to do."""
    with pytest.raises(ImportFault, match=said), open_table(of(tmp_path, data)) as table:
        list(table.rows())


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """One line, no traceback."""
    assert "No such file" in refusal_of_path(tmp_path / "none.csv")
    assert "Is a directory" in refusal_of_path(tmp_path)


def refusal_of_path(path: Path) -> str:
    """What is said of a path that cannot be opened at all."""
    with pytest.raises(ImportFault) as fault, open_table(path):
        pass
    return str(fault.value)


def test_a_file_of_50_mb_is_refused_unread(tmp_path: Path) -> None:
    """Whatever it holds."""
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(tabular.MAX_BYTES)
        file.write("ชื่อ,โต๊ะ\n".encode())

    assert "50 MB seen; less than 50 MB is due" in refusal(path)


def zipped(tmp_path: Path, parts: dict[str, bytes]) -> Path:
    """A package of `parts`."""
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_a_part_that_swells_too_much_is_a_bomb(write_xlsx: Write) -> None:
    """Known from the directory of the package, before anything is unpacked."""
    path = write_xlsx([["ชื่อ", "โต๊ะ"], ["ก ข", "1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b" " * 5_000_000)

    assert "possible ZIP bomb" in refusal(path)


def test_a_package_that_unpacks_to_too_much(
    write_xlsx: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where each part shrinks as usual."""
    path = write_xlsx([["ชื่อ", "โต๊ะ"], ["ก ข", "1"]])
    monkeypatch.setattr(package, "MAX_UNPACKED", 1000)

    assert "possible ZIP bomb" in refusal(path)


def test_a_list_without_end(write_csv: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row more than the limit is refused, the limit itself is not."""
    monkeypatch.setattr(tabular, "MAX_ROWS", 3)
    rows = [["ชื่อ", "โต๊ะ"], *([f"ก ข{n}", "1"] for n in range(4))]

    assert "more than 3 rows" in refusal(write_csv(rows))
    with open_table(write_csv(rows[:4])) as table:
        assert len(list(table.rows())) == 3


@pytest.mark.parametrize(
    "rows",
    [
        f"<sheetData>{HEAD}<row r='99999999999'><c><v>1</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row r='1'><c><v>1</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row r='x'><c><v>1</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row><c r='ZZZZ2'><v>1</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row><c r='2'><v>1</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row><c t='s'><v>99</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row><c t='s'><v>-1</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row><c><v>one</v></c></row></sheetData>",
        f"<sheetData>{HEAD}<row><c><v>1</v></row></sheetData>",
        f"<sheetData>{HEAD}",
        f"<sheetData>{HEAD}<row>&unknown;</row></sheetData>",
        f"<sheetData>{HEAD}</sheetData>\x00",
    ],
)
def test_xml_that_lies_is_broken(tmp_path: Path, rows: str) -> None:
    """Rows and columns out of bounds or order, strings that are not there, cut ends."""
    assert "broken, not a readable XLSX" in refusal(handmade(tmp_path / "b.xlsx", rows))


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """A document type declaration ends the reading: no billion laughs, no local files."""
    path = handmade(tmp_path / "e.xlsx", f"<sheetData>{HEAD}</sheetData>")
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/strings.xml":
                text = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst>&a;</sst>'
            new.writestr(name, text)

    assert "broken" in refusal(of(tmp_path, data.getvalue()))


def test_a_text_without_end_costs_no_memory(tmp_path: Path) -> None:
    """Only as much of a cell is kept as the longest cell of a real sheet could hold."""
    long = "".join(f"{n:07}" for n in range(400_000))
    rows = f"<row><c t='inlineStr'><is><t>{long}</t></is></c></row>"
    path = handmade(tmp_path / "l.xlsx", f"<sheetData>{HEAD}{rows}</sheetData>")

    with open_table(path) as table:
        (cells,) = [cells for _, cells in table.rows()]
    assert len(cells[0]) < 1_000_000


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"sheet1", b"sheet9"),
        lambda data: data[:3000] + bytes(500) + data[3500:],
    ],
)
def test_a_damaged_workbook(
    reception: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """Cut, renamed, overwritten: refused, and nothing else."""
    refusal(of(tmp_path, spoil(reception.read_bytes())))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.data())
def test_no_damage_makes_it_raise_anything_else(write_xlsx: Write, data: st.DataObject) -> None:
    """A few bytes changed anywhere: it is read, or refused in words."""
    path = write_xlsx([["ลำดับ", "ชื่อ"], [1, "ก ข"], [2, "=1+1"]])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        # By part of the file: its length differs by a byte with the time it was made at.
        place = data.draw(st.integers(0, 9_999)) * len(content) // 10_000
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)

    try:
        with open_table(path) as table:
            rows = list(table.rows())
    except ImportFault:
        return
    assert len(rows) <= 3


@given(content=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_make_it_raise_anything_else(tmp_path: Path, content: bytes) -> None:
    """Random bytes are refused in words, or were a list after all."""
    try:
        with open_table(of(tmp_path, content, "any.csv")) as table:
            rows = list(table.rows())
    except ImportFault:
        return
    assert len(rows) <= 300

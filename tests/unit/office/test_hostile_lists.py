"""Files meant to hurt, given to the importers of people, vehicles and passes: refused in words.

What a file as such may not be is tried in test_hostile_files; here, that these importers stand
behind the same door, and that nothing of a refused file is on record.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.db.engine import Database
from gatekeeper.db.holder_lists import each_pass, each_vehicle, known_people
from gatekeeper.errors import ImportFault
from gatekeeper.office import tabular
from gatekeeper.office.import_guests import ImportReport
from gatekeeper.office.import_lists import Importer, import_list
from gatekeeper.office.import_passes import PassImport
from gatekeeper.office.import_people import PeopleImport, VehicleImport
from gatekeeper.office.list_cells import LONGEST
from gatekeeper.vault import Vault

NOW = 1_795_312_800.0
GOOD = {
    "people": [["ชื่อ-สกุล", "หน่วยงาน", "หมายเหตุอื่น"], ["นายกิตติ ใจดี", "กองกลาง", ""]],
    "vehicles": [["ทะเบียน", "จังหวัด", "หมายเหตุ"], ["1กก 1234", "กทม.", ""]],
    "passes": [["ประเภทบัตร", "ชื่อ-สกุล", "หน่วยงาน"], ["official", "นายกิตติ ใจดี", "กองกลาง"]],
}
kinds = pytest.mark.parametrize("kind", list(GOOD))

Take = Callable[..., ImportReport]


@pytest.fixture
def take(sqlite: Database, tmp_path: Path) -> Take:
    """`take(kind, path)`: a list, taken."""

    def importer(kind: str) -> Importer:
        who: dict[str, Any] = {"vault": Vault.of(tmp_path), "actor": "malee", "now": NOW}
        if kind == "people":
            return PeopleImport(**who)
        if kind == "vehicles":
            return VehicleImport(**who)
        return PassImport(**who, zone=ZoneInfo("Asia/Bangkok"), gates=frozenset())

    return lambda kind, path, **how: import_list(sqlite, path, importer(kind), **how)


def refused(take: Take, database: Database, kind: str, path: Path) -> str:
    """What is said of the file, of which nothing may be on record."""
    with pytest.raises(ImportFault) as fault:
        take(kind, path)
    assert fault.value.th != str(fault.value)
    assert on_record(database) == 0
    return str(fault.value)


def on_record(database: Database) -> int:
    """People, vehicles and passes."""
    with database.reading() as session:
        people, vehicles = list(known_people(session)), each_vehicle(session)
        return len(people) + len(vehicles) + len(list(each_pass(session)))


@kinds
def test_a_zip_bomb(sqlite: Database, take: Take, write_xlsx: Any, kind: str) -> None:
    """Known before anything is unpacked."""
    path = write_xlsx(GOOD[kind])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b" " * 5_000_000)

    assert "possible ZIP bomb" in refused(take, sqlite, kind, path)


@kinds
def test_a_bomb_in_the_sheet_itself(
    sqlite: Database, take: Take, write_xlsx: Any, tmp_path: Path, kind: str
) -> None:
    """The part that must be read is no exception."""
    path, bomb = write_xlsx(GOOD[kind]), tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data + b" " * 9_000_000 if name.endswith("sheet1.xml") else data)

    assert "possible ZIP bomb" in refused(take, sqlite, kind, bomb)


@kinds
@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("http://x")', "+1+1", "@SUM(A1)", "=cmd|' /C calc'!A0"]
)
@pytest.mark.parametrize("column", [0, 1])
def test_a_formula_is_a_fault_of_its_row(
    sqlite: Database, take: Take, write_csv: Any, kind: str, cell: str, column: int
) -> None:
    """Named with row and column, evaluated nowhere, kept nowhere."""
    header, good = GOOD[kind]
    bad = [cell if at == column else text for at, text in enumerate(good)]

    report = take(kind, write_csv([header, bad]))

    assert [(f.row, f.column, f.code) for f in report.faults] == [(2, header[column], "formula")]
    assert on_record(sqlite) == 0


@kinds
def test_a_workbooks_formula_is_a_fault(
    sqlite: Database, take: Take, write_xlsx: Any, kind: str
) -> None:
    """A cell with a formula is one, whatever it last gave."""
    header, good = GOOD[kind]

    report = take(kind, write_xlsx([header, ["=1+1", *good[1:]]]))

    assert [fault.code for fault in report.faults] == ["formula"]
    assert on_record(sqlite) == 0


@kinds
def test_more_rows_than_a_list_may_have(
    sqlite: Database, take: Take, write_csv: Any, kind: str
) -> None:
    """Refused whole, with the number that is due; not one row is taken first."""
    header, good = GOOD[kind]
    most = {"people": 5_000, "vehicles": 5_000, "passes": 1_000}[kind]

    said = refused(take, sqlite, kind, write_csv([header, *[good] * (most + 1)]))

    assert f"more than {most:,} rows" in said


@kinds
def test_a_file_of_50_mb_is_refused_unread(
    sqlite: Database, take: Take, tmp_path: Path, kind: str
) -> None:
    """Whatever it holds."""
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(tabular.MAX_BYTES)

    assert "50 MB seen" in refused(take, sqlite, kind, path)


@kinds
def test_a_cell_without_end(sqlite: Database, take: Take, write_csv: Any, kind: str) -> None:
    """A fault that says how long it is and how long it may be."""
    header, good = GOOD[kind]

    report = take(kind, write_csv([header, ["ก" * (LONGEST + 1), *good[1:]]]))

    assert [fault.code for fault in report.faults] == ["too_long"]
    assert on_record(sqlite) == 0


@kinds
@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"rows":' * 100_000,
        '[{"%s": {"a": 1}, "x": 1}]',
        '[{"%s": ["a"], "x": 1}]',
        '[{"%s": 1e400}]',
        '[{"%s": "a", "%s": "b"}',
        '{"rows": {"%s": "a"}}',
        '[{"%s": "\\ud800", "x": 1}]',
    ],
)
def test_nested_and_broken_json(
    sqlite: Database, take: Take, tmp_path: Path, kind: str, text: str
) -> None:
    """A list of flat objects is due; depth costs nothing."""
    path = tmp_path / "list.json"
    field = {"people": "first_name", "vehicles": "plate", "passes": "class"}[kind]
    path.write_text(text.replace("%s", field), encoding="utf-8")

    assert refused(take, sqlite, kind, path)


@kinds
@pytest.mark.parametrize(
    "content",
    [
        bytes(range(128, 256)) * 40,
        b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 4,
        "ชื่อ-สกุล,หน่วยงาน\n".encode("utf-32"),
        "名前,会社\n山田,通産省\n".encode("shift_jis"),
        b"\xff\xfe\x0a",
    ],
)
def test_an_encoding_that_nobody_here_writes(
    sqlite: Database, take: Take, tmp_path: Path, kind: str, content: bytes
) -> None:
    """Refused, not guessed into names."""
    path = tmp_path / "list.csv"
    path.write_bytes(content)

    assert refused(take, sqlite, kind, path)


@kinds
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(data=st.data())
def test_no_damage_makes_it_raise_anything_else(
    take: Take, write_xlsx: Any, kind: str, data: st.DataObject
) -> None:
    """A few bytes changed anywhere: it is read, or refused in words."""
    path = write_xlsx(GOOD[kind])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 9_999)) * len(content) // 10_000] = data.draw(
            st.integers(0, 255)
        )
    path.write_bytes(content)

    try:
        report = take(kind, path, dry_run=True)
    except ImportFault:
        return
    assert report.rows <= 1


@kinds
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=40),
                          lambda inner: st.lists(inner, max_size=3)
                          | st.dictionaries(st.sampled_from(["rows", "plate", "class", "name"])
                                            | st.text(max_size=5), inner, max_size=4)))  # fmt: skip
def test_no_json_makes_it_raise_anything_else(
    take: Take, tmp_path: Path, kind: str, value: Any
) -> None:
    """Any JSON at all: a list after all, or refused in words."""
    path = tmp_path / "any.json"
    path.write_text(json.dumps(value), encoding="utf-8")

    try:
        report = take(kind, path, dry_run=True)
    except ImportFault:
        return
    assert report.rows <= 3

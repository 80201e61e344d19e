"""Tags as a card printer encoded them, taken back: all of a table or none of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from gatekeeper.db.engine import Database
from gatekeeper.db.passes import pass_by_credential, pass_of_card
from gatekeeper.db.tables import Credential
from gatekeeper.errors import ImportFault
from gatekeeper.office.read_back import ReadBack, read_back
from tests.unit.office.office_passes import AT, add_badge, pass_row

TAG, OTHER = "047BCB51962280", "04AABBCCDDEEFF"


def number(database: Database, pass_id: str) -> str:
    """The number of a pass, without its issue."""
    return pass_row(database, pass_id).number or ""


def take(database: Database, folder: Path, *rows: str, dry_run: bool = False) -> ReadBack:
    """Read a table back."""
    path = folder / "table.csv"
    path.write_text("\ufeffpass_number,name_th,tag\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return read_back(database, path, actor="maker", now=AT, dry_run=dry_run)


def bound(database: Database) -> list[str]:
    """Every bound tag."""
    with database.reading() as session:
        return sorted(session.scalars(select(Credential.value).where(Credential.bound)))


def test_tags_are_bound_to_the_passes_named(database: Database, tmp_path: Path) -> None:
    """In whatever form the encoder writes them; the passes' states stay."""
    one, two = add_badge(database, "made"), add_badge(database, "made", issue=2)
    rows = f"{number(database, one)},x,04:7b:cb:51:96:22:80", f"{number(database, two)}/2,y,{OTHER}"

    report = take(database, tmp_path, *rows)
    again = take(database, tmp_path, *rows)

    assert (report.rows, report.bound, report.unchanged, report.faults) == (2, 2, 0, [])
    assert (again.bound, again.unchanged) == (0, 2)
    with database.reading() as session:
        assert pass_of_card(session, f"uid:{TAG}") == one
        assert pass_of_card(session, f"uid:{OTHER}") == two
        found = pass_by_credential(session, f"uid:{TAG}")
    assert found is not None
    assert found.state == "made"
    assert pass_row(database, one).state == "made"


def test_a_dry_run_says_and_does_nothing(database: Database, tmp_path: Path) -> None:
    """The same report, and no tag bound."""
    one = add_badge(database, "made")

    report = take(database, tmp_path, f"{number(database, one)},x,{TAG}", dry_run=True)

    assert (report.rows, report.bound, report.faults) == (1, 1, [])
    assert bound(database) == []


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("{n},x,08112233", "tag", "another number at each tap"),
        ("{n},x,qr:{n}", "tag", "printed code"),
        ("{n},x,not a tag", "tag", "due"),
        ("{n},x,{bound}", "tag", "bound already"),
        ("{n},x,", "tag", "due"),
        ("OF-999999,x,{free}", "pass_number", "does not exist"),
        ("{n}/3,x,{free}", "pass_number", "issue 3"),
        ("{requested},x,{free}", "pass_number", ""),
        ("{good},x,{free}", "pass_number", "stands in row 2"),
        ("{n},x,{first}", "tag", "stands in row 2"),
    ],
)
def test_one_row_at_fault_is_named_and_nothing_is_bound(
    database: Database, tmp_path: Path, row: str, column: str, words: str
) -> None:
    """Its line, its column, what was seen, in both languages."""
    good, bad = add_badge(database, "made"), add_badge(database, "made")
    owner, requested = add_badge(database, "made"), add_badge(database, "requested")
    with database.session() as session:
        session.add(Credential(value="uid:04010203040506", pass_id=owner, bound=True))
    text = row.format(
        n=number(database, bad), good=number(database, good), free=OTHER, first=TAG,
        bound="04010203040506", requested=number(database, requested),
    )  # fmt: skip

    report = take(database, tmp_path, f"{number(database, good)},x,{TAG}", text)

    assert report.bound == 0
    assert [fault.row for fault in report.faults][:1] == [3]
    assert column in {fault.column for fault in report.faults}
    assert any(words in fault.message.en for fault in report.faults)
    assert all(fault.message.th for fault in report.faults)
    assert bound(database) == ["uid:04010203040506"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "pass_number,tag\n"])
def test_what_is_no_such_table_is_refused_whole(
    database: Database, tmp_path: Path, text: str
) -> None:
    """Without its two columns, or without a row."""
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ImportFault):
        read_back(database, path, actor="maker", now=AT)

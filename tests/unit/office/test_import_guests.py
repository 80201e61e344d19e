"""Importing a guest list into the main database, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.db.changes import all_passes
from gatekeeper.db.engine import Database
from gatekeeper.db.events import ensure_event, event_by_slug, update_event
from gatekeeper.db.people import Guest, search_guests
from gatekeeper.errors import ImportFault, UserError
from gatekeeper.office.import_guests import ImportReport, import_guests
from tests.unit.office.conftest import DATA, Write

EVENT = "reception"
HEADER = ["ลำดับ", "ชื่อ-สกุล", "โต๊ะ", "ผู้ติดตาม", "หมายเลขบัตร"]
ROWS = [
    ["1", "นายกิตติ ใจดี", "1", "0", "62E3086CE1"],
    ["2", "นางมานี ใจงาม", "1", "1", "62E3086CE2"],
    ["3", "H.E. Mr. José Núñez", "2", "1", ""],
]
FAULT_CODES = {
    "no name": "no_name",
    "credential of row 10 again": "credential_duplicate",
    "credential is not hexadecimal": "credential_not_hex",
    "same guest and credential as the row before": "duplicate_row",
    "companions is not a number": "companions_not_a_number",
    "unknown reply": "unknown_reply",
    "credential has an odd number of digits": "credential_odd_digits",
    "seat is negative": "seat_negative",
    "formula in a name": "formula",
    "more companions than the event allows": "too_many_companions",
}


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Rows, imported, updated, unchanged."""
    return report.rows, report.imported, report.updated, report.unchanged


def stored(database: Database, event: str = EVENT) -> list[Any]:
    """Every pass of the event, in order."""
    with database.reading() as session:
        found = [one for one in all_passes(session) if one.event == event]
    return sorted(found, key=lambda one: one.credential)


def guest(database: Database, name: str) -> Guest:
    """The one guest found by `name`."""
    with database.reading() as session:
        (found,) = search_guests(session, EVENT, name)
    return found


def test_the_messy_list_has_the_faults_that_are_expected(database: Database, messy: Path) -> None:
    """These ten rows and no other; nothing is imported."""
    expected = json.loads((DATA / "guests_messy_cp874.csv.expected.json").read_text())

    report = import_guests(database, messy, EVENT)

    assert report.rows == expected["rows"]
    assert [(fault.row, fault.code) for fault in report.faults] == [
        (fault["row"], FAULT_CODES[fault["fault"]]) for fault in expected["faults"]
    ]
    assert counts(report) == (200, 0, 0, 0)
    assert stored(database) == []
    with database.reading() as session:
        assert event_by_slug(session, EVENT) is None


def test_the_good_rows_of_the_messy_list_may_be_taken(database: Database, messy: Path) -> None:
    """And taken again without change."""
    first = import_guests(database, messy, EVENT, partial=True)
    again = import_guests(database, messy, EVENT, partial=True)

    assert counts(first) == (200, 190, 0, 0)
    assert counts(again) == (200, 0, 0, 190)
    assert len(first.faults) == len(again.faults) == 10
    assert len(stored(database)) == 190


def test_the_reception_is_imported_once(database: Database, reception: Path) -> None:
    """1,200 guests, no fault; the same file again changes nothing, not even a pass."""
    first = import_guests(database, reception, EVENT)
    before = stored(database)
    again = import_guests(database, reception, EVENT)

    assert (counts(first), first.faults) == ((1200, 1200, 0, 0), ())
    assert (counts(again), again.faults) == ((1200, 0, 0, 1200), ())
    assert len(before) == 1200
    assert stored(database) == before


def test_a_later_file_updates(database: Database, write_csv: Write, write_xlsx: Write) -> None:
    """A guest keeps the pass; columns that the later file lacks stay as they were."""
    import_guests(database, write_csv([HEADER, *ROWS]), EVENT)
    before = guest(database, "มานี")

    report = import_guests(
        database,
        write_xlsx([["No.", "Full name", "Table"], [1, "นายกิตติ ใจดี", 1], [2, "นางมานี ใจงาม", 9]]),
        EVENT,
    )

    assert counts(report) == (2, 0, 1, 1)
    after = guest(database, "มานี")
    assert (after.holder.table, after.companions) == ("9", 1)
    assert (after.pass_id, after.credential) == (before.pass_id, "em4100:62E3086CE2")


def test_a_dry_run_says_what_would_happen_and_does_nothing(
    database: Database, write_csv: Write
) -> None:
    """Neither for a new event nor for one with guests."""
    path = write_csv([HEADER, *ROWS])

    assert counts(import_guests(database, path, EVENT, dry_run=True)) == (3, 3, 0, 0)
    with database.reading() as session:
        assert event_by_slug(session, EVENT) is None
    import_guests(database, path, EVENT)
    before = stored(database)
    changed = write_csv([HEADER, *ROWS[:2], ["3", "José Núñez", "5", "0", ""]])
    assert counts(import_guests(database, changed, EVENT, dry_run=True)) == (3, 0, 1, 2)
    assert stored(database) == before


def test_a_new_event_is_named_by_its_slug(sqlite: Database, write_csv: Write) -> None:
    """And a slug that is none is refused before the file is looked at."""
    import_guests(sqlite, write_csv([HEADER, *ROWS]), "gala-2569")

    with sqlite.reading() as session:
        event = event_by_slug(session, "gala-2569")
    assert event is not None
    assert (event.name_th, event.max_companions) == ("gala-2569", 9)
    with pytest.raises(UserError, match="event 'Gala 2569' seen"):
        import_guests(sqlite, Path("/does/not/exist"), "Gala 2569")


def test_the_event_says_how_many_companions(sqlite: Database, write_csv: Write) -> None:
    """Another limit than nine holds for the list."""
    with sqlite.session() as session:
        ensure_event(session, EVENT)
        update_event(session, EVENT, max_companions=0)

    report = import_guests(sqlite, write_csv([HEADER, *ROWS]), EVENT)

    assert [(f.row, f.code) for f in report.faults] == [
        (3, "too_many_companions"),
        (4, "too_many_companions"),
    ]


def test_a_card_of_somebody_else_is_a_fault_of_its_row(
    database: Database, write_csv: Write
) -> None:
    """Only the database knows; told beside the file's own faults, and all or none holds."""
    import_guests(database, write_csv([HEADER, *ROWS]), "other")
    mine = write_csv(
        [
            HEADER,
            ["1", "นายปิติ ใจกล้า", "1", "0", "62e3086ce1"],
            ["2", "นางชูใจ ใจดี", "1", "สอง", ""],
        ]
    )

    report = import_guests(database, mine, EVENT)

    assert [(f.row, f.column, f.code) for f in report.faults] == [
        (2, "หมายเลขบัตร", "credential_taken"),
        (3, "ผู้ติดตาม", "companions_not_a_number"),
    ]
    assert all(f.message.th != f.message.en for f in report.faults)
    assert counts(report) == (2, 0, 0, 0)
    assert stored(database) == []


def test_what_the_database_refuses_rolls_back_the_good_rows(
    database: Database, write_csv: Write
) -> None:
    """Unless the good rows are wanted."""
    import_guests(database, write_csv([HEADER, *ROWS]), "other")
    mine = write_csv(
        [HEADER, ["1", "นายปิติ ใจกล้า", "1", "0", "62E3086CE1"], ["2", "นางชูใจ ใจดี", "1", "0", ""]]
    )

    assert counts(import_guests(database, mine, EVENT)) == (2, 0, 0, 0)
    assert stored(database) == []
    assert counts(import_guests(database, mine, EVENT, partial=True)) == (2, 1, 0, 0)


def test_replies_cancelling_and_vips_reach_the_gate(sqlite: Database, write_csv: Write) -> None:
    """What the decision and the screens need of a row."""
    header = ["ชื่อ", "นามสกุล", "การตอบรับ", "หมายเหตุ", "ผู้ต้อนรับ", "EPC"]
    import_guests(
        sqlite,
        write_csv(
            [
                header,
                ["กิตติ", "ใจดี", "ยกเลิก", "", "", "300833B2DDD9000000000001"],
                ["มานี", "ใจงาม", "ส่งผู้แทน", "VIP", "ประตูใหญ่", "300833B2DDD9000000000002"],
            ]
        ),
        EVENT,
    )

    assert guest(sqlite, "กิตติ").invitation == "cancelled"
    vip = guest(sqlite, "มานี")
    assert (vip.reply, vip.holder.vip, vip.holder.greeter) == ("representative", True, "ประตูใหญ่")


def test_progress_is_told_to_the_end(sqlite: Database, reception: Path) -> None:
    """Both phases, never backwards, up to their totals."""
    told: list[tuple[str, int, int]] = []

    import_guests(sqlite, reception, EVENT, progress=lambda *step: told.append(step))

    for phase, total in (("read", None), ("apply", 1200)):
        done = [step[1] for step in told if step[0] == phase]
        assert done == sorted(done)
        last = [step for step in told if step[0] == phase][-1]
        assert last[1] == last[2] == (total or last[2])


def test_a_full_disk_is_said_in_words(
    sqlite: Database, reception: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the temporary file cannot be made or written."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)

    with pytest.raises(ImportFault, match="No space left on device"):
        import_guests(sqlite, reception, EVENT)


def test_a_badges_code_as_a_ticket_is_refused_with_its_row(
    database: Database, tmp_path: Path
) -> None:
    """In both languages, under the header that the list has; the whole list stays out."""
    file = tmp_path / "codes.csv"
    file.write_text("ชื่อ,นามสกุล,เลขบัตร\nกิตติ,ใจดี,qr:OF-000123\nมานี,ใจงาม,\n", encoding="utf-8")

    report = import_guests(database, file, EVENT)

    assert counts(report) == (2, 0, 0, 0)
    ((row, column, told),) = [(f.row, f.column, f.to_json()) for f in report.faults]
    assert (row, column, told["code"]) == (2, "เลขบัตร", "credential_is_code")
    assert {"th", "en"} == set(told["message"])
    assert stored(database) == []

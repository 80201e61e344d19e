"""Lists of people, vehicles and passes in: as offices send them, on both kinds of database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database
from gatekeeper.db.holder_lists import each_pass, known_people
from gatekeeper.db.passes import pass_by_credential
from gatekeeper.db.tables import WatchEntry
from gatekeeper.errors import ImportFault
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, WatchKind
from gatekeeper.office import passes, watchlist
from gatekeeper.office.import_guests import ImportReport
from gatekeeper.office.import_lists import import_list
from gatekeeper.office.import_passes import PassImport
from gatekeeper.office.import_people import PeopleImport, VehicleImport
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.vault import Vault

ZONE = ZoneInfo("Asia/Bangkok")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).timestamp()
PEOPLE = [
    ["บัญชีบุคลากร ประจำปีงบประมาณ ๒๕๗๐"],
    ["หน่วยงาน", "ชื่อ-สกุล", "ประเภทบุคลากร", "เลขประจำตัวประชาชน", "โทรศัพท์"],
    ["กองกลาง", "นายกิตติ ใจดี", "ข้าราชการ", "1-1017-00230-70-8", "๐๘ ๑๒๓๔ ๕๖๗๘"],
    ["กองกลาง", "นางสาวเกศินี แสงทอง", "พนักงานราชการ", "", "+66 2 123 4567"],
    ["กองคลัง", "ร.ต.อ.ขจร วงศ์ไทย", "", "", ""],
]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A key of its own."""
    return Vault.of(tmp_path)


def people(database: Database, path: Path, vault: Vault, **how: Any) -> ImportReport:
    """A list of people, taken."""
    return import_list(database, path, PeopleImport(vault=vault, actor="malee", now=NOW), **how)


def vehicles(database: Database, path: Path, vault: Vault, **how: Any) -> ImportReport:
    """A list of vehicles, taken."""
    return import_list(database, path, VehicleImport(vault=vault, actor="malee", now=NOW), **how)


def import_passes(
    database: Database, path: Path, vault: Vault, *, as_active: bool = False, **how: Any
) -> ImportReport:
    """A list of passes, taken."""
    importer = PassImport(
        vault=vault, actor="malee", now=NOW, zone=ZONE, gates=frozenset({"in-1", "in-2"}),
        reason="list.csv", as_active=as_active,
    )  # fmt: skip
    return import_list(database, path, importer, **how)


def counts(report: ImportReport) -> tuple[int, int, int]:
    """New, changed, as they were."""
    return report.imported, report.updated, report.unchanged


def codes(report: ImportReport) -> list[tuple[int, str, str]]:
    """Row, column and code of each fault."""
    return [(fault.row, fault.column, fault.code) for fault in report.faults]


def names(database: Database) -> list[str]:
    """Who is on record."""
    with database.reading() as session:
        return sorted(f"{row[1]} {row[2]}" for row in known_people(session))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "utf-16"])
def test_people_of_any_encoding_and_order_come_in_and_again_nothing_changes(
    database: Database, write_csv: Any, vault: Vault, encoding: str
) -> None:
    """Titles split, Thai digits read, a title row above the header passed over."""
    path = write_csv(PEOPLE, encoding=encoding)

    first, again = people(database, path, vault), people(database, path, vault)

    assert first.faults == ()
    assert (counts(first), counts(again)) == ((3, 0, 0), (0, 0, 3))
    assert names(database) == ["กิตติ ใจดี", "ขจร วงศ์ไทย", "เกศินี แสงทอง"]


def test_a_later_file_updates_whom_it_means(
    database: Database, write_csv: Any, write_xlsx: Any, vault: Vault
) -> None:
    """By the document although the name is new; by name and organisation without one."""
    people(database, write_csv(PEOPLE), vault)
    later = write_xlsx([
        ["ชื่อ", "นามสกุล", "หน่วยงาน", "ตำแหน่ง", "เลขที่เอกสาร"],
        ["กิตติพงษ์", "ใจดียิ่ง", "กองใหม่", "ผู้อำนวยการ", "1101700230708"],
        ["เกศินี", "แสงทอง", "กองกลาง", "นิติกร", ""],
        ["เกศินี", "แสงทอง", "อีกกองหนึ่ง", "นิติกร", ""],
    ])  # fmt: skip

    report = people(database, later, vault)

    assert (report.faults, counts(report)) == ((), (1, 2, 0))
    assert "กิตติพงษ์ ใจดียิ่ง" in names(database)
    assert len(names(database)) == 4


def test_a_dry_run_and_a_file_with_a_fault_change_nothing(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """All or none; every faulty row is named with its number, column and code."""
    bad = [
        *PEOPLE,
        ["กองคลัง", '=HYPERLINK("x")', "", "", ""],
        ["กองคลัง", "นายหนึ่ง", "นักบินอวกาศ", "", ""],
        ["กองคลัง", "นายสอง", "", "1101700230709", ""],
        ["กองคลัง", "", "", "", "0212"],
        ["กองคลัง", "นางสาวเกศินี แสงทอง", "", "", ""],
        ["กองคลัง", "นายกิตติ ใจร้าย", "", "1101700230708", ""],
    ]
    path = write_csv(bad)

    dry = people(database, write_csv(PEOPLE, name="good.csv"), vault, dry_run=True)
    report = people(database, path, vault)

    assert counts(dry) == (3, 0, 0)
    assert names(database) == []
    assert counts(report) == (0, 0, 0)
    assert codes(report) == [
        (6, "ชื่อ-สกุล", "formula"),
        (7, "ประเภทบุคลากร", "unknown_employment"),
        (8, "เลขประจำตัวประชาชน", "document_kind_missing"),
        (9, "ชื่อ-สกุล", "first_name_invalid"),
        (11, "", "repeated_row"),
    ]
    assert all(f.message.th and f.message.en for f in report.faults)


def test_the_good_rows_are_taken_where_that_is_wanted(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """`--partial`."""
    bad = [*PEOPLE, ["กองคลัง", "นายหนึ่ง", "", "", "not a number"]]

    report = people(database, write_csv(bad), vault, partial=True)

    assert counts(report) == (3, 0, 0)
    assert codes(report) == [(6, "โทรศัพท์", "phone_invalid")]
    assert len(names(database)) == 3


def test_two_of_one_name_are_never_guessed(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """A document tells them apart; without one the row is refused."""
    header = ["ชื่อ", "หน่วยงาน", "ชนิดเอกสาร", "เลขที่เอกสาร", "ตำแหน่ง"]
    both = [
        ["นายกิตติ ใจดี", "กองกลาง", "หนังสือเดินทาง", "AA123456", "หนึ่ง"],
        ["นายกิตติ ใจดี", "กองกลาง", "passport", "BB654321", "สอง"],
    ]
    people(database, write_csv([header, *both]), vault)

    unclear = people(database, write_csv([["name", "organisation", "position"],
                                          ["กิตติ ใจดี", "กองกลาง", "สาม"]]), vault)  # fmt: skip
    again = people(database, write_csv([header, *both]), vault)

    assert codes(unclear) == [(2, "name", "ambiguous_person")]
    assert counts(again) == (0, 0, 2)


def test_json_is_taken_as_a_program_makes_it(
    database: Database, tmp_path: Path, vault: Vault
) -> None:
    """Keys are fields; what is no list of flat objects is refused in words."""
    path = tmp_path / "people.json"
    rows = [{"first_name": "José", "last_name": "Núñez", "vip": True, "phone": "+66 2 123 4567"}]
    path.write_text(json.dumps({"rows": rows}), encoding="utf-8")

    assert counts(people(database, path, vault)) == (1, 0, 0)
    assert counts(people(database, path, vault)) == (0, 0, 1)
    for text in ('{"rows": 5}', "[1]", "[{}", '[{"first_name": {"a": 1}, "vip": 1}]', "[" * 9000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ImportFault) as refused:
            people(database, path, vault)
        assert refused.value.th


def test_vehicles_are_known_by_their_plate(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """However it is written; who answers for one is found by name, or the row is refused."""
    people(database, write_csv(PEOPLE), vault)
    header = ["ผู้รับผิดชอบ", "ทะเบียนรถ", "จังหวัด", "สี", "ประเภทรถ"]
    rows = [
        ["นายกิตติ ใจดี", "1กก 1234", "กรุงเทพมหานคร", "ดำ", "ส่วนบุคคล"],
        ["", "กข ๙๙ เชียงใหม่", "", "ขาว", "รถราชการ"],
    ]

    first = vehicles(database, write_csv([header, *rows]), vault)
    again = vehicles(database, write_csv([header, *rows]), vault)
    later = vehicles(database, write_csv([["plate", "color"], ["1กก-1234 กทม.", "แดง"]]), vault)
    unknown = vehicles(database, write_csv([header, ["นายไม่มี ตัวตน", "ฮฮ 1", "", "", ""]]), vault)

    assert (counts(first), counts(again), counts(later)) == ((2, 0, 0), (0, 0, 2), (0, 1, 0))
    assert codes(unknown) == [(2, "ผู้รับผิดชอบ", "person_unknown")]


PASSES = [
    ["ประเภทบัตร", "ชื่อ-สกุล", "หน่วยงาน", "หมายเลขแท็ก"],
    ["official", "นายกิตติ ใจดี", "กองกลาง", ""],
    ["บัตรแสดงตนพนักงานราชการ", "นางสาวเกศินี แสงทอง", "กองกลาง", ""],
]


def test_a_pass_by_a_list_is_asked_for_and_nothing_more(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """It opens nothing before two people have checked and approved it."""
    people(database, write_csv(PEOPLE), vault)

    first = import_passes(database, write_csv(PASSES), vault)
    again = import_passes(database, write_csv(PASSES), vault)
    with_tag = [[*row[:3], "uid:047BCB51962280"] for row in PASSES[1:2]]
    early = import_passes(database, write_csv([PASSES[0], *with_tag]), vault)

    assert (counts(first), counts(again)) == ((2, 0, 0), (0, 0, 2))
    with database.reading() as session:
        found = list(each_pass(session))
    assert [each.state for each in found] == ["requested", "requested"]
    assert codes(early) == [(2, "", "refused")]
    assert "อนุมัติ" in early.faults[0].message.th


def test_a_tag_of_a_list_goes_to_an_approved_pass_with_the_usual_refusals(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """Bound once; a random number and somebody else's tag are refused."""
    people(database, write_csv(PEOPLE), vault)
    import_passes(database, write_csv(PASSES), vault)
    with database.session() as session:
        for each in list(each_pass(session)):
            for act, actor in ((Act.CHECK, "somsri"), (Act.APPROVE, "niran")):
                passes.step(session, each.id, act, actor=actor, now=NOW, zone=ZONE)

    def tags(*cards: str) -> ImportReport:
        rows = [[*row[:3], card] for row, card in zip(PASSES[1:], cards, strict=False)]
        return import_passes(database, write_csv([PASSES[0], *rows]), vault)

    same = "uid:047BCB51962280"
    assert codes(tags("uid:08123456")) == [(2, "หมายเลขแท็ก", "credential_untrusted")]
    assert codes(tags(same, same)) == [(3, "", "repeated_row")]
    assert counts(tags(same)) == (0, 1, 0)
    assert counts(tags(same)) == (0, 0, 1)
    assert codes(tags("", same)) == [(3, "หมายเลขแท็ก", "credential_invalid")]


def test_badges_that_an_office_has_out_already_are_taken_over_once(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """With their numbers and tags, in force; recorded as what it was."""
    people(database, write_csv(PEOPLE), vault)
    header = ["เลขที่บัตร", "ประเภทบัตร", "สถานะ", "ชื่อ-สกุล", "หน่วยงาน", "แท็ก", "วันหมดอายุ"]
    rows = [
        ["กก.001", "official", "ใช้งาน", "นายกิตติ ใจดี", "กองกลาง", "uid:047BCB51962280", "30/9/70"],
        ["กก.002", "official", "คืนแล้ว", "ร.ต.อ.ขจร วงศ์ไทย", "กองคลัง", "", ""],
    ]

    refused = import_passes(database, write_csv([header, *rows]), vault, as_active=True)
    first = import_passes(database, write_csv([header, rows[0]]), vault, as_active=True)
    again = import_passes(database, write_csv([header, rows[0]]), vault, as_active=True)

    assert codes(refused) == [(3, "สถานะ", "state_not_taken")]
    assert (counts(first), counts(again)) == ((1, 0, 0), (0, 0, 1))
    with database.reading() as session:
        found = pass_by_credential(session, "uid:047BCB51962280")
        assert found is not None
        assert found.state is PassState.ACTIVE
        assert [each.number for each in each_pass(session)] == ["กก.001"]
        assert "pass.take_over" in [act.action for act in latest_acts(session, 10)]


def test_whoever_is_watched_for_is_not_taken_over(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """An import is no way around the watchlist."""
    people(database, write_csv(PEOPLE), vault)
    with database.session() as session:
        draft = EntryDraft(WatchKind.PERSON, name="กิตติ ใจดี", reason="trial")
        watchlist.add(session, vault, draft, actor="chief", now=NOW)

    report = import_passes(database, write_csv(PASSES[:2]), vault, as_active=True)

    assert codes(report) == [(2, "ชื่อ-สกุล", "watchlisted")]
    with database.reading() as session:
        assert list(each_pass(session)) == []


def test_a_file_of_too_many_rows_is_refused_whole(
    sqlite: Database, write_csv: Any, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others wait until a file is taken, so it may not be endless."""
    monkeypatch.setattr(PeopleImport, "most", 2)

    with pytest.raises(ImportFault, match="more than 2 rows"):
        people(sqlite, write_csv(PEOPLE), vault)
    assert names(sqlite) == []


@pytest.mark.parametrize("watched", [False, True])
def test_a_new_person_costs_a_few_statements(
    database: Database, tmp_path: Path, watched: bool
) -> None:
    """Five thousand rows wait for each of them: organisation, record and act; with a watchlist, the
    record as it is compared."""
    if watched:
        with database.session() as session:
            session.add(WatchEntry(kind="person", name="ใคร", added_by="x", added_at=1.0))
    file = tmp_path / "people.csv"
    rows = [f"นายชื่อ{n} สกุล{n},กรมหนึ่ง" for n in range(100)]
    file.write_text("\n".join(["ชื่อ-สกุล,หน่วยงาน", *rows]), encoding="utf-8")
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))

    importer = PeopleImport(vault=Vault(bytes(32)), actor="x", now=NOW)
    report = import_list(database, file, importer)

    assert report.imported == 100
    assert len(asked) / 100 < (3.3 if watched else 2.3)

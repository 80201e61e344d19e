"""Two records of one person made one, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from gatekeeper.db import changes
from gatekeeper.db import merging as rows
from gatekeeper.db.engine import Database
from gatekeeper.db.tables import (
    Audit,
    Base,
    Credential,
    PassRow,
    Person,
    Visit,
    WatchEntry,
    WatchHit,
)
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.office import holders, vehicles
from gatekeeper.office.holders import PersonDraft, VehicleDraft
from gatekeeper.office.merging import likely_the_same, merge_people, preview
from gatekeeper.office.name_index import NameIndex
from gatekeeper.vault import Vault

NOW = 1_790_000_000.0
VAULT = Vault(b"k" * 32)
KITTI = PersonDraft(first_name="นายกิตติ ใจดี", organisation="กรมทดลอง", position="ผู้อำนวยการ")
AGAIN = PersonDraft(
    first_name="กิตติ ใจดี",
    organisation="กรมทดลอง",
    phone="08 1234 5678",
    document_kind=DocumentKind.NATIONAL_ID,
    document_number="1103702071811",
)


def add(database: Database, draft: PersonDraft) -> int:
    """A person on record."""
    with database.session() as session:
        return holders.add_person(session, draft, vault=VAULT, actor="ann", now=NOW)


def add_pass(
    database: Database, person: int, card: str | None = None, state: str = "active"
) -> str:
    """A staff badge."""
    pass_id = f"{person:08x}{(card or 'x')[-8:]:>08}"
    values = {"id": pass_id, "kind": "badge", "state": state, "person_id": person}
    more = {"class_id": "official", "number": pass_id, "label": "", "note": ""}
    with database.session() as session:
        session.execute(insert(PassRow), values | more)
        if card is not None:
            session.execute(insert(Credential), {"value": card, "pass_id": pass_id, "bound": True})
    return pass_id


def merge(database: Database, keep: int, gone: int, **more: object) -> None:
    """Both are one."""
    with database.session() as session:
        merge_people(session, keep, gone, actor="bob", now=NOW + 1, **more)  # type: ignore[arg-type]


@pytest.fixture
def two(database: Database) -> tuple[int, int]:
    """The same person twice."""
    return add(database, KITTI), add(database, AGAIN)


def test_those_alike_are_found_and_told_why(database: Database, two: tuple[int, int]) -> None:
    """Same name and organisation before same name before a slip; others not at all."""
    elsewhere = add(database, replace(KITTI, organisation="กรมอื่น"))
    slip = add(database, replace(KITTI, first_name="นายกิตติ์ ใจดีี", organisation=""))
    add(database, PersonDraft(first_name="นางสาวกิตติยา แสงทอง"))

    with database.reading() as session:
        person = holders.living_person(session, two[0])
        found = likely_the_same(session, person, NameIndex())

    assert [(each.person.id, each.reason) for each in found] == [
        (two[1], "organisation"),
        (elsewhere, "name"),
        (slip, "near"),
    ]


def test_romanised_twins_are_found_by_their_latin_name(database: Database) -> None:
    """A desk that typed only Latin letters made a second record."""
    first = add(database, replace(KITTI, name_latin="Kitti Jaidee"))
    second = add(database, PersonDraft(name_latin="KITTI JAIDEE"))

    with database.reading() as session:
        found = likely_the_same(session, holders.living_person(session, second), NameIndex())

    assert [each.person.id for each in found] == [first]


def test_a_preview_changes_nothing_and_tells_everything(
    database: Database, two: tuple[int, int]
) -> None:
    """What differs, which value is proposed, what moves."""
    add_pass(database, two[1], "em4100:62E3086CED")

    with database.reading() as session:
        seen = preview(session, *two)
        before = changes.latest(session)

    assert {name: proposed for name, _, _, proposed in seen.fields} == {
        "phone": True,
        "document": True,
    }
    assert (seen.moved, seen.clashes) == ({"pass": 1}, [])
    with database.reading() as session:
        assert changes.latest(session) == before
        assert holders.living_person(session, two[1]).phone == "08 1234 5678"


def test_whatever_hung_on_the_other_hangs_on_the_one_that_stays(
    database: Database, two: tuple[int, int]
) -> None:
    """Passes, visits, vehicles, hits, and records that were merged into it before."""
    keep, gone = two
    earlier = add(database, PersonDraft(first_name="ก่อนหน้า"))
    merge(database, gone, earlier)
    with database.session() as session:
        vehicle = vehicles.add_vehicle(
            session, VehicleDraft("1กก 1234", person_id=gone), actor="ann", now=NOW
        )
        visit = {"person_id": gone, "purpose": "meeting", "state": "closed"}
        session.execute(insert(Visit), visit)
        entry = {"id": 1, "kind": "person", "added_by": "x", "added_at": NOW}
        session.execute(insert(WatchEntry), entry)
        hit = {"entry_id": 1, "subject_kind": "person", "subject_id": str(gone), "match": "near"}
        session.execute(insert(WatchHit), hit | {"at": NOW})
        start = changes.latest(session)
    badge = add_pass(database, gone, "em4100:62E3086CED")

    merge(database, keep, gone, take=["phone", "document"])

    with database.reading() as session:
        assert rows.counts_of(session, gone) == {}
        assert rows.counts_of(session, keep) == {
            "pass": 1, "visit": 1, "vehicle": 1, "person": 2, "watch_hit": 1,
        }  # fmt: skip
        assert session.scalar(select(Person.merged_into).where(Person.id == earlier)) == keep
        kept = holders.living_person(session, keep)
        assert (kept.phone, kept.document_tail, kept.position) == (
            "08 1234 5678", "1811", "ผู้อำนวยการ",
        )  # fmt: skip
        assert [key for _, key, _ in changes.changes_since(session, start)] == ["em4100:62E3086CED"]
        found = vehicles.vehicle_of(session, vehicle)
        assert found is not None
        assert found.person_id == keep
        assert session.scalar(select(PassRow.person_id).where(PassRow.id == badge)) == keep


def test_nothing_personal_stays_in_the_record_that_went(
    database: Database, two: tuple[int, int]
) -> None:
    """It is empty, leads to the other, and is worked with no more."""
    keep, gone = two
    merge(database, keep, gone)

    with database.reading() as session:
        row = session.execute(select(Person.__table__).where(Person.id == gone)).one()
        with pytest.raises(UserError, match="merged into"):
            holders.living_person(session, gone)
    assert row.merged_into == keep
    assert "กิตติ" not in f"{tuple(row)}"
    assert (row.document_hash, row.document_tail, row.phone) == (None, "", "")


def test_a_merge_is_recorded_whole(database: Database, two: tuple[int, int]) -> None:
    """What the other record said is in the audit, since the record itself is empty."""
    keep, gone = two
    merge(database, keep, gone, take=["phone"])

    with database.reading() as session:
        query = select(Audit.subject, Audit.note, Audit.before, Audit.after)
        act = session.execute(query.where(Audit.action == "person.merge")).one()
    assert (act.subject, act.note) == (f"person:{keep}", f"person:{gone}")
    assert act.before["other"]["document"] == "national_id …1811"
    assert act.after == {"phone": "08 1234 5678"}


def test_of_two_active_passes_of_a_class_one_must_be_chosen(
    database: Database, two: tuple[int, int]
) -> None:
    """Without a choice nothing is done; the other pass is revoked at every gate."""
    keep, gone = two
    mine, other = (
        add_pass(database, keep, "em4100:0000000001"),
        add_pass(database, gone, "em4100:0000000002"),
    )

    with pytest.raises(UserError, match="choose the one") as refused:
        merge(database, keep, gone)
    assert refused.value.field == "active-official"
    with database.reading() as session:
        assert holders.living_person(session, gone).first_name == "กิตติ"

    merge(database, keep, gone, active={"official": other})

    with database.reading() as session:
        states = dict(session.execute(select(PassRow.id, PassRow.state)).all())
        owners = set(session.scalars(select(PassRow.person_id)))
    assert states == {mine: "revoked", other: "active"}
    assert owners == {keep}


def test_passes_that_open_nothing_clash_with_none(database: Database, two: tuple[int, int]) -> None:
    """Only active ones."""
    add_pass(database, two[0], "em4100:0000000001")
    add_pass(database, two[1], "em4100:0000000002", state="returned")

    with database.reading() as session:
        assert preview(session, *two).clashes == []


def test_who_cannot_be_merged(database: Database, two: tuple[int, int]) -> None:
    """With oneself, with nobody, with somebody merged or erased."""
    keep, gone = two
    for other in (keep, 999):
        with pytest.raises(UserError):
            merge(database, keep, other)
    with database.session() as session:
        session.execute(update(Person).where(Person.id == gone).values(erased_at=NOW))

    with pytest.raises(UserError, match="not on record"):
        merge(database, keep, gone)


def test_every_column_that_names_a_person_is_moved() -> None:
    """Tables added later are found by their foreign keys; a bare number would be forgotten."""
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in ("person_id", "merged_into") and table.name != "vehicle"
    } | {"vehicle.person_id"}

    assert {f"{column.table.name}.{column.name}" for column in rows.references()} == named

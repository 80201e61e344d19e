"""Names found in memory: the same people as a scan of the database finds, always up to date."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from gatekeeper.db import guests
from gatekeeper.db.changes import new_source
from gatekeeper.db.engine import Database
from gatekeeper.db.guests import GuestRow
from gatekeeper.db.tables import Person
from gatekeeper.kinds_office import Purpose
from gatekeeper.office import holders, name_index
from gatekeeper.office.holder_search import search_people
from gatekeeper.office.holders import PersonDraft
from gatekeeper.office.name_index import NameIndex
from gatekeeper.vault import Vault

VAULT = Vault(b"k" * 32)
PEOPLE = (
    ("นายกิตติ ใจดี", "Kitti Jaidee", "กรมหนึ่ง", Purpose.STAFF),
    ("นางสาวเกศินี แสงทอง", "Kesinee Saengthong", "กรมหนึ่ง", Purpose.STAFF),
    ("นายขจร กิตติวงศ์", "", "กรมสอง", Purpose.PRESS),
    ("นายสมกิตติ วงศ์ไทย", "", "กรมสอง", Purpose.STAFF),
    ("พล.ต.อ.ไชยา แก้วกิตติ", "Chaiya", "", Purpose.VISITOR),
    ("", "José Núñez", "", Purpose.VISITOR),
)
TEXTS = (
    "", "กิตติ", "นายกิตติ", "ก", "ไทย", "jose", "NUNEZ", "วงศ์ กิตติ", "ไม่มี", "พล.ต.อ.ไชยา",
    "kitti jai", "ดี", "%", "_",
)  # fmt: skip


def add(database: Database, name: str, latin: str = "", organisation: str = "",
        purpose: Purpose = Purpose.STAFF) -> int:  # fmt: skip
    """A person on record."""
    draft = PersonDraft(
        first_name=name, name_latin=latin, organisation=organisation, purpose=purpose
    )
    with database.session() as session:
        return holders.add_person(session, draft, vault=VAULT, actor="ann", now=1.0)


def find(database: Database, names: NameIndex | None, text: str, **more: object) -> list[int]:
    """Ids found, in order."""
    with database.reading() as session:
        found = search_people(session, text, names=names, **more)  # type: ignore[arg-type]
    assert found.total >= len(found.people)
    return [each.id for each in found.people]


@pytest.fixture
def people(database: Database) -> Iterator[Database]:
    """Some people on record."""
    for person in PEOPLE:
        add(database, *person)
    return database


def test_the_index_finds_whom_a_scan_finds_in_the_same_order(people: Database) -> None:
    """By every text, narrowed or not, page by page."""
    names = NameIndex()
    for text in TEXTS:
        for more in (
            {},
            {"purpose": Purpose.STAFF},
            {"organisation": "กรมสอง"},
            {"organisation": "ไม่มี"},
            {"offset": 1, "limit": 2},
        ):
            scanned = find(people, None, text, **more)
            assert find(people, names, text, **more) == scanned, (text, more)
    assert len(find(people, names, "")) == len(PEOPLE)
    assert len(find(people, names, "กิตติ")) == 4


def test_who_was_just_added_changed_or_erased_is_found_or_not_at_once(people: Database) -> None:
    """Whoever wrote it: a desk, an import, a statement of the nightly erase."""
    names = NameIndex()
    first = find(people, names, "กิตติ")[0]

    added = add(people, "นายกิตติพงษ์ ใหม่มาก")
    assert find(people, names, "กิตติ")[:2] == [first, added]

    with people.session() as session:
        draft = PersonDraft(first_name="นายสมชาย", last_name="เปลี่ยนชื่อ")
        holders.change_person(session, first, draft, vault=VAULT, actor="ann", now=2.0)
    assert first not in find(people, names, "กิตติ")
    assert find(people, names, "เปลี่ยน") == [first]

    with people.session() as session:
        session.execute(update(Person).where(Person.id == first).values(erased_at=3.0))
    assert find(people, names, "เปลี่ยน") == []

    with people.session() as session:
        row = GuestRow(row=1, title="นาย", first_name="แขก", last_name="งานเลี้ยง")
        guests.apply_guests(session, "gala", iter([row]))
    assert len(find(people, names, "งานเลี้ยง")) == 1


def test_who_was_just_added_is_in_the_list_without_a_text(people: Database) -> None:
    """Narrowed or not, in the place of the dictionary's order."""
    names = NameIndex()
    find(people, names, "")

    added = add(people, "นายกฤษณะ เพิ่งมา", organisation="กรมสอง")

    for more in ({}, {"purpose": Purpose.STAFF}, {"organisation": "กรมสอง"}):
        found = find(people, names, "", **more)
        assert added in found
        assert found == find(people, None, "", **more)


@pytest.mark.needs_postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite: one at a time
def test_a_change_that_is_committed_late_is_not_missed(people: Database) -> None:
    """A transaction that began before the index looked, and ended after."""
    names = NameIndex()
    with people.session() as late:
        draft = PersonDraft(first_name="มาช้า")
        holders.add_person(late, draft, vault=VAULT, actor="ann", now=1.0)
        on_time = add(people, "มาก่อน")
        assert find(people, names, "มา") == [on_time]

    assert len(find(people, names, "มา")) == 2


def test_another_database_is_loaded_whole(people: Database) -> None:
    """After a restore marks may repeat."""
    names = NameIndex()
    find(people, names, "กิตติ")
    with people.session() as session:
        session.execute(update(Person).values(mark=0))
        new_source(session)

    added = add(people, "นายกิตติพงษ์")

    assert added in find(people, names, "กิตติ")


def test_many_changes_make_the_text_anew(people: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the text stand only a few."""
    monkeypatch.setattr(name_index, "MOST_BESIDE", 3)
    names = NameIndex()
    find(people, names, "")

    for number in range(10):
        add(people, f"นายกิตติ คนที่{number}")
        assert find(people, names, "กิตติ") == find(people, None, "กิตติ")


def test_of_very_many_hits_the_best_are_shown(
    people: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that begin with the text come first, though not all hits were looked at."""
    monkeypatch.setattr(name_index, "MOST_COUNTED", 2)
    names = NameIndex()

    for text in ("ก", "กิตติ", "วงศ์"):
        for limit in (1, 2, 3):
            due = find(people, None, text, limit=limit)
            assert find(people, names, text, limit=limit) == due

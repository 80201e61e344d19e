"""People as holders: added, changed, found; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from gatekeeper.db import changes
from gatekeeper.db.engine import Database
from gatekeeper.db.tables import Audit, Person
from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.kinds import PassKind
from gatekeeper.kinds_office import DocumentKind, Employment, Purpose
from gatekeeper.office import holders
from gatekeeper.office.holders import PersonDraft
from gatekeeper.vault import Vault
from tests.unit.db.daily import add_pass

NOW = 1_790_000_000.0
VAULT = Vault(b"k" * 32)
NATIONAL = "1-1037-02071-81-1"
KITTI = PersonDraft(
    first_name="นายกิตติ ใจดี",
    name_latin="Mr. Kitti Jaidee",
    position="ผู้อำนวยการ",
    organisation="กรมทดลอง",
    employment=Employment.OFFICIAL,
    document_kind=DocumentKind.NATIONAL_ID,
    document_number=NATIONAL,
)


def add(database: Database, draft: PersonDraft = KITTI, *, keep: bool = False) -> int:
    """A person on record."""
    with database.session() as session:
        return holders.add_person(
            session, draft, vault=VAULT, keep_document=keep, actor="ann", now=NOW
        )


def change(database: Database, person: int, draft: PersonDraft, *, at: float = NOW + 5) -> bool:
    """The person as the draft says."""
    with database.session() as session:
        return holders.change_person(session, person, draft, vault=VAULT, actor="bob", now=at)


def record(database: Database, person: int) -> holders.PersonRecord:
    """The person on record."""
    with database.reading() as session:
        found = holders.person_of(session, person)
    assert found is not None
    return found


def acts(database: Database) -> list[tuple[str, str, object, object]]:
    """What the audit says: action, subject, before, after."""
    with database.reading() as session:
        query = select(Audit.action, Audit.subject, Audit.before, Audit.after).order_by(Audit.id)
        return [tuple(row) for row in session.execute(query)]


def test_a_title_typed_joined_is_split_off(database: Database) -> None:
    """The whole name in one field becomes title, first and last name."""
    person = record(database, add(database))

    assert (person.title, person.first_name, person.last_name) == ("นาย", "กิตติ", "ใจดี")
    assert person.name == "นายกิตติ ใจดี"
    assert (person.employment, person.organisation) == (Employment.OFFICIAL, "กรมทดลอง")


def test_a_number_is_kept_as_fingerprint_and_last_digits_only(database: Database) -> None:
    """Nowhere in the row nor in the audit stands the number; it is found again all the same."""
    person = add(database)

    with database.reading() as session:
        row = session.execute(select(Person.__table__)).one()
        found = holders.find_by_document(session, VAULT, DocumentKind.NATIONAL_ID, "๑๑๐๓๗๐๒๐๗๑๘๑๑")
        other = holders.find_by_document(session, VAULT, DocumentKind.OFFICIAL_CARD, NATIONAL)
    assert found == person
    assert other is None
    assert (row.document_tail, row.document_sealed) == ("1811", None)
    assert "110370207" not in f"{tuple(row)} {acts(database)}"


def test_a_number_is_sealed_whole_only_where_a_class_asks_for_it(database: Database) -> None:
    """What was sealed is the number, written in one way."""
    person = add(database, keep=True)

    with database.reading() as session:
        sealed = session.scalar(select(Person.document_sealed).where(Person.id == person))
    assert sealed is not None
    assert VAULT.unseal(sealed, holders.DOCUMENT_SEAL) == "1103702071811"
    assert record(database, person).document_kept


def test_a_second_holder_of_a_document_is_refused_and_led_to_the_first(database: Database) -> None:
    """However the number is written; nothing is added."""
    first = add(database)
    other = replace(KITTI, first_name="กิตติ", document_number="1 1037 02071 81 1")

    with pytest.raises(AlreadyOnRecord) as refused:
        add(database, other)

    assert (refused.value.kind, refused.value.row) == ("person", first)
    assert refused.value.field == "document_number"
    assert [action for action, *_ in acts(database)] == ["person.add"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (PersonDraft(last_name="ใจดี"), "first_name"),
        (replace(KITTI, email="kitti@"), "email"),
        (replace(KITTI, phone="call me"), "phone"),
        (replace(KITTI, position="ก" * 201), "position"),
        (replace(KITTI, position="a\x07b"), "position"),
        (replace(KITTI, photo="../secret.key"), "photo"),
        (replace(KITTI, document_kind=None), "document_kind"),
        (replace(KITTI, document_number=" "), "document_number"),
        (replace(KITTI, document_number="1103702071812"), "document_number"),
        (replace(KITTI, document_number="110370207181"), "document_number"),
        (
            replace(KITTI, document_kind=DocumentKind.PASSPORT, document_number="AA"),
            "document_number",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    database: Database, draft: PersonDraft, field: str
) -> None:
    """In both languages, and nothing is written."""
    with pytest.raises(UserError) as refused:
        add(database, draft)

    assert refused.value.field == field
    assert refused.value.th != str(refused.value)
    assert acts(database) == []


def test_a_refused_number_is_in_no_error_text(database: Database) -> None:
    """Error texts get into logs."""
    with pytest.raises(UserError) as refused:
        add(database, replace(KITTI, document_number="1103702071812"))

    assert "1103702071812" not in f"{refused.value} {refused.value.th} {KITTI!r}"


def test_a_change_is_recorded_with_before_and_after(database: Database) -> None:
    """Only the fields that differ; the document stays where no number was typed."""
    person = add(database)
    draft = replace(KITTI, first_name="กิตติ", last_name="ใจงาม", title="นาย", document_number="")

    assert change(database, person, draft)

    action, subject, before, after = acts(database)[-1]
    assert (action, subject) == ("person.change", f"person:{person}")
    assert (before, after) == ({"last_name": "ใจดี"}, {"last_name": "ใจงาม"})
    assert record(database, person).document_tail == "1811"
    assert record(database, person).changed_at == NOW + 5


def test_a_change_of_nothing_is_none(database: Database) -> None:
    """Neither recorded nor stamped."""
    person = add(database)

    assert not change(database, person, replace(KITTI, document_number=""))
    assert len(acts(database)) == 1
    assert record(database, person).changed_at == NOW


def test_gates_learn_of_a_changed_name_but_not_of_a_telephone_number(database: Database) -> None:
    """The change sequence moves for what a gate shows."""
    person = add(database)
    with database.session() as session:
        card = "em4100:62E3086CED"
        add_pass(session, PassKind.BADGE, credential=card, person_id=person)
        start = changes.latest(session)

    change(database, person, replace(KITTI, phone="08 1234 5678"))
    with database.reading() as session:
        assert changes.latest(session) == start
    change(database, person, replace(KITTI, first_name="นายกิตติ ใจงาม", phone="08 1234 5678"))

    with database.reading() as session:
        assert [key for _, key, _ in changes.changes_since(session, start)] == [card]


def test_a_change_over_somebody_elses_is_refused(database: Database) -> None:
    """Who opened the form before the last change is told to look again."""
    person = add(database)
    change(database, person, replace(KITTI, phone="08 1234 5678"))

    with pytest.raises(UserError, match="meanwhile"), database.session() as session:
        holders.change_person(
            session, person, KITTI, vault=VAULT, actor="bob", now=NOW + 9, seen_at=NOW
        )


def test_a_document_is_taken_off_and_freed_for_somebody_else(database: Database) -> None:
    """After a mix-up the number goes to whom it belongs."""
    person = add(database)

    change(database, person, replace(KITTI, document_kind=None, document_number=""))
    other = add(database, replace(KITTI, first_name="สมชาย"))

    assert record(database, person).document_kind is None
    assert record(database, other).document_tail == "1811"
    with pytest.raises(AlreadyOnRecord):
        change(database, person, KITTI)


def test_a_visitor_may_have_a_latin_name_alone(database: Database) -> None:
    """Foreign guests have no Thai name."""
    draft = PersonDraft(name_latin="H.E. Mr. José Núñez", purpose=Purpose.VISITOR)

    assert record(database, add(database, draft)).name == "H.E. Mr. José Núñez"


def test_a_known_document_needs_no_number(database: Database) -> None:
    """A request from outside has kept fingerprint, last digits and perhaps the seal."""
    known = holders.known_document(VAULT, DocumentKind.PASSPORT, "AA 1234567", keep=True)
    with database.session() as session:
        draft = PersonDraft(first_name="กานดา", purpose=Purpose.PRESS)
        person = holders.add_person(
            session, draft, vault=VAULT, document=known, actor="ann", now=NOW
        )

    assert record(database, person).document_tail == "4567"
    assert record(database, person).document_kind is DocumentKind.PASSPORT


def test_nobody_is_changed_who_is_not_on_record(database: Database) -> None:
    """A forged address ends in a sentence."""
    with pytest.raises(UserError, match="not on record"):
        change(database, 12345, KITTI)

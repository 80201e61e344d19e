"""The watchlist: what is the same stops everywhere, what is alike is asked, nothing is silent."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from gatekeeper.db import changes
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.tables import Person, Vehicle
from gatekeeper.db.watchlist import hits, hits_of
from gatekeeper.errors import CredentialError, UserError
from gatekeeper.kinds_office import WatchKind
from gatekeeper.model import PassKind
from gatekeeper.office import watchlist
from gatekeeper.office.plates_alike import is_near_plate, plate_key
from gatekeeper.office.watchlist import EntryDraft, Subject
from gatekeeper.thai import search_form
from gatekeeper.vault import Vault
from tests.unit.db.daily import add_pass

VAULT = Vault(bytes(32))
NOW = 1_795_000_000.0
CARD, OTHER_CARD = "uid:047BCB51962280", "uid:04AAAAAAAAAA80"
NUMBER = "1103702071811"


def person(session: Session, first: str, last: str, latin: str = "", **more: Any) -> int:
    """A stored person."""
    values = {
        "first_name": first,
        "last_name": last,
        "name_latin": latin,
        "search": f" {search_form(f'{first} {last}')} {search_form(latin)} ",
        **more,
    }
    return session.execute(insert(Person).returning(Person.id), values).scalar_one()


def add(session: Session, kind: WatchKind, **known: Any) -> int:
    """An entry, swept as the page does after it."""
    draft = EntryDraft(kind, "หมายจับ", "กันตัวไว้ โทร 1234", **known)
    entry = watchlist.add(session, VAULT, draft, actor="admin", now=NOW)
    watchlist.sweep(session, entry, actor="admin", now=NOW)
    return entry


def at_gates(session: Session) -> dict[str, bool]:
    """Credential to whether a gate stops it, of everything a gate is told."""
    return {each.credential: each.watched for each in changes.all_passes(session)}


def changed(session: Session, since: int) -> set[str]:
    """Keys that gates were told of after the change `since`."""
    return {key for _, key, _ in changes.changes_since(session, since)}


def test_a_document_that_is_watched_stops_its_holder_at_every_gate(database: Database) -> None:
    with database.session() as session:
        who = person(session, "กิตติ", "ใจดี", document_hash=VAULT.fingerprint("national_id", NUMBER))
        add_pass(session, PassKind.BADGE, credential=CARD, person_id=who)
        add_pass(
            session, PassKind.BADGE, credential=OTHER_CARD, person_id=person(session, "ก", "ข")
        )
        before = changes.latest(session)

        add(session, WatchKind.DOCUMENT, document_number="1-1037-02071-81-1")

        assert at_gates(session) == {CARD: True, OTHER_CARD: False}
        assert changed(session, before) == {CARD}
        assert watchlist.is_watched(session, "person", who, NOW)


def test_a_removed_entry_stops_nobody(database: Database) -> None:
    with database.session() as session:
        who = person(session, "กิตติ", "ใจดี", document_hash=VAULT.fingerprint("national_id", NUMBER))
        add_pass(session, PassKind.BADGE, credential=CARD, person_id=who)
        entry = add(session, WatchKind.DOCUMENT, document_number=NUMBER)
        before = changes.latest(session)

        watchlist.remove(session, entry, actor="admin", now=NOW + 1, reason="ถอนหมาย")

        assert at_gates(session) == {CARD: False}
        assert changed(session, before) == {CARD}
        with pytest.raises(UserError, match="removed already"):
            watchlist.remove(session, entry, actor="admin", now=NOW + 2, reason="again")


def test_a_card_is_stopped_whether_anybody_ever_had_it_or_not(database: Database) -> None:
    with database.session() as session:
        add_pass(session, PassKind.VISITOR, credential=OTHER_CARD)

        add(session, WatchKind.CREDENTIAL, credential=CARD)
        add(session, WatchKind.CREDENTIAL, credential=OTHER_CARD.lower())

        assert at_gates(session) == {CARD: True, OTHER_CARD: True}
        told = {key: found for _, key, found in changes.changes_since(session, 0)}
        unknown = told[CARD]
        assert unknown is not None
        assert unknown.watched


def test_a_plate_stops_its_vehicle_and_another_province_is_asked(database: Database) -> None:
    with database.session() as session:
        vehicle = session.execute(
            insert(Vehicle).returning(Vehicle.id),
            {"plate": "1กก 1234", "plate_key": plate_key("1กก 1234"), "province": "กรุงเทพมหานคร"},
        ).scalar_one()
        add(session, WatchKind.PLATE, plate="๑กก-๑๒๓๔", province="กรุงเทพมหานคร")

        assert watchlist.is_watched(session, "vehicle", vehicle, NOW)
        asked = {
            plate: watchlist.consult(
                session,
                Subject("vehicle", plate=plate, province=province),
                place="visitor desk",
                actor="desk",
                now=NOW,
            )
            for plate, province in [
                ("1กก1234", ""), ("1กก 1234", "เชียงใหม่"), ("1กก 1243", ""), ("9ขข 77", ""),
            ]
        }  # fmt: skip

        assert [len(found.stops) for found in asked.values()] == [1, 0, 0, 0]
        assert [len(found.questions) for found in asked.values()] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("name", "latin", "stops", "questions"),
    [
        ("นายกิตติ ใจดี", "", 1, 0),
        ("", "Mr Kitti JAIDEE", 1, 0),
        ("กิตติ์ ใจดี", "", 0, 1),
        ("", "Kitty Chaidi", 0, 1),
        ("สมชาย วงศ์ไทย", "Somchai Wongthai", 0, 0),
    ],
)
def test_the_same_name_stops_and_a_name_alike_is_asked(
    database: Database, name: str, latin: str, stops: int, questions: int
) -> None:
    with database.session() as session:
        add(session, WatchKind.PERSON, name="กิตติ ใจดี", name_latin="Kitti Jaidee")

        found = watchlist.consult(
            session,
            Subject("person", name=name, name_latin=latin),
            place="visitor desk",
            actor="desk",
            now=NOW,
        )

        assert (len(found.stops), len(found.questions)) == (stops, questions)
        assert found.clear == (stops + questions == 0)


def test_a_new_entry_finds_who_is_stored_already(database: Database) -> None:
    """The same name is stopped at gates at once; one alike waits for a person's word."""
    with database.session() as session:
        same, near = person(session, "กิตติ", "ใจดี"), person(session, "", "", "Kitty Chaidi")
        person(session, "สมชาย", "วงศ์ไทย")
        entry = add(session, WatchKind.PERSON, name="กิตติ ใจดี")

        met = {hit.subject_id: (hit.match, hit.stops) for hit in hits_of(session, entry_id=entry)}
        count, questions = hits(session, NOW, open_questions=True)

        assert met == {str(same): ("exact", True), str(near): ("near", False)}
        assert (count, [hit.subject_id for hit, _ in questions]) == (1, [str(near)])


def test_a_question_is_answered_once_and_holds(database: Database) -> None:
    with database.session() as session:
        near = person(session, "กิตติ์", "ใจดี")
        add_pass(session, PassKind.BADGE, credential=CARD, person_id=near)
        entry = add(session, WatchKind.PERSON, name="กิตติ ใจดี")
        subject = Subject("person", str(near), name="กิตติ์ ใจดี")
        (hit,) = hits_of(session, entry_id=entry)
        assert at_gates(session) == {CARD: False}

        watchlist.decide(session, hit.id, same=True, actor="chief", now=NOW, note="ดูรูปแล้ว")
        assert at_gates(session) == {CARD: True}
        confirmed = watchlist.consult(session, subject, place="p", actor="desk", now=NOW)
        assert len(confirmed.stops) == 1

        watchlist.decide(session, hit.id, same=False, actor="chief", now=NOW, note="คนละคน")
        assert at_gates(session) == {CARD: False}
        dismissed = watchlist.consult(session, subject, place="p", actor="desk", now=NOW)
        assert dismissed.clear


def test_a_word_without_a_reason_is_refused(database: Database) -> None:
    with database.session() as session:
        person(session, "กิตติ์", "ใจดี")
        entry = add(session, WatchKind.PERSON, name="กิตติ ใจดี")
        (hit,) = hits_of(session, entry_id=entry)

        with pytest.raises(UserError) as refused:
            watchlist.decide(session, hit.id, same=False, actor="chief", now=NOW, note="  ")

        assert refused.value.field == "note"


def test_an_entry_with_an_end_stops_until_the_worker_has_ended_it(database: Database) -> None:
    """The gates go on stopping in the doubtful moment between."""
    with database.session() as session:
        add(session, WatchKind.CREDENTIAL, credential=CARD, until_at=NOW + 60)
        before = changes.latest(session)
        assert watchlist.end_lapsed(session, now=NOW + 59) == 0
        assert at_gates(session) == {CARD: True}

        assert watchlist.end_lapsed(session, now=NOW + 60) == 1

        assert at_gates(session) == {}
        assert changed(session, before) == {CARD}


def test_every_meeting_is_on_record_without_a_name(database: Database) -> None:
    with database.session() as session:
        add(session, WatchKind.PERSON, name="กิตติ ใจดี")
        subject = Subject("person", name="กิตติ ใจดี")
        for place in ("visitor desk", "press request"):
            watchlist.consult(session, subject, place=place, actor="desk", now=NOW)

        acts = [(action, note) for _, _, action, _, note in latest_acts(session)]

        assert acts[:2] == [("watch.exact", "press request"), ("watch.exact", "visitor desk")]
        assert "กิตติ" not in repr(acts)


def test_the_desk_is_told_what_to_do_and_nothing_else(database: Database) -> None:
    with database.session() as session:
        add(session, WatchKind.PERSON, name="กิตติ ใจดี")
        subject = Subject("person", name="กิตติ ใจดี")
        found = watchlist.consult(session, subject, place="p", actor="desk", now=NOW)

        with pytest.raises(UserError) as refused:
            watchlist.refuse_watched(found)

        assert "กันตัวไว้ โทร 1234" in refused.value.th
        assert "หมายจับ" not in refused.value.th + str(refused.value)


@pytest.mark.parametrize(
    ("kind", "known", "error"),
    [
        (WatchKind.PERSON, {"name": "  "}, UserError),
        (WatchKind.DOCUMENT, {"document_number": "-"}, UserError),
        (WatchKind.PLATE, {"plate": ""}, UserError),
        (WatchKind.CREDENTIAL, {"credential": "zz"}, CredentialError),
    ],
)
def test_an_entry_that_names_nothing_is_refused(
    database: Database, kind: WatchKind, known: dict[str, str], error: type[Exception]
) -> None:
    with database.session() as session, pytest.raises(error):
        add(session, kind, **known)


def test_plates_one_slip_apart_are_near() -> None:
    key = plate_key("1กก 1234")

    assert all(is_near_plate(key, plate_key(each)) for each in ("1กก 1243", "1กด 1234", "กก 1234"))
    assert not any(is_near_plate(key, plate_key(each)) for each in ("1กก1234", "1กก 9876", "12"))

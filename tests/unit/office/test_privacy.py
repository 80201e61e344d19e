"""Personal data: erased when due and not before, nothing left of it, and the rest still proven."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from gatekeeper.db import changes, erasing
from gatekeeper.db.audit import acts, record_act
from gatekeeper.db.audit_digest import flaw
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.events import ensure_event, update_event
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.migrate import open_database
from gatekeeper.db.passes import bind_credential
from gatekeeper.db.tables import (
    Application,
    ApplicationFile,
    ApplicationMember,
    Audit,
    Base,
    ErasureRun,
    Mail,
    PassRow,
    Person,
    Vehicle,
    Visit,
    WatchEntry,
    WatchHit,
)
from gatekeeper.db.watched import load_watched
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import DocumentKind, Purpose
from gatekeeper.model import unpack_holder
from gatekeeper.office import holders, privacy
from gatekeeper.office.holders import PersonDraft
from gatekeeper.office.person_export import export_person
from gatekeeper.office.processing_record import record_of_processing
from gatekeeper.office.retention import Verdict
from gatekeeper.vault import Vault
from gatekeeper.worker.nightly import Nightly, sweep_files

VAULT = Vault(bytes(32))
NOW = 1_795_000_000.0
DAY = 86_400.0
NUMBER = "1103702071811"


def person(session: Session, last: str = "พึงลบ", days_ago: float = 4000, **more: Any) -> int:
    """Somebody taken up so long ago."""
    draft = PersonDraft(
        title="นาย",
        first_name="สมมติ",
        last_name=last,
        name_latin="Sommut Puenglob",
        position="พนักงาน",
        organisation="กรมลับ",
        purpose=Purpose.STAFF,
        email="sommut@example.go.th",
        phone="0812345678",
        photo="a" * 32 + ".jpg",
        **more,
    )
    at = NOW - days_ago * DAY
    return holders.add_person(
        session, draft, vault=VAULT, actor="issuer", now=at, keep_document=True
    )


def old_pass(session: Session, person_id: int, card: str | None = None, **more: Any) -> str:
    """A badge that was taken back four thousand days ago."""
    values = {
        "id": f"{person_id:016x}",
        "kind": "badge",
        "state": "returned",
        "class_id": "official",
        "person_id": person_id,
        "changed_at": NOW - 4000 * DAY,
        **more,
    }
    session.execute(insert(PassRow), values)
    if card is not None:
        bind_credential(session, values["id"], card)
    return str(values["id"])


def whole(session: Session) -> str:
    """Everything that is in the database, as text."""
    parts = []
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            parts.append(repr(tuple(row)))
    return "\n".join(parts)


def test_what_is_over_is_erased_and_nothing_of_it_is_left(database: Database) -> None:
    """Names, numbers and contacts are nowhere in the database; the pass stays and names nobody."""
    with database.session() as session:
        who = person(session, document_kind=DocumentKind.NATIONAL_ID, document_number=NUMBER)
        pass_id = old_pass(session, who)
        before = changes.latest(session)
        assert "พึงลบ" in whole(session)

        done = privacy.erase_due(session, NOW)

        left = whole(session)
        for trace in ("พึงลบ", "สมมติ", "puenglob", "Puenglob", "sommut@", "0812345678", NUMBER):
            assert trace not in left
        assert VAULT.fingerprint("national_id", NUMBER) not in left
        assert session.get_one(Person, who, populate_existing=True).document_tail == ""
        assert done.counts == {"people": 1}
        assert done.files == ["a" * 32 + ".jpg"]
        told = {key: found for _, key, found in changes.changes_since(session, before)}
        (compiled,) = told.values()
        assert compiled is not None
        assert compiled.id == pass_id
        holder = unpack_holder(compiled.holder)
        assert holder is not None
        assert (holder.name, holder.name_latin, holder.organisation) == ("", "", "")


def test_the_preview_counts_what_the_run_erases(database: Database) -> None:
    with database.session() as session:
        old_pass(session, person(session, "หนึ่ง"))
        old_pass(session, person(session, "สอง"))
        person(session, "ใหม่", days_ago=3)

        seen = privacy.preview(session, NOW)
        done = privacy.erase_due(session, NOW)

        assert dict(seen.people) == {"staff": 2}
        assert done.counts["people"] == 2
        assert privacy.preview(session, NOW).people == {}
        assert not privacy.erase_due(session, NOW).counts
        runs = session.scalars(select(ErasureRun.counts)).all()
        assert [dict(run) for run in runs] == [{"people": 2}]


@pytest.mark.parametrize("why", ["active", "requested", "watched", "vehicle", "young"])
def test_whoever_is_still_needed_is_kept_and_told_so(database: Database, why: str) -> None:
    with database.session() as session:
        who = person(session, days_ago=10 if why == "young" else 4000)
        if why in ("active", "requested"):
            old_pass(session, who, state=why)
        elif why == "watched":
            entry = {
                "kind": "person",
                "name": "x",
                "name_key": "x",
                "added_by": "a",
                "added_at": 1.0,
            }
            entry_id = session.execute(
                insert(WatchEntry).returning(WatchEntry.id), entry
            ).scalar_one()
            hit = {"entry_id": entry_id, "subject_kind": "person", "subject_id": str(who)}
            session.execute(insert(WatchHit), hit | {"match": "exact", "at": 1.0, "state": "open"})
        elif why == "vehicle":
            car = {"plate": "กข 1", "plate_key": "กข1", "person_id": who, "created_at": NOW}
            session.execute(insert(Vehicle), car)

        assert not privacy.erase_due(session, NOW).counts
        if why != "young":
            with pytest.raises(UserError) as refused:
                privacy.erase_person(session, who, reason="คำขอ 1", actor="admin", now=NOW)
            assert "ยังไม่สิ้นสุด" in refused.value.th
        assert session.get_one(Person, who).last_name == "พึงลบ"


def test_somebody_may_ask_to_be_erased_before_the_time(database: Database) -> None:
    with database.session() as session:
        who = person(session, days_ago=10)

        with pytest.raises(UserError, match="why is due"):
            privacy.erase_person(session, who, reason=" ", actor="admin", now=NOW)
        privacy.erase_person(session, who, reason="คำขอเลขที่ 7/2569", actor="admin", now=NOW)

        assert session.get_one(Person, who).erased_at == NOW
        (act,) = acts(session, action="privacy.erase")
        assert (act.actor, act.subject, act.note) == ("admin", f"person:{who}", "คำขอเลขที่ 7/2569")
        with pytest.raises(UserError, match="not on record"):
            privacy.erase_person(session, who, reason="again", actor="admin", now=NOW)


def test_acts_on_an_erased_person_stay_and_stay_proven(database: Database) -> None:
    """Who changed what, and when, is still on record; what it was is not."""
    with database.session() as session:
        who = person(session)
        record_act(session, "issuer", "person.change", f"person:{who}", after={"last_name": "พึงลบ"})
        rows = select(Audit).where(Audit.subject == f"person:{who}")
        digests = {row.key: row.digest for row in session.scalars(rows)}

        privacy.erase_due(session, NOW)

        session.expire_all()
        left = session.scalars(rows).all()
        assert len(left) == len(digests) >= 2
        for row in left:
            assert (row.note, row.before, row.after) == ("", None, None)
            columns = {
                name: getattr(row, name) for name in (c.name for c in Audit.__table__.columns)
            }
            assert flaw(columns, digests[row.key]) == ""


def test_guests_go_when_their_event_is_long_over_and_not_without_a_date(database: Database) -> None:
    guest = GuestRow(row=1, external_key="1", first_name="แขก", last_name="งานเก่า", group="ทูต")
    with database.session() as session:
        for slug in ("past", "undated"):
            ensure_event(session, slug)
            apply_guests(session, slug, [guest])
        update_event(session, "past", ends_at=NOW - 181 * DAY)

        seen = privacy.preview(session, NOW)
        done = privacy.erase_due(session, NOW)

        assert (dict(seen.people), seen.endless) == ({"event": 1}, 1)
        assert done.counts == {"people": 1}


def test_requests_that_are_decided_lose_their_people_and_files(database: Database) -> None:
    def application(state: str, decided: float | None) -> int:
        values = {
            "reference": f"R{state}", "secret_hash": "0" * 64, "form": "press", "class_id": "press",
            "state": state, "contact_name": "ผู้ขอ", "contact_email": "who@example.test",
            "details": {"editor": "บก."}, "received_at": 1.0, "changed_at": 1.0,
            "decided_at": decided,
        }  # fmt: skip
        made = session.execute(insert(Application).returning(Application.id), values).scalar_one()
        member = {"application_id": made, "first_name": "สมาชิก", "photo": f"{state}.jpg"}
        session.execute(insert(ApplicationMember), member)
        file = {"application_id": made, "kind": "letter", "key": f"{state}.pdf", "name": "ลับ.pdf"}
        more = {"media_type": "application/pdf", "size": 1, "sha256": "0" * 64, "at": 1.0}
        session.execute(insert(ApplicationFile), file | more)
        return int(made)

    with database.session() as session:
        gone, kept = application("refused", NOW - 366 * DAY), application("checked", None)
        mail = {"at": 1.0, "recipient": "a@example.test", "subject": "s", "body": "b"}
        session.execute(insert(Mail), mail | {"sent_at": NOW - 91 * DAY})

        done = privacy.erase_due(session, NOW)

        assert done.counts == {"applications": 1, "letters": 1}
        assert sorted(done.files) == ["refused.jpg", "refused.pdf"]
        names = dict(session.execute(select(Application.id, Application.contact_name)).all())
        assert names == {gone: "", kept: "ผู้ขอ"}


def test_days_are_settings_and_nonsense_is_refused(database: Database) -> None:
    with database.session() as session:
        who = person(session, days_ago=100)
        privacy.set_days(session, {"staff": 99}, actor="admin", now=NOW)

        assert privacy.retention_days(session)["staff"] == 99
        assert privacy.erase_due(session, NOW).counts == {"people": 1}
        assert session.get_one(Person, who).erased_at == NOW
        for days in ({"staff": 0}, {"staff": 99_999}, {"nobody": 5}):
            with pytest.raises(UserError):
                privacy.set_days(session, days, actor="admin", now=NOW)
        (act,) = acts(session, action="privacy.retention")
        assert (act.before, act.after) == ({"staff": 730}, {"staff": 99})


def test_one_person_gets_everything_that_is_kept(database: Database) -> None:
    with database.session() as session:
        who = person(session, document_kind=DocumentKind.NATIONAL_ID, document_number=NUMBER)
        pass_id = old_pass(session, who)

        found = export_person(session, VAULT, who, reason="คำขอ 3", actor="dpo", now=NOW)

        assert found["person"][0]["document_number"] == NUMBER
        assert found["person"][0]["last_name"] == "พึงลบ"
        assert [each["id"] for each in found["passes"]] == [pass_id]
        assert "issuer" not in repr(found["who_did_what"])
        (act,) = acts(session, action="privacy.export")
        assert (act.actor, act.subject) == ("dpo", f"person:{who}")


def test_a_key_that_is_not_the_one_is_said_in_its_place(database: Database) -> None:
    with database.session() as session:
        who = person(session, document_kind=DocumentKind.NATIONAL_ID, document_number=NUMBER)

        found = export_person(session, Vault(b"1" * 32), who, reason="r", actor="dpo", now=NOW)

        assert "cannot be opened" in found["person"][0]["document_number"]


def test_the_record_of_processing_has_every_purpose_and_class(database: Database) -> None:
    with database.session() as session:
        privacy.set_days(session, {"visitor": 30}, actor="admin", now=NOW)
        lines = {line.purpose: line for line in record_of_processing(session)}

    assert set(lines) == set(Purpose)
    assert lines[Purpose.VISITOR].days == 30
    assert sum(len(line.classes) for line in lines.values()) == 13


def test_the_night_is_made_up_for_once_and_only_once(database: Database, tmp_path: Path) -> None:
    """02:30 in Bangkok is 19:30 UTC the day before; NOW is 18 November 2026, 11:06 UTC."""
    with database.session() as session:
        old_pass(session, person(session))
    photo = tmp_path / "photos" / ("a" * 32 + ".jpg")
    photo.parent.mkdir()
    photo.write_bytes(b"x")
    night = Nightly(database, tmp_path, "Asia/Bangkok")

    assert night.run_if_due(NOW)
    assert not photo.exists()
    assert not night.run_if_due(NOW + 60)
    assert not Nightly(database, tmp_path, "Asia/Bangkok").run_if_due(NOW + 8 * 3600)
    assert Nightly(database, tmp_path, "Asia/Bangkok").run_if_due(NOW + 9 * 3600)


def test_files_that_nothing_names_go_and_others_stay(database: Database, tmp_path: Path) -> None:
    with database.session() as session:
        person(session)
    folder = tmp_path / "photos"
    folder.mkdir()
    named, orphan, theirs = "a" * 32 + ".jpg", "b" * 32 + ".jpg", "holiday.jpg"
    for name in (named, orphan, theirs):
        (folder / name).write_bytes(b"x")
    later = (folder / orphan).stat().st_mtime + 2 * DAY

    assert sweep_files(database, tmp_path, later - 2 * DAY) == 0
    assert sweep_files(database, tmp_path, later) == 1
    assert {path.name for path in folder.iterdir()} == {named, theirs}


def test_what_is_erased_is_overwritten_in_the_file(tmp_path: Path) -> None:
    """SQLite would keep it in free pages; that it was in the file before is looked at first."""
    file = tmp_path / "main.sqlite3"
    database = open_database(f"sqlite:///{file}")

    def in_file() -> bool:
        with database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            connection.rollback()
            assert driver.execute("PRAGMA secure_delete").fetchone() == (1,)
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return "พึงลบ".encode() in file.read_bytes()

    with database.session() as session:
        person(session)
    assert in_file()
    with database.session() as session:
        privacy.erase_due(session, NOW)

    assert not in_file()
    database.close()


@pytest.mark.parametrize("seed", range(4))
def test_the_database_leaves_out_only_whom_the_rule_keeps(database: Database, seed: int) -> None:
    """What it is not asked to judge any more would all have been kept."""
    chance = random.Random(seed)
    moments = (None, 0.0, NOW - 5000 * DAY, NOW - 400 * DAY, NOW - 40 * DAY, NOW, NOW + 40 * DAY)
    with database.session() as session:
        undated = ensure_event(session, "undated")
        dated = ensure_event(session, "dated")
        update_event(session, "dated", ends_at=NOW - 900 * DAY)
        for number in range(300):
            made = chance.choice((0.0, NOW - 5000 * DAY, NOW - 30 * DAY))
            someone = Person(created_at=made, purpose=chance.choice(list(Purpose)).value)
            session.add(someone)
            session.flush()
            for each in range(chance.randrange(3)):
                event = chance.choice((None, None, None, undated, dated))
                session.add(
                    PassRow(
                        id=f"{number:08x}{each:08x}",
                        state=chance.choice(list(PassState)).value,
                        person_id=someone.id,
                        event_id=None if event is None else event.id,
                        class_id=chance.choice(("official", "visitor")) if event is None else None,
                        valid_until=chance.choice(moments),
                        changed_at=chance.choice(moments[1:]),
                    )
                )
            if chance.random() < 0.2:
                state = chance.choice(("open", "closed", "expected"))
                session.add(
                    Visit(person_id=someone.id, purpose="meeting", state=state,
                          closed_at=NOW - 4000 * DAY if state == "closed" else None)
                )  # fmt: skip
            if chance.random() < 0.1:
                session.add(Vehicle(plate=str(number), plate_key=str(number), person_id=someone.id))

    with database.reading() as session:
        asked = {
            record.id: verdict
            for record, verdict in privacy._judged(
                session, privacy.retention_days(session), load_watched(session), NOW
            )
        }
        whole = {
            record.id: verdict
            for part in erasing.people(session)
            for record, verdict in privacy._verdicts(
                part, privacy.retention_days(session), load_watched(session), NOW
            )
        }
        shown = privacy.preview(session, NOW)

    decided = {Verdict.DUE, Verdict.ENDLESS}
    assert {k: v for k, v in asked.items() if v in decided} == {
        k: v for k, v in whole.items() if v in decided
    }
    counts = Counter(whole.values())
    assert (shown.held, shown.endless) == (counts[Verdict.HOLD], counts[Verdict.ENDLESS])
    assert sum(shown.people.values()) == counts[Verdict.DUE]
    assert counts[Verdict.DUE] > 5
    assert len(asked) < len(whole)

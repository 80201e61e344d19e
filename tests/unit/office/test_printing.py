"""Printing: recorded, refused where it must be, and touching nothing but its own record."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import func, select

from gatekeeper.config_print import PrintSettings
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.changes import latest
from gatekeeper.db.engine import Database
from gatekeeper.db.pass_classes import class_by_id, list_classes
from gatekeeper.db.passes import pass_by_credential
from gatekeeper.db.prints import Choice, print_facts, prints_of, to_print, waiting_by_class
from gatekeeper.db.tables import Credential, PassRow, Person, PrintJob
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.office.badge_values import Form, SiteTexts
from gatekeeper.office.print_site import badge_preview, photos_in, preview, site_texts
from gatekeeper.office.printing import PRINTABLE, QUEUE, PrintOrder, make, record
from tests.unit.office.office_passes import AT, add_badge, add_permit, pass_row

SITE = SiteTexts("สถานที่ทดลอง", "Trial site", conditions_badge=("ติดบัตร",))


def no_photo(_key: str) -> bytes | None:
    """None is stored."""
    return None


def order(*pass_ids: str, **values: Any) -> PrintOrder:
    """An order of `maker`."""
    values.setdefault("batch", "b" * 16)
    return PrintOrder(pass_ids=pass_ids, actor="maker", at=AT, **values)


def jobs(database: Database) -> int:
    """How many prints are recorded."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(PrintJob)) or 0


def test_a_print_is_recorded_with_who_when_and_how(database: Database) -> None:
    """One row, the printed issue, an act for the auditors; the document is a PDF."""
    pass_id = add_badge(database)

    pdf = make(database, order(pass_id, form=Form.CARDS), SITE, no_photo)

    with database.reading() as session:
        (job,) = prints_of(session, pass_id)
        act = latest_acts(session, 1)[0]
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 2
    assert (job.actor, job.at, job.layout, job.issue, job.reason) == ("maker", AT, "cards", 1, "")
    assert pass_row(database, pass_id).printed_issue == 1
    assert act[1:4] == ("maker", "pass.print", pass_id)


@pytest.mark.parametrize("state", PRINTABLE)
def test_printing_changes_neither_state_nor_anything_at_a_gate(
    database: Database, state: PassState
) -> None:
    """A badge in a drawer is not in force, and printing it is nobody's arrival."""
    pass_id = add_badge(database, state)
    tag = "uid:04A1B2C3D4E5F6"
    with database.session() as session:
        session.add(Credential(value=tag, pass_id=pass_id, bound=True))
    with database.reading() as session:
        before = (latest(session), pass_by_credential(session, tag))

    make(database, order(pass_id), SITE, no_photo)

    with database.reading() as session:
        assert (latest(session), pass_by_credential(session, tag)) == before
    assert pass_row(database, pass_id).state == state


@pytest.mark.parametrize("state", [s for s in PassState if s not in PRINTABLE])
def test_what_is_not_approved_or_is_over_is_never_printed(
    database: Database, state: PassState
) -> None:
    """Not even beside one that may be: the order is refused whole."""
    good, bad = add_badge(database), add_badge(database, state)

    with pytest.raises(UserError, match=pass_row(database, bad).number or "?"):
        make(database, order(good, bad), SITE, no_photo)

    assert jobs(database) == 0
    assert pass_row(database, good).printed_issue == 0


def test_a_second_print_needs_a_reason_and_keeps_it(database: Database) -> None:
    """The first print of the next issue does not."""
    pass_id = add_badge(database)
    make(database, order(pass_id), SITE, no_photo)

    with pytest.raises(UserError) as caught:
        make(database, order(pass_id, reason="  "), SITE, no_photo)
    make(database, order(pass_id, reason="บัตรชำรุด"), SITE, no_photo)
    with database.session() as session:
        session.get_one(PassRow, pass_id).issue = 2
    make(database, order(pass_id), SITE, no_photo)

    with database.reading() as session:
        found = [(job.issue, job.reason) for job in prints_of(session, pass_id)]
        acts = [act[2] for act in latest_acts(session, 3)]
    assert caught.value.field == "reason"
    assert found == [(2, ""), (1, "บัตรชำรุด"), (1, "")]
    assert acts == ["pass.print", "pass.reprint", "pass.print"]


def test_what_changed_while_it_was_drawn_is_not_recorded_as_printed(database: Database) -> None:
    """Neither a pass that was revoked meanwhile nor a name that was corrected."""
    revoked, renamed = add_badge(database), add_badge(database)
    with database.reading() as session:
        drawn = {each: print_facts(session, [each]) for each in (revoked, renamed)}
    with database.session() as session:
        session.get_one(PassRow, revoked).state = "revoked"
        person = session.get_one(PassRow, renamed).person_id
        session.get_one(Person, person).last_name = "ใจงาม"

    for pass_id, message in ((revoked, "revoked"), (renamed, "changed meanwhile")):
        with pytest.raises(UserError, match=message), database.session() as session:
            record(session, order(pass_id), drawn[pass_id])

    assert jobs(database) == 0


def test_two_who_print_the_same_pass_record_one_first_print(database: Database) -> None:
    """The second is told that it was printed, although both had it drawn."""
    pass_id = add_badge(database)
    with database.reading() as session:
        drawn = print_facts(session, [pass_id])
    with database.session() as session:
        record(session, order(pass_id), drawn)

    with pytest.raises(UserError, match="printed before"), database.session() as session:
        record(session, order(pass_id), drawn)

    assert jobs(database) == 1


def test_a_code_that_opens_a_gate_is_never_printed(database: Database) -> None:
    """A badge that somebody photographs must open nothing."""
    pass_id = add_badge(database)
    number = pass_row(database, pass_id).number
    with database.session() as session:
        session.add(Credential(value=f"qr:{number}", pass_id=pass_id, bound=True))

    with pytest.raises(UserError, match="bound as a credential"):
        make(database, order(pass_id), SITE, no_photo)


def test_letters_without_a_glyph_stop_the_print_by_name(database: Database) -> None:
    """Boxes on a badge are no name."""
    pass_id = add_badge(database, latin="李 Wei")

    with pytest.raises(UserError, match="李"):
        make(database, order(pass_id), SITE, no_photo)


@pytest.mark.parametrize("pass_ids", [(), ("nobody",)])
def test_an_order_for_nothing_is_refused(database: Database, pass_ids: tuple[str, ...]) -> None:
    """Neither an empty one nor an unknown pass is printed."""
    with pytest.raises(UserError):
        make(database, order(*pass_ids), SITE, no_photo)


def test_the_queue_holds_what_waits_oldest_first(database: Database) -> None:
    """Approved or made, not printed in its present issue; visitors' cards and guests never."""
    late = add_badge(database, created_at=AT + 5)
    early = add_badge(database, "made")
    add_badge(database, printed_issue=1)
    add_badge(database, "requested")
    add_badge(database, "active")
    add_badge(database, kind="visitor")
    car = add_permit(database, created_at=AT + 9)

    with database.reading() as session:
        total, found = to_print(session, Choice(QUEUE))
        classes = [(each.class_id, each.count) for each in waiting_by_class(session, QUEUE)]
        _, of_class = to_print(session, Choice(QUEUE, "official"), offset=1, limit=1)

    assert (total, [one.pass_id for one in found]) == (3, [early, late, car])
    assert classes == [("official", 2), ("private_vehicle", 1)]
    assert [one.pass_id for one in of_class] == [late]


def test_a_permit_says_the_vehicle_and_not_who_answers_for_it(database: Database) -> None:
    """A windscreen is open to everybody."""
    person = add_badge(database)
    pass_id = add_permit(database, person_id=pass_row(database, person).person_id)

    with database.reading() as session:
        (facts,) = print_facts(session, [pass_id])

    assert facts.vehicle == "Toyota Vios สีขาว"
    assert facts.name == facts.name_latin == ""


def test_a_preview_records_nothing_whatever_the_state(database: Database) -> None:
    """Officers look before they approve."""
    pass_id = add_badge(database, "requested")

    with database.reading() as session:
        pdf = preview(session, [pass_id], SITE, no_photo, lying=False, made_at=AT)

    assert "SPECIMEN" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert jobs(database) == 0


def test_every_shipped_class_has_a_preview(database: Database) -> None:
    """Front and back, marked as a specimen."""
    with database.reading() as session:
        classes = list_classes(session)
        official = class_by_id(session, "official")

    assert official in classes
    for each in classes:
        pages = PdfReader(io.BytesIO(badge_preview(each, SITE, made_at=AT))).pages
        assert len(pages) == 2, each.id


def test_photos_come_from_their_folder_and_from_nowhere_else(tmp_path: Path) -> None:
    """A key is a name of ours; what is damaged or gone is as none."""
    key, damaged = "a" * 32 + ".jpg", "b" * 32 + ".jpg"
    Image.new("RGB", (60, 75), "#777777").save(tmp_path / key)
    (tmp_path / damaged).write_bytes((tmp_path / key).read_bytes()[:200])
    (tmp_path.parent / "secret.key").write_bytes(b"x")
    photo = photos_in(tmp_path)

    assert photo(key) == (tmp_path / key).read_bytes()
    assert [photo(k) for k in (damaged, "c" * 32 + ".jpg", "../secret.key", "")] == [None] * 4


def test_a_crest_that_is_no_picture_is_named(tmp_path: Path) -> None:
    """Not printed without it in silence; without a crest the names stand alone."""
    settings = PrintSettings()
    assert site_texts(tmp_path, "ก", "a", "Asia/Bangkok", settings).crest is None

    (tmp_path / "crest.png").write_text("<svg/>")

    with pytest.raises(UserError, match=r"crest\.png"):
        site_texts(tmp_path, "ก", "a", "Asia/Bangkok", settings)

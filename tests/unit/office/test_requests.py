"""Requests from outside: taken up, asked back, checked by one, approved by another."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from gatekeeper.db import requests as rows
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database
from gatekeeper.db.holder_values import PersonDraft
from gatekeeper.db.mail import letters_of
from gatekeeper.db.passes import passes_by_id
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import ApplicationState as State
from gatekeeper.kinds_office import DocumentKind, WatchKind
from gatekeeper.office import request_holders, watchlist
from gatekeeper.office import requests as office
from gatekeeper.office.documents import Stored
from gatekeeper.office.holders import add_person, person_of
from gatekeeper.office.request_intake import (
    A_DAY_OF_ONE,
    FileDraft,
    MemberDraft,
    Receipt,
    RequestDraft,
    find,
    submit,
)
from gatekeeper.office.request_view import acts_for, times, view
from gatekeeper.vault import Vault

ZONE = ZoneInfo("Asia/Bangkok")
NOW = 1_796_000_000.0
DAY = 86_400.0

PRESS = RequestDraft(
    form="press",
    organisation="หนังสือพิมพ์ทดลอง",
    contact_name="สมศรี ประสานดี",
    contact_email="somsri@example.com",
    contact_phone="02 123 4567",
    purpose="ทำข่าว",
    valid_from=NOW,
    valid_until=NOW + 10 * DAY,
    language="th",
    details={"outlet": "newspaper"},
    members=(MemberDraft("นาย", "ทดลอง", "ข่าวดี", "Thodlong", "ผู้สื่อข่าว", "passport", "AA1234567"),),
    files=(FileDraft("letter", Stored("0a.pdf", "application/pdf", 9, "f" * 64), "จดหมาย.pdf"),),
)
TEAM = replace(
    PRESS,
    form="broadcast",
    members=(
        *PRESS.members,
        MemberDraft("นางสาว", "ใส", "เสียงดี", "", "ช่างเสียง", "passport", "BB7654321"),
        MemberDraft(plate="1กก 1234", province="กรุงเทพมหานคร"),
    ),
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Keys of this installation."""
    return Vault.of(tmp_path)


class Desk:
    """A database with what the tests do in it."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault

    def send(self, draft: RequestDraft = PRESS, now: float = NOW) -> tuple[int, Receipt]:
        """A request taken up; its id and receipt."""
        files = tuple(
            replace(each, stored=replace(each.stored, key=f"{secrets.token_hex(8)}.pdf"))
            for each in draft.files
        )
        with self.database.session() as session:
            draft = replace(draft, files=files)
            receipt = submit(session, self.vault, draft, now=now, zone=ZONE)
            found = rows.request_by_reference(session, receipt.reference)
            assert found is not None
            return found.id, receipt

    def act(self, function: Any, *values: Any, **named: Any) -> Any:
        """One act in its own transaction."""
        with self.database.session() as session:
            return function(session, *values, **{"now": NOW + 60, **named})

    def approve(self, request_id: int, actor: str = "two") -> list[str]:
        """Approve it."""
        made: list[str] = self.act(office.approve, self.vault, request_id, actor=actor, zone=ZONE)
        return made

    def members(self, request_id: int) -> list[rows.Member]:
        """Whom it is about."""
        with self.database.reading() as session:
            return rows.members_of(session, request_id)

    def state(self, request_id: int) -> State:
        """How it stands."""
        with self.database.reading() as session:
            found = rows.request_by_id(session, request_id)
            assert found is not None
            return found.state

    def letters(self, request_id: int) -> list[str]:
        """Subjects of its letters."""
        with self.database.reading() as session:
            return [letter.subject for letter in letters_of(session, request_id)]


@pytest.fixture
def desk(database: Database, vault: Vault) -> Desk:
    """On SQLite and on PostgreSQL."""
    return Desk(database, vault)


def test_a_request_is_taken_up_whole(desk: Desk) -> None:
    """Reference, secret, member without the number, document, letter and record."""
    request_id, receipt = desk.send()

    assert re.fullmatch(r"PR\d\d-[2-9A-Z]{7}", receipt.reference)
    (member,) = desk.members(request_id)
    assert (member.name, member.document_tail) == ("นายทดลอง ข่าวดี", "4567")
    assert member.document_hash == desk.vault.fingerprint("passport", "AA 123 4567")
    with desk.database.reading() as session:
        assert [file.name for file in rows.files_of(session, request_id)] == ["จดหมาย.pdf"]
        (letter,) = letters_of(session, request_id)
        acts = latest_acts(session)
    assert (letter.recipient, letter.sent_at) == ("somsri@example.com", None)
    assert receipt.secret in letter.body
    assert ("request.receive", f"request:{request_id}") in [(act[2], act[3]) for act in acts]


@pytest.mark.parametrize("how", [str, str.lower, lambda text: text.replace("-", " ")])
def test_reference_and_secret_show_it_however_they_are_typed(desk: Desk, how: Any) -> None:
    """People copy them from paper."""
    request_id, receipt = desk.send()

    with desk.database.reading() as session:
        found = find(session, how(receipt.reference), how(receipt.secret))

    assert found is not None
    assert found.id == request_id


def test_either_wrong_is_nothing(desk: Desk) -> None:
    """And nothing says which of the two it was."""
    _, receipt = desk.send()
    _, other = desk.send()

    with desk.database.reading() as session:
        assert find(session, receipt.reference, other.secret) is None
        assert find(session, "PR69-2222222", receipt.secret) is None
        assert find(session, receipt.reference, "") is None
        assert find(session, "", receipt.secret) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contact_email": "nobody"}, "email"),
        ({"contact_email": ""}, "contact_email"),
        ({"valid_until": NOW - DAY}, "valid_until"),
        ({"valid_until": NOW + 4000 * DAY}, "valid_until"),
        ({"members": ()}, "members"),
        ({"members": PRESS.members * 2}, "members"),
        ({"members": (replace(PRESS.members[0], document_number="12"),)}, "document_number"),
        ({"members": (replace(PRESS.members[0], document_kind="library"),)}, "document_kind"),
        ({"members": (replace(PRESS.members[0], first_name="", name_latin=""),)}, "first_name"),
        ({"form": "visit"}, ""),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_nothing_is_kept(
    desk: Desk, change: dict[str, Any], field: str
) -> None:
    """In one transaction, with the field that it is about."""
    with pytest.raises(UserError) as refused:
        desk.send(replace(PRESS, **change))

    assert refused.value.field == field
    with desk.database.reading() as session:
        assert rows.queue(session)[1] == 0


def test_one_address_cannot_flood_the_queue(desk: Desk) -> None:
    """Five a day; tomorrow again."""
    for _ in range(A_DAY_OF_ONE):
        desk.send()

    with pytest.raises(UserError, match="within a day"):
        desk.send()
    desk.send(replace(PRESS, contact_email="another@example.com"))
    desk.send(replace(PRESS, valid_from=None), now=NOW + DAY + 1)


def test_one_checks_and_another_approves(desk: Desk) -> None:
    """Then there is a holder, and a pass that both of them answer for."""
    request_id, receipt = desk.send()
    desk.act(office.check, request_id, actor="one")

    with pytest.raises(UserError, match="another officer"):
        desk.approve(request_id, "one")
    (pass_id,) = desk.approve(request_id)

    (member,) = desk.members(request_id)
    with desk.database.reading() as session:
        assert passes_by_id(session, [pass_id])[pass_id].state is PassState.APPROVED
        person = person_of(session, member.person_id or 0)
        made = view(session, receipt.reference, actor="two")
    assert person is not None
    assert (person.name, person.organisation) == ("นายทดลอง ข่าวดี", "หนังสือพิมพ์ทดลอง")
    assert (person.document_tail, person.document_kept) == ("4567", True)
    assert made is not None
    assert made.members[0].pass_id == pass_id
    assert made.members[0].pass_number.startswith("PR")
    assert desk.letters(request_id)[-1].endswith("ได้รับอนุมัติ")


def test_nothing_is_approved_unchecked_or_twice(desk: Desk) -> None:
    """Each step from its own state only."""
    request_id, _ = desk.send()

    with pytest.raises(UserError, match="received now"):
        desk.approve(request_id)
    desk.act(office.check, request_id, actor="one")
    desk.approve(request_id)
    with pytest.raises(UserError, match="approved now"):
        desk.approve(request_id)
    with pytest.raises(UserError, match="approved now"):
        desk.act(office.withdraw, request_id)


def test_what_is_asked_is_answered_and_checked_anew(desk: Desk) -> None:
    """An answer may change everything: the first check counts no more."""
    request_id, _ = desk.send()
    desk.act(office.check, request_id, actor="one")

    desk.act(office.ask, request_id, "ขอหนังสือฉบับใหม่\nที่ลงนามแล้ว", actor="two")
    with pytest.raises(UserError, match="answer or a file"):
        desk.act(office.answer, request_id, " ", ())
    desk.act(office.answer, request_id, "ส่งแล้ว", PRESS.files[:0])

    with desk.database.reading() as session:
        request = rows.request_by_id(session, request_id)
        notes = [(note.author, note.kind, note.text) for note in rows.notes_of(session, request_id)]
    assert request is not None
    assert (request.state, request.checked_by) == (State.RECEIVED, "")
    assert notes[-2:] == [
        ("two", "asked", "ขอหนังสือฉบับใหม่\nที่ลงนามแล้ว"),
        ("", "answered", "ส่งแล้ว"),
    ]


def test_a_refusal_has_a_reason_that_the_applicant_reads(desk: Desk) -> None:
    """Nobody is refused without a word."""
    request_id, _ = desk.send()

    with pytest.raises(UserError) as missing:
        desk.act(office.refuse, request_id, "  ", actor="one")
    desk.act(office.refuse, request_id, "เอกสารไม่ครบ", actor="one")

    assert missing.value.field == "reason"
    assert desk.state(request_id) is State.REFUSED
    with desk.database.reading() as session:
        assert "เอกสารไม่ครบ" in letters_of(session, request_id)[-1].body


def test_a_team_gets_a_pass_each_and_its_vehicle_a_permit(desk: Desk) -> None:
    """One of the list may be left out, with a reason that the letter tells."""
    request_id, receipt = desk.send(TEAM)
    _, sound, _ = desk.members(request_id)
    desk.act(office.decide_member, request_id, sound.id, admit=False, reason="ไม่มีรูป", actor="one")
    desk.act(office.check, request_id, actor="one")
    with pytest.raises(UserError, match="checked now"):
        desk.act(office.decide_member, request_id, sound.id, admit=True, reason="", actor="one")

    passes = desk.approve(request_id)

    with desk.database.reading() as session:
        shown = view(session, receipt.reference, actor="x")
        body = letters_of(session, request_id)[-1].body
    assert shown is not None
    assert len(passes) == 2
    assert [item.pass_number[:2] for item in shown.members] == ["BC", "", "PV"]
    assert "ใส เสียงดี: ไม่มีรูป" in body


def test_a_known_holder_is_chosen_by_a_person_never_merged(desk: Desk) -> None:
    """The same document: nothing is made until somebody says that it is the same one."""
    with desk.database.session() as session:
        known = add_person(
            session,
            PersonDraft(
                title="นาย",
                first_name="ทดลอง",
                last_name="ข่าวเก่า",
                document_kind=DocumentKind.PASSPORT,
                document_number="AA1234567",
            ),
            vault=desk.vault,
            actor="one",
            now=NOW,
        )
    request_id, _ = desk.send()
    desk.act(office.check, request_id, actor="one")
    (member,) = desk.members(request_id)

    with pytest.raises(UserError, match="on record already"):
        desk.approve(request_id)
    with pytest.raises(UserError, match="not alike"):
        desk.act(request_holders.link, member, known + 77, actor="two")
    desk.act(request_holders.link, member, known, actor="two")
    desk.approve(request_id)

    with desk.database.reading() as session:
        person = person_of(session, known)
    assert person is not None
    assert (person.last_name, person.position) == ("ข่าวเก่า", "ผู้สื่อข่าว")
    assert desk.members(request_id)[0].person_id == known


def test_who_is_watched_for_is_neither_checked_nor_approved(desk: Desk) -> None:
    """The hit stays on record though the act is refused; the applicant is told nothing."""
    draft = watchlist.EntryDraft(
        kind=WatchKind.DOCUMENT,
        document_kind=DocumentKind.PASSPORT,
        document_number="AA1234567",
        reason="ทดสอบ",
        instruction="โทร 191",
    )
    desk.act(watchlist.add, desk.vault, draft, actor="admin")
    request_id, receipt = desk.send()

    with pytest.raises(UserError, match="watchlist"):
        desk.act(office.check, request_id, actor="one")

    with desk.database.session() as session:
        shown = view(session, receipt.reference, actor="one")
        assert "request.read" in [act[2] for act in latest_acts(session)]
        bodies = "".join(letter.body for letter in letters_of(session, request_id))
    assert shown is not None
    assert shown.members[0].watched == "stop"
    assert not {"191", "เฝ้าระวัง"} & set(bodies.split())


def test_what_an_officer_may_do_now(desk: Desk) -> None:
    """Who checked it is not offered to approve it."""
    request_id, _ = desk.send()

    def acts(actor: str) -> list[str]:
        with desk.database.reading() as session:
            found = rows.request_by_id(session, request_id)
            assert found is not None
            return acts_for(found, actor)

    assert acts("one") == ["check", "ask", "refuse"]
    desk.act(office.check, request_id, actor="one")
    assert acts("one") == ["ask", "refuse"]
    assert acts("two") == ["approve", "ask", "refuse"]
    desk.approve(request_id)
    assert acts("one") == ["ready"]


def test_the_queue_begins_with_the_oldest(desk: Desk) -> None:
    """And is narrowed by state, form and text."""
    first, _ = desk.send(now=NOW - 100)
    second, _ = desk.send(replace(TEAM, organisation="สถานี 100%"), now=NOW - 50)
    desk.act(office.refuse, second, "ซ้ำ", actor="one")
    third, receipt = desk.send(replace(TEAM, organisation="สถานี 7"))

    with desk.database.reading() as session:
        ids = [each.id for each in rows.queue(session)[0]]
        refused = rows.queue(session, states=[State.REFUSED])[0]
        percent = rows.queue(session, states=list(State), text="100%")[0]
        by_reference = rows.queue(session, text=receipt.reference[3:])[0]
        took = times(session, NOW + 60, ZONE)

    assert ids == [first, third]
    assert [each.id for each in refused] == [each.id for each in percent] == [second]
    assert [each.id for each in by_reference] == [third]
    assert [each.members for each in percent] == [3]
    assert (took.decided, took.median_hours) == (1, round(110 / 3600, 2))


ACTS = ("check", "ask", "answer", "withdraw", "refuse", "approve")


@pytest.mark.parametrize("steps", [25])
def test_no_path_leads_to_a_pass_without_two_officers(
    desk: Desk, steps: int, tmp_path: Path
) -> None:
    """Against a plain model: every act in any order by either of two officers."""

    class Model(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.number = getattr(desk, "number", 0) + 1
            desk.number = self.number  # type: ignore[attr-defined]
            member = replace(PRESS.members[0], document_number=f"AA{self.number:07}")
            email = f"n{self.number}@example.com"
            self.id, _ = desk.send(replace(PRESS, contact_email=email, members=(member,)))
            self.state, self.checker = "received", ""

        @rule(act=st.sampled_from(ACTS), actor=st.sampled_from(["one", "two"]))
        def step(self, act: str, actor: str) -> None:
            after = {
                ("received", "check"): "checked", ("received", "ask"): "asked",
                ("checked", "ask"): "asked", ("asked", "answer"): "received",
                ("checked", "approve"): "approved",
            }.get((self.state, act))  # fmt: skip
            if act in ("refuse", "withdraw") and self.state in ("received", "checked", "asked"):
                after = {"refuse": "refused", "withdraw": "withdrawn"}[act]
            if act == "approve" and actor == self.checker:
                after = None
            calls = {
                "check": lambda: desk.act(office.check, self.id, actor=actor),
                "ask": lambda: desk.act(office.ask, self.id, "?", actor=actor),
                "answer": lambda: desk.act(office.answer, self.id, "!", ()),
                "withdraw": lambda: desk.act(office.withdraw, self.id),
                "refuse": lambda: desk.act(office.refuse, self.id, "no", actor=actor),
                "approve": lambda: desk.approve(self.id, actor),
            }
            if after is None:
                with pytest.raises(UserError):
                    calls[act]()
            else:
                calls[act]()
                self.checker = {"check": actor, "ask": ""}.get(act, self.checker)
                self.state = after
            assert desk.state(self.id) == self.state
            with desk.database.reading() as session:
                made = rows.passes_of_members(session, self.id)
            assert bool(made) == (self.state == "approved")

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Model,
        settings=settings(
            max_examples=12,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

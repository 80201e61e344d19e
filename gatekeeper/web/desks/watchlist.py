"""The watchlist's pages: who is watched for, what was met, the questions that wait for a person.

Only the roles in gatekeeper.web.permissions see anything of it; other desks are told what to do
and no more. Each look at the list is recorded. Parse, call gatekeeper.office.watchlist, answer.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from gatekeeper.db import watchlist as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.watch_subjects import subject_names
from gatekeeper.errors import CredentialError, UserError
from gatekeeper.kinds_office import DocumentKind, WatchKind
from gatekeeper.office import approvals, watch_removal, watchlist
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.paging import next_pages
from gatekeeper.web.forms import Due, Length, OfficeForm, ThaiDateField, day_end, say
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.services import services

__all__ = ["watch"]

watch = Blueprint("watch", __name__, url_prefix="/watchlist")

_PAGE = 50
_NAME_MOST, _TEXT_MOST = 200, 500


class EntryForm(OfficeForm):
    """One entry; which fields count goes by its kind."""

    name = StringField(validators=[Optional(), Length(_NAME_MOST)])
    name_latin = StringField(validators=[Optional(), Length(_NAME_MOST)])
    document_kind = SelectField(validators=[Optional()])
    document_number = StringField(validators=[Optional(), Length(40)])
    plate = StringField(validators=[Optional(), Length(20)])
    province = StringField(validators=[Optional(), Length(60)])
    credential = StringField(validators=[Optional(), Length(_NAME_MOST)])
    reason = TextAreaField(validators=[Due("เหตุผล", "a reason"), Length(_TEXT_MOST)])
    instruction = TextAreaField(validators=[Length(_TEXT_MOST)])
    until = ThaiDateField(validators=[Optional()])


class DecisionForm(OfficeForm):
    """Is it the one watched for?"""

    same = RadioField(validators=[Due("คำตอบ", "an answer")])
    note = TextAreaField(validators=[Due("เหตุผลที่ใช้พิจารณา", "how you know"), Length(_TEXT_MOST)])


class RemovalForm(OfficeForm):
    """Why it is to be removed."""

    reason = TextAreaField(validators=[Due("เหตุผล", "a reason"), Length(_TEXT_MOST)])


@watch.get("")
def listed() -> str:
    """Who and what is watched for; with ?removed=1 what no longer is."""
    removed = request.args.get("removed") == "1"
    now, offset = time.time(), whole_number("offset", 0, 1_000_000)
    with acting() as session:
        found = rows.entries(session, now, removed=removed, offset=offset, limit=_PAGE)
        total = rows.count_entries(session, now, removed=removed)
        questions, _ = rows.hits(session, now, open_questions=True, limit=1)
        record_act(session, actor(), "watch.read", "list")
    return render_template(
        "desks/watchlist/list.html",
        entries=found,
        removed=removed,
        questions=questions,
        total=total,
        offset=offset,
        limit=_PAGE,
        url=next_pages(removed="1" if removed else ""),
    )


@watch.route("/new/<kind>", methods=["GET", "POST"])
def new(kind: str) -> AnyResponse | str:
    """Watch for one more."""
    if kind not in set(WatchKind):
        refuse("not_found", f"kind {kind[:20]!r} seen; one of {', '.join(WatchKind)} is due")
    form = EntryForm()
    form.document_kind.choices = _document_kinds()
    if form.validate_on_submit():
        try:
            with acting() as session:
                entry_id = watchlist.add(
                    session, services().vault, _draft(form, kind), actor=actor(), now=time.time()
                )
        except UserError as error:
            form.blame(error)
        except CredentialError as error:
            form.blame(UserError(str(error), f"อ่านหมายเลขบัตรไม่ได้: {error}", field="credential"))
        else:
            # After the commit: whoever is taken up meanwhile was compared with the entry already.
            with acting() as session:
                watchlist.sweep(session, entry_id, actor=actor(), now=time.time())
            return redirect(f"/watchlist/{entry_id}?added=1")
    page = render_template("desks/watchlist/new.html", form=form, kind=kind, kinds=list(WatchKind))
    return page if request.method == "GET" else AnyResponse(page, 422, content_type="text/html")


@watch.get("/<int:entry_id>")
def entry(entry_id: int) -> str:
    """One entry and what it met."""
    return _entry_page(entry_id, RemovalForm())


@watch.post("/<int:entry_id>/remove")
def remove(entry_id: int) -> AnyResponse | str:
    """Ask that it be removed; another person decides."""
    form = RemovalForm()
    if form.validate_on_submit():
        try:
            with acting() as session:
                watch_removal.ask(
                    session,
                    entry_id,
                    reason=form.reason.data or "",
                    actor=actor(),
                    role=g.caller.role,
                    now=time.time(),
                )
            return redirect(f"/watchlist/{entry_id}?asked=1")
        except UserError as error:
            form.blame(error)
    return AnyResponse(_entry_page(entry_id, form), 422, content_type="text/html")


@watch.get("/questions")
def questions() -> str:
    """What is alike and waits for a person's word."""
    return _questions_page()


@watch.post("/hits/<int:hit_id>")
def decide(hit_id: int) -> AnyResponse | str:
    """Say whether it is the one watched for; in force at every gate at once."""
    form = _question(hit_id)
    if form.validate_on_submit():
        try:
            with acting() as session:
                watchlist.decide(
                    session,
                    hit_id,
                    same=form.same.data == "yes",
                    actor=actor(),
                    now=time.time(),
                    note=form.note.data or "",
                )
            return redirect("/watchlist/questions?decided=1")
        except UserError as error:
            form.blame(error)
    return AnyResponse(_questions_page(form, hit_id), 422, content_type="text/html")


def _entry_page(entry_id: int, form: RemovalForm) -> str:
    with acting() as session:
        try:
            found = rows.entry_of(session, entry_id)
        except UserError as error:
            refuse("not_found", in_words(error))
        met = rows.hits_of(session, entry_id=entry_id)
        waiting = approvals.is_asked(session, watch_removal.KIND, watch_removal.subject(entry_id))
        record_act(session, actor(), "watch.read", str(entry_id))
    return render_template(
        "desks/watchlist/entry.html",
        entry=found,
        hits=met,
        form=form,
        waiting=waiting,
        now=time.time(),
        added="added" in request.args,
    )


def _questions_page(form: DecisionForm | None = None, hit_id: int | None = None) -> str:
    offset = whole_number("offset", 0, 1_000_000)
    with looking() as session:
        count, found = rows.hits(
            session, time.time(), open_questions=True, offset=offset, limit=_PAGE
        )
        names = subject_names(session, [hit for hit, _ in found])
    forms = {
        hit.id: form if form is not None and hit.id == hit_id else _question(hit.id, formdata=None)
        for hit, _ in found
    }
    return render_template(
        "desks/watchlist/questions.html",
        questions=[
            (hit, entry, names.get((hit.subject_kind, hit.subject_id))) for hit, entry in found
        ],
        pages=lambda start: f"/watchlist/questions?offset={start}",
        forms=forms,
        refused=form,
        count=count,
        offset=offset,
        limit=_PAGE,
        decided="decided" in request.args,
    )


def _question(hit_id: int, **values: Any) -> DecisionForm:
    """The form of one question; several stand on a page, so each has names of its own."""
    form = DecisionForm(prefix=f"hit{hit_id}-", **values)
    form.same.choices = _answers()
    return form


def _draft(form: EntryForm, kind: str) -> EntryDraft:
    return EntryDraft(
        WatchKind(kind),
        reason=form.reason.data or "",
        instruction=form.instruction.data or "",
        name=form.name.data or "",
        name_latin=form.name_latin.data or "",
        document_kind=form.document_kind.data or DocumentKind.NATIONAL_ID.value,
        document_number=form.document_number.data or "",
        plate=form.plate.data or "",
        province=form.province.data or "",
        credential=form.credential.data or "",
        until_at=day_end(form.until.data),
    )


def _answers() -> list[tuple[str, str]]:
    return [
        ("yes", say("ใช่ บุคคลหรือรถเดียวกัน", "Yes, the same")),
        ("no", say("ไม่ใช่ คนละคนหรือคนละคัน", "No, another one")),
    ]


def _document_kinds() -> list[tuple[str, str]]:
    return [
        (DocumentKind.NATIONAL_ID.value, say("บัตรประจำตัวประชาชน", "National identity card")),
        (DocumentKind.PASSPORT.value, say("หนังสือเดินทาง", "Passport")),
        (DocumentKind.DRIVING_LICENCE.value, say("ใบอนุญาตขับรถ", "Driving licence")),
        (DocumentKind.OFFICIAL_CARD.value, say("บัตรเจ้าหน้าที่ของรัฐ", "Official's card")),
    ]

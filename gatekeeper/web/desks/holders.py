"""The pages of people: found, one whole, added, changed, merged. Parse, call the office, answer.

A list shows no more of a document than its last digits. Reading somebody who is a VIP or on the
watchlist is itself recorded.
"""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import holder_pages
from gatekeeper.db.engine import Session
from gatekeeper.db.vehicles import vehicles_of_person
from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.kinds_office import Purpose
from gatekeeper.office import holders as office
from gatekeeper.office.holder_search import search_people
from gatekeeper.office.holder_watch import person_meets_watchlist
from gatekeeper.office.holders import PersonRecord
from gatekeeper.office.merging import likely_the_same
from gatekeeper.office.photos import store_photo
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.holder_forms import (
    PersonForm,
    PhotoForm,
    holder_words,
)
from gatekeeper.web.desks.paging import next_pages
from gatekeeper.web.problems import refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services

__all__ = ["PAGE", "holders", "living"]

holders = Blueprint("holders", __name__, url_prefix="/people")

PAGE = 50
MOST_OFFSET = 10_000_000


holders.context_processor(holder_words)


@holders.get("")
def people() -> str:
    """People by name, card, pass or document; everybody in dictionary order."""
    text = request.args.get("q", "")
    purpose = request.args.get("purpose", "")
    organisation = request.args.get("organisation", "").strip()
    offset = whole_number("offset", 0, MOST_OFFSET)
    with looking() as session:
        found = search_people(
            session,
            text,
            names=services().names,
            vault=services().vault,
            purpose=Purpose(purpose) if purpose in set(Purpose) else None,
            organisation=organisation or None,
            offset=offset,
            limit=PAGE,
        )
        passes = holder_pages.live_passes(session, people=[each.id for each in found.people])
        organisations = holder_pages.organisation_names(session)
    return render_template(
        "desks/holders/people.html",
        found=found,
        passes=passes,
        text=text,
        purpose=purpose,
        organisation=organisation,
        organisations=organisations,
        offset=offset,
        limit=PAGE,
        pages=next_pages(q=text, purpose=purpose, organisation=organisation),
    )


@holders.route("/new", methods=["GET", "POST"])
def new_person() -> AnyResponse | str:
    """Add a person."""
    form = PersonForm.of()
    already: int | None = None
    if form.validate_on_submit():
        try:
            with acting() as session:
                person_id = office.add_person(
                    session,
                    form.draft(),
                    vault=services().vault,
                    keep_document=bool(form.keep_document.data),
                    actor=actor(),
                    now=time.time(),
                )
                person_meets_watchlist(session, person_id, actor=actor(), now=time.time())
            return redirect(f"/people/{person_id}?done=added")
        except AlreadyOnRecord as error:
            already = error.row
            form.blame(error)
        except UserError as error:
            form.blame(error)
    return _form_page(form, None, already)


@holders.get("/<int:person_id>")
def person(person_id: int) -> AnyResponse | str:
    """One person: the record, passes, visits, vehicles, history."""
    with looking() as session:
        found = office.person_of(session, person_id)
        if found is None:
            refuse("not_found", f"person {person_id} is not on record")
        if found.merged_into is not None:
            return redirect(f"/people/{found.merged_into}?done=merged")
    watched = note_reading(person_id)
    with looking() as session:
        passes = holder_pages.passes_of(session, person_id=person_id)
        page = {
            "person": found,
            "watched": watched,
            "passes": passes,
            "visits": holder_pages.visits_of(session, person_id),
            "vehicles": vehicles_of_person(session, person_id),
            "history": holder_pages.history_of(session, _subjects(person_id, passes)),
            "alike": likely_the_same(session, found, services().names),
        }
    return render_template("desks/holders/person.html", done=request.args.get("done", ""), **page)


@holders.route("/<int:person_id>/edit", methods=["GET", "POST"])
def edit_person(person_id: int) -> AnyResponse | str:
    """Change a person."""
    with looking() as session:
        record = living(session, person_id)
    form = PersonForm.of(record)
    already: int | None = None
    if form.validate_on_submit():
        try:
            with acting() as session:
                changed = office.change_person(
                    session,
                    person_id,
                    form.draft(photo=record.photo),
                    vault=services().vault,
                    keep_document=bool(form.keep_document.data),
                    actor=actor(),
                    now=time.time(),
                    seen_at=form.seen,
                )
                if changed:
                    person_meets_watchlist(session, person_id, actor=actor(), now=time.time())
            return redirect(f"/people/{person_id}?done={'changed' if changed else 'same'}")
        except AlreadyOnRecord as error:
            already = error.row
            form.blame(error)
        except UserError as error:
            form.blame(error)
    return _form_page(form, record, already)


@holders.route("/<int:person_id>/photo", methods=["GET", "POST"])
def photo(person_id: int) -> AnyResponse | str:
    """Another photo, or none."""
    with looking() as session:
        record = living(session, person_id)
    form = PhotoForm()
    if form.validate_on_submit():
        try:
            key = _stored_photo()
            with acting() as session:
                office.set_photo(session, person_id, key, actor=actor(), now=time.time())
            return redirect(f"/people/{person_id}?done=photo")
        except UserError as error:
            form.blame(error)
    page = render_template("desks/holders/photo.html", form=form, person=record)
    return page if not form.is_submitted() else AnyResponse(page, 422, content_type="text/html")


def _stored_photo() -> str:
    """Key of the photo that was sent; empty where it is to be taken off."""
    if "remove" in request.form:
        return ""
    file = request.files.get("photo")
    data = file.read() if file is not None else b""
    if not data:
        raise UserError("choose a photo first", "กรุณาเลือกไฟล์รูปถ่าย", field="photo")
    return store_photo(services().config.data / "photos", data)


def living(session: Session, person_id: int) -> PersonRecord:
    """The record, if it may be worked with; answers 404 where it may not."""
    try:
        return office.living_person(session, person_id)
    except UserError as error:
        refuse("not_found", str(error))


def _subjects(person_id: int, passes: list[holder_pages.PassLine]) -> list[str]:
    return [f"person:{person_id}", *(each.id for each in passes)]


def _form_page(form: PersonForm, record: PersonRecord | None, already: int | None) -> AnyResponse:
    with looking() as session:
        organisations = holder_pages.organisation_names(session)
        other = office.person_of(session, already) if already else None
    page = render_template(
        "desks/holders/person_form.html",
        form=form,
        person=record,
        other=other,
        organisations=organisations,
    )
    status = 422 if form.is_submitted() else 200
    return AnyResponse(page, status, content_type="text/html; charset=utf-8")

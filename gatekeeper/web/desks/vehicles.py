"""The pages of vehicles: found, one whole, added, changed. Parse, call the office, answer."""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import holder_pages
from gatekeeper.db.engine import Session
from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.office import holders as people
from gatekeeper.office import vehicles as office
from gatekeeper.office.holder_search import search_people, search_vehicles
from gatekeeper.office.holder_watch import vehicle_meets_watchlist
from gatekeeper.office.holders import PersonRecord, VehicleRecord
from gatekeeper.thai import arabic_digits
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.holder_forms import VehicleForm, holder_words
from gatekeeper.web.desks.holders import MOST_OFFSET, PAGE
from gatekeeper.web.desks.paging import next_pages
from gatekeeper.web.problems import refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services

__all__ = ["vehicles"]

vehicles = Blueprint("vehicles", __name__, url_prefix="/vehicles")
vehicles.context_processor(holder_words)

_CHOICES = 8
"""People offered where the person typed as responsible is not one alone."""


@vehicles.get("")
def listed() -> str:
    """Vehicles by part of a plate, card or pass number; all of them by plate."""
    text = request.args.get("q", "")
    organisation = request.args.get("organisation", "").strip()
    offset = whole_number("offset", 0, MOST_OFFSET)
    with looking() as session:
        found = search_vehicles(
            session, text, organisation=organisation or None, offset=offset, limit=PAGE
        )
        passes = holder_pages.live_passes(session, vehicles=[each.id for each in found.vehicles])
        organisations = holder_pages.organisation_names(session)
    return render_template(
        "desks/vehicles/list.html",
        found=found,
        passes=passes,
        text=text,
        organisation=organisation,
        organisations=organisations,
        offset=offset,
        limit=PAGE,
        pages=next_pages(q=text, organisation=organisation),
    )


@vehicles.route("/new", methods=["GET", "POST"])
def new_vehicle() -> AnyResponse | str:
    """Add a vehicle; ?person=N for somebody's."""
    form = VehicleForm.of()
    if not form.is_submitted():
        form.person_id.data = request.args.get("person", "")[:18]
    return _entered(form, None)


@vehicles.get("/<int:vehicle_id>")
def vehicle(vehicle_id: int) -> AnyResponse | str:
    """One vehicle: the record, passes, history."""
    with looking() as session:
        found = office.vehicle_of(session, vehicle_id)
        if found is None:
            refuse("not_found", f"vehicle {vehicle_id} is not on record")
        if found.merged_into is not None:
            return redirect(f"/vehicles/{found.merged_into}")
    watched = note_reading(None, vehicle_id)
    with looking() as session:
        passes = holder_pages.passes_of(session, vehicle_id=vehicle_id)
        subjects = [f"vehicle:{vehicle_id}", *(each.id for each in passes)]
        history = holder_pages.history_of(session, subjects)
    return render_template(
        "desks/vehicles/vehicle.html",
        vehicle=found,
        watched=watched,
        passes=passes,
        history=history,
        done=request.args.get("done", ""),
    )


@vehicles.route("/<int:vehicle_id>/edit", methods=["GET", "POST"])
def edit_vehicle(vehicle_id: int) -> AnyResponse | str:
    """Change a vehicle."""
    with looking() as session:
        try:
            record = office.living_vehicle(session, vehicle_id)
        except UserError as error:
            refuse("not_found", str(error))
    return _entered(VehicleForm.of(record), record)


def _entered(form: VehicleForm, record: VehicleRecord | None) -> AnyResponse:
    """The form, or where it leads once it is in order."""
    already: int | None = None
    choices: list[PersonRecord] = []
    if form.validate_on_submit():
        try:
            return redirect(_stored(form, record, _responsible(form.person_id.data or "")))
        except AlreadyOnRecord as error:
            already = error.row
            form.blame(error)
        except _Unclear as error:
            choices = error.choices
            form.blame(error)
        except UserError as error:
            form.blame(error)
    with looking() as session:
        organisations = holder_pages.organisation_names(session)
        other = office.vehicle_of(session, already) if already else None
        person = _person_named(form.person_id.data or "", session)
    page = render_template(
        "desks/vehicles/form.html",
        form=form,
        vehicle=record,
        other=other,
        person=person,
        choices=choices,
        organisations=organisations,
    )
    status = 422 if form.is_submitted() else 200
    return AnyResponse(page, status, content_type="text/html; charset=utf-8")


def _stored(form: VehicleForm, record: VehicleRecord | None, person_id: int | None) -> str:
    draft = form.draft(person_id)
    with acting() as session:
        if record is None:
            vehicle_id = office.add_vehicle(session, draft, actor=actor(), now=time.time())
            changed, done = True, "added"
        else:
            vehicle_id = record.id
            changed = office.change_vehicle(
                session, vehicle_id, draft, actor=actor(), now=time.time(), seen_at=form.seen
            )
            done = "changed" if changed else "same"
        if changed:
            vehicle_meets_watchlist(session, vehicle_id, actor=actor(), now=time.time())
    return f"/vehicles/{vehicle_id}?done={done}"


class _Unclear(UserError):
    """Several people may be meant, or nobody."""

    def __init__(self, text: str, choices: list[PersonRecord]) -> None:
        if choices:
            super().__init__(
                f"several people are called {text[:40]!r}; choose one below",
                f"มีผู้ที่ชื่อ “{text[:40]}” หลายคน โปรดเลือกจากรายการด้านล่าง",
                field="person_id",
            )
        else:
            super().__init__(
                f"nobody on record is called {text[:40]!r}; add the person first",
                f"ไม่พบ “{text[:40]}” ในทะเบียน โปรดเพิ่มบุคคลก่อน",
                field="person_id",
            )
        self.choices = choices


def _responsible(text: str) -> int | None:
    """Whom the field means: a record's number, or a name that one person alone has."""
    chosen = request.form.get("person_choice", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) <= 18:
        return int(chosen)
    plain = arabic_digits(text).strip()
    if not plain:
        return None
    with looking() as session:
        if plain.isascii() and plain.isdigit() and people.person_of(session, int(plain)):
            return int(plain)
        found = search_people(
            session, text, names=services().names, vault=services().vault, limit=_CHOICES
        )
    if found.total != 1:
        raise _Unclear(text.strip(), found.people)
    return found.people[0].id


def _person_named(text: str, session: Session) -> PersonRecord | None:
    plain = arabic_digits(text).strip()
    known = plain.isascii() and plain.isdigit() and len(plain) <= 18
    return people.person_of(session, int(plain)) if known else None

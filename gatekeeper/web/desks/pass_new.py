"""Asking for a pass for somebody or a vehicle on record."""

from __future__ import annotations

import time
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from gatekeeper.db.engine import Session
from gatekeeper.db.pass_classes import ClassInfo, list_classes
from gatekeeper.errors import UserError
from gatekeeper.kinds import HolderKind, PassKind
from gatekeeper.office import passes as office
from gatekeeper.office.holders import person_of
from gatekeeper.office.vehicles import vehicle_of
from gatekeeper.titles import display_name
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks import pass_words
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.passes import passes, zone
from gatekeeper.web.forms import Length, OfficeForm, ThaiDateField, day_end, day_start, say
from gatekeeper.web.problems import refuse
from gatekeeper.web.texts import language

__all__: list[str] = []


class NewPass(OfficeForm):
    """What is asked for."""

    person = HiddenField()
    vehicle = HiddenField()
    class_id = SelectField(validators=[InputRequired()], validate_choice=False)
    valid_from = ThaiDateField()
    valid_until = ThaiDateField()
    reason = TextAreaField(validators=[Length(500)])


@passes.get("/passes/new")
def new() -> str:
    """The form, for `?person=ID` or `?vehicle=ID`."""
    form = NewPass(request.args)
    return _page(form)


@passes.post("/passes/new")
def ask() -> Response | tuple[str, int]:
    """Ask for it."""
    form = NewPass()
    if form.validate():
        try:
            with acting() as session:
                pass_id = office.request_pass(
                    session,
                    form.class_id.data or "",
                    person_id=_id(form.person.data),
                    vehicle_id=_id(form.vehicle.data),
                    valid_from=day_start(form.valid_from.data),
                    valid_until=day_end(form.valid_until.data),
                    actor=actor(),
                    now=time.time(),
                    zone=zone(),
                    reason=(form.reason.data or "").strip(),
                )
            return redirect(url_for("passes.one", pass_id=pass_id, done="request"))
        except UserError as error:
            form.blame(error)
    return _page(form), 422


def _page(form: NewPass) -> str:
    with looking() as session:
        holder = _holder(session, form)
        classes = [each for each in list_classes(session, active_only=True) if _fits(each, holder)]
    form.class_id.choices = [("", say("เลือกประเภทบัตร", "Choose a class"))] + [
        (each.id, f"{each.name(language())} · {pass_words.rule_word(each.validity)}")
        for each in classes
    ]
    if not form.class_id.data:
        wanted = holder["employment"]
        form.class_id.data = next((e.id for e in classes if wanted and e.employment == wanted), "")
    return render_template("desks/passes/new.html", form=form, holder=holder)


def _holder(session: Session, form: NewPass) -> dict[str, Any]:
    """Whom or what it is for. Answers 404 where there is nobody."""
    vehicle_id, person_id = _id(form.vehicle.data), _id(form.person.data)
    car = None if vehicle_id is None else vehicle_of(session, vehicle_id)
    if car is not None:
        name = f"{car.plate} {car.province}".strip()
        detail = f"{car.make} {car.colour}".strip()
        return {"kind": HolderKind.VEHICLE, "name": name, "detail": detail, "employment": ""}
    found = None if person_id is None else person_of(session, person_id)
    if found is None:
        refuse("not_found", "?person=ID or ?vehicle=ID is due")
    name = display_name(found.title, found.first_name, found.last_name)
    return {
        "kind": HolderKind.PERSON,
        "name": name or found.name_latin,
        "detail": " · ".join(part for part in (found.position, found.organisation) if part),
        "employment": found.employment,
    }


def _fits(each: ClassInfo, holder: dict[str, Any]) -> bool:
    return each.holder is holder["kind"] and each.kind not in (PassKind.VISITOR, PassKind.EVENT)


def _id(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

"""Personal data: how long it is kept, what tonight's erase will take, and one person's rights.

Parse, call gatekeeper.office.privacy, answer. What is looked at here shows identities and counts;
names are on the person's own page.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField
from wtforms.fields import IntegerField
from wtforms.validators import Optional

from gatekeeper.db.holders import person_record
from gatekeeper.db.privacy_rows import latest_runs
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import Purpose
from gatekeeper.office import privacy
from gatekeeper.office.kept_files import delete_files
from gatekeeper.office.person_export import export_person
from gatekeeper.office.processing_record import record_of_processing
from gatekeeper.titles import display_name
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.forms import Due, Length, OfficeForm
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services

__all__ = ["personal_data"]

personal_data = Blueprint("privacy", __name__, url_prefix="/privacy")

_TEXT_MOST = 500


class DaysForm(OfficeForm):
    """Days to keep, a field a purpose."""

    event = IntegerField(validators=[Optional()])
    staff = IntegerField(validators=[Optional()])
    visitor = IntegerField(validators=[Optional()])
    press = IntegerField(validators=[Optional()])
    vehicle = IntegerField(validators=[Optional()])


class WishForm(OfficeForm):
    """Why somebody's data is given out or erased."""

    reason = TextAreaField(
        validators=[
            Due("เหตุผลหรือเลขที่คำขอ", "the reason or the number of the wish"),
            Length(_TEXT_MOST),
        ]
    )


@personal_data.get("")
def overview() -> str:
    """How long what is kept, and what tonight's run will erase."""
    return _overview(None)


@personal_data.post("/retention")
def retention() -> AnyResponse | str:
    """Keep for so many days from now on."""
    form = DaysForm()
    if form.validate_on_submit():
        days = {each.value: form[each].data for each in Purpose if form[each].data is not None}
        try:
            with acting() as session:
                privacy.set_days(session, days, actor=actor(), now=time.time())
            return redirect("/privacy?saved=1")
        except UserError as error:
            form.blame(error)
    return AnyResponse(_overview(form), 422, content_type="text/html")


@personal_data.get("/record")
def record() -> str:
    """The record of processing activities, to be printed."""
    with looking() as session:
        lines = record_of_processing(session)
    return render_template("desks/privacy/record.html", lines=lines, now=time.time())


@personal_data.get("/people/<int:person_id>")
def person(person_id: int) -> str:
    """What one person may ask for."""
    return _person(person_id, WishForm())


@personal_data.post("/people/<int:person_id>/export")
def export(person_id: int) -> AnyResponse | str:
    """Everything about one person, as a file."""
    form = WishForm()
    _name_of(person_id)
    if form.validate_on_submit():
        try:
            with acting() as session:
                found = export_person(
                    session,
                    services().vault,
                    person_id,
                    reason=form.reason.data or "",
                    actor=actor(),
                    now=time.time(),
                )
            body = msgspec.json.format(msgspec.json.encode(found), indent=2)
            answer = AnyResponse(body, content_type="application/json")
            answer.headers["Content-Disposition"] = (
                f'attachment; filename="person-{person_id}.json"'
            )
            return answer
        except UserError as error:
            form.blame(error)
    return AnyResponse(_person(person_id, form), 422, content_type="text/html")


@personal_data.post("/people/<int:person_id>/erase")
def erase(person_id: int) -> AnyResponse | str:
    """Erase one person; refused while something of theirs is not over."""
    form = WishForm()
    _name_of(person_id)
    if form.validate_on_submit():
        try:
            with acting() as session:
                done = privacy.erase_person(
                    session,
                    person_id,
                    reason=form.reason.data or "",
                    actor=actor(),
                    now=time.time(),
                )
            delete_files(services().config.data, done.files)
            return redirect("/privacy?erased=1")
        except UserError as error:
            form.blame(error)
    return AnyResponse(_person(person_id, form), 422, content_type="text/html")


def _overview(form: DaysForm | None) -> str:
    now = time.time()
    with looking() as session:
        days = privacy.retention_days(session)
        tonight = privacy.preview(session, now)
        runs = latest_runs(session)
    shown = form if form is not None else DaysForm(formdata=None, data=days)
    return render_template(
        "desks/privacy/overview.html", form=shown, days=days, tonight=tonight, runs=runs
    )


def _person(person_id: int, form: WishForm) -> str:
    return render_template(
        "desks/privacy/person.html", form=form, person_id=person_id, name=_name_of(person_id)
    )


def _name_of(person_id: int) -> str:
    with looking() as session:
        found: Any = person_record(session, person_id)
    if found is None or found.erased_at is not None:
        refuse("not_found", f"person {person_id} is not on record")
    return display_name(found.title, found.first_name, found.last_name) or found.name_latin

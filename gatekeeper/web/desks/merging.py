"""The pages that merge two records of one person: whom with, side by side, done."""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonRecord
from gatekeeper.errors import UserError
from gatekeeper.office.holder_search import search_people
from gatekeeper.office.merging import Preview, Record, likely_the_same, merge_people, preview
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.holder_forms import holder_words
from gatekeeper.web.desks.holders import living
from gatekeeper.web.forms import OfficeForm
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services

__all__ = ["MergeForm", "beside", "chosen", "merging"]

merging = Blueprint("merging", __name__, url_prefix="/people")

_FOUND = 20


merging.context_processor(holder_words)


@merging.get("/<int:person_id>/merge")
def choose(person_id: int) -> str:
    """Whom a record is to be merged with: those alike, or found by name."""
    text = request.args.get("q", "")
    with looking() as session:
        person = living(session, person_id)
        alike = likely_the_same(session, person, services().names)
        found = search_people(
            session, text, names=services().names, vault=services().vault, limit=_FOUND
        )
    note_reading(person_id, through="merge")
    others = [each for each in found.people if each.id != person_id] if text.strip() else []
    return render_template(
        "desks/holders/merge_choose.html", person=person, alike=alike, text=text, found=others
    )


@merging.route("/<int:person_id>/merge/<int:other_id>", methods=["GET", "POST"])
def merge(person_id: int, other_id: int) -> AnyResponse | str:
    """Both records side by side; what is chosen is done."""
    form = MergeForm()
    if form.validate_on_submit():
        try:
            with acting() as session:
                merge_people(
                    session,
                    person_id,
                    other_id,
                    take=chosen("take-"),
                    active=chosen("active-"),
                    actor=actor(),
                    now=time.time(),
                )
            return redirect(f"/people/{person_id}?done=merged")
        except UserError as error:
            form.blame(error)
    with looking() as session:
        seen = _preview(session, person_id, other_id)
    for each in (person_id, other_id):
        note_reading(each, through="merge")
    return beside("desks/holders/merge.html", form, seen)


def beside(template: str, form: MergeForm, seen: Preview[Record]) -> AnyResponse | str:
    """The page that shows two records, with what was chosen before it was refused."""
    proposed = [name for name, _, _, wanted in seen.fields if wanted]
    page = render_template(
        template,
        form=form,
        seen=seen,
        take=chosen("take-") if form.is_submitted() else proposed,
        chosen=chosen("active-"),
    )
    return page if not form.is_submitted() else AnyResponse(page, 422, content_type="text/html")


class MergeForm(OfficeForm):
    """Its choices go by what differs; only the key against forgery is its own."""


def chosen(prefix: str) -> dict[str, str]:
    """What was chosen in the fields whose names begin so, by the rest of the name."""
    found = request.form.items()
    return {
        name.removeprefix(prefix): value
        for name, value in found
        if name.startswith(prefix) and value
    }


def _preview(session: Session, person_id: int, other_id: int) -> Preview[PersonRecord]:
    try:
        return preview(session, person_id, other_id)
    except UserError as error:
        refuse("not_found", in_words(error))

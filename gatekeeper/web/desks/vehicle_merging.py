"""The pages that merge two records of one vehicle: which with, side by side, done."""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import VehicleRecord
from gatekeeper.errors import UserError
from gatekeeper.office.holder_search import search_vehicles
from gatekeeper.office.merging import Preview
from gatekeeper.office.vehicle_merging import merge_vehicles, preview
from gatekeeper.office.vehicles import living_vehicle
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.holder_forms import holder_words
from gatekeeper.web.desks.merging import MergeForm, beside, chosen
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading

__all__ = ["vehicle_merging"]

vehicle_merging = Blueprint("vehicle_merging", __name__, url_prefix="/vehicles")
vehicle_merging.context_processor(holder_words)

_FOUND = 20


@vehicle_merging.get("/<int:vehicle_id>/merge")
def choose(vehicle_id: int) -> str:
    """Which record it is to be merged with, found by plate."""
    text = request.args.get("q", "")[:100]
    with looking() as session:
        vehicle = _living(session, vehicle_id)
        found = search_vehicles(session, text, limit=_FOUND).vehicles if text.strip() else []
    note_reading(None, vehicle_id)
    others = [each for each in found if each.id != vehicle_id]
    return render_template(
        "desks/vehicles/merge_choose.html", vehicle=vehicle, text=text, found=others
    )


@vehicle_merging.route("/<int:vehicle_id>/merge/<int:other_id>", methods=["GET", "POST"])
def merge(vehicle_id: int, other_id: int) -> AnyResponse | str:
    """Both records side by side; what is chosen is done."""
    form = MergeForm()
    if form.validate_on_submit():
        try:
            with acting() as session:
                merge_vehicles(
                    session, vehicle_id, other_id,
                    take=chosen("take-"), active=chosen("active-"), actor=actor(), now=time.time(),
                )  # fmt: skip
            return redirect(f"/vehicles/{vehicle_id}?done=merged")
        except UserError as error:
            form.blame(error)
    with looking() as session:
        seen = _preview(session, vehicle_id, other_id)
    note_reading(None, vehicle_id)
    note_reading(None, other_id)
    return beside("desks/vehicles/merge.html", form, seen)


def _living(session: Session, vehicle_id: int) -> VehicleRecord:
    try:
        return living_vehicle(session, vehicle_id)
    except UserError as error:
        refuse("not_found", in_words(error))


def _preview(session: Session, vehicle_id: int, other_id: int) -> Preview[VehicleRecord]:
    try:
        return preview(session, vehicle_id, other_id)
    except UserError as error:
        refuse("not_found", in_words(error))

"""The desks of the pass office: a blueprint a desk; parse, call gatekeeper.office, answer.

No rule and no query here: those are in gatekeeper.office and gatekeeper.db.
"""

from __future__ import annotations

from flask import Blueprint

from gatekeeper.web.desks import apply_status, apply_team, pass_bulk, pass_enrol, pass_new
from gatekeeper.web.desks.apply import apply
from gatekeeper.web.desks.control import control
from gatekeeper.web.desks.exports import exports
from gatekeeper.web.desks.holders import holders
from gatekeeper.web.desks.merging import merging
from gatekeeper.web.desks.pass_classes import pass_classes
from gatekeeper.web.desks.passes import passes
from gatekeeper.web.desks.privacy import personal_data
from gatekeeper.web.desks.read_backs import prints
from gatekeeper.web.desks.requests import requests_desk
from gatekeeper.web.desks.vehicle_merging import vehicle_merging
from gatekeeper.web.desks.vehicles import vehicles
from gatekeeper.web.desks.visitors.routes import visitors
from gatekeeper.web.desks.watchlist import watch

__all__ = ["DESKS"]

DESKS: tuple[Blueprint, ...] = (
    # in the order of the start page
    visitors,
    holders,
    merging,
    vehicles,
    vehicle_merging,
    prints,
    passes,
    pass_classes,
    requests_desk,
    apply,
    watch,
    exports,
    personal_data,
    control,
)

_MODULES = (pass_bulk, pass_enrol, pass_new)
"""Imported for their routes."""
_MORE_ROUTES = (apply_status, apply_team)
"""Imported for their routes of `apply`."""

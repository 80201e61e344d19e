"""A record that was entered or changed meets the watchlist; the desk is told what to do.

The record stays whatever the list says: whoever is watched for is on record, and no pass of
theirs opens. Nothing of an entry but its instruction is given out.
"""

from __future__ import annotations

from gatekeeper.db.engine import Session
from gatekeeper.db.holders import names_of
from gatekeeper.office.vehicles import vehicle_of
from gatekeeper.office.watch_compare import Subject
from gatekeeper.office.watchlist import Consultation, consult

__all__ = [
    "person_meets_watchlist",
    "person_subject",
    "vehicle_meets_watchlist",
    "vehicle_subject",
]

PLACE = "holders"


def person_meets_watchlist(
    session: Session, person_id: int, *, actor: str, now: float
) -> Consultation:
    """What the list says of a person on record; each meeting is recorded."""
    return _consulted(session, person_subject(session, person_id), actor, now)


def person_subject(session: Session, person_id: int, credential: str = "") -> Subject | None:
    """A person on record as the list compares them; `credential`: the card they come with."""
    found = names_of(session, person_id)
    if found is None:
        return None
    first, last, latin, document = found
    return Subject(
        "person",
        str(person_id),
        name=f"{first} {last}".strip(),
        name_latin=latin,
        document_hash=document,
        credential=credential,
    )


def vehicle_meets_watchlist(
    session: Session, vehicle_id: int, *, actor: str, now: float
) -> Consultation:
    """What the list says of a vehicle on record; each meeting is recorded."""
    return _consulted(session, vehicle_subject(session, vehicle_id), actor, now)


def vehicle_subject(session: Session, vehicle_id: int, credential: str = "") -> Subject | None:
    """A vehicle on record as the list compares it; `credential`: the tag it comes with."""
    found = vehicle_of(session, vehicle_id)
    if found is None:
        return None
    return Subject(
        "vehicle",
        str(vehicle_id),
        plate=found.plate,
        province=found.province,
        credential=credential,
    )


def _consulted(session: Session, subject: Subject | None, actor: str, now: float) -> Consultation:
    """Nobody on record is nobody watched for."""
    if subject is None:
        return Consultation()
    return consult(session, subject, place=PLACE, actor=actor, now=now)

"""What the subjects of hits are called, for who decides on a question."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import ApplicationMember, Person, Vehicle
from gatekeeper.db.watchlist import Hit
from gatekeeper.titles import display_name

__all__ = ["subject_names"]


def subject_names(session: Session, hits: Iterable[Hit]) -> dict[tuple[str, str], str]:
    """`(subject kind, subject id)` to a name or a plate; who is erased or gone is missing."""
    wanted: dict[str, set[str]] = {}
    for hit in hits:
        wanted.setdefault(hit.subject_kind, set()).add(hit.subject_id)
    found = {("credential", card): card for card in wanted.get("credential", ())}
    for kind, table in (("person", Person), ("member", ApplicationMember)):
        query = select(
            table.id, table.title, table.first_name, table.last_name, table.name_latin
        ).where(table.id.in_([int(each) for each in wanted.get(kind, ())]))
        for number, title, first, last, latin in session.execute(query):
            names = (display_name(title, first, last), latin)
            found[kind, str(number)] = " · ".join(name for name in names if name)
    plates = select(Vehicle.id, Vehicle.plate, Vehicle.province).where(
        Vehicle.id.in_([int(each) for each in wanted.get("vehicle", ())])
    )
    for number, plate, province in session.execute(plates):
        found["vehicle", str(number)] = f"{plate} {province}".strip()
    return {key: name for key, name in found.items() if name}

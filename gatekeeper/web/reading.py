"""Who looked at a VIP, or at somebody or something on the watchlist, is itself on record.

Called before anything is shown: what cannot be recorded is not read.
"""

from __future__ import annotations

import time

from gatekeeper.db.audit import record_act
from gatekeeper.office.holders import person_of
from gatekeeper.office.watchlist import is_watched
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking

__all__ = ["note_reading"]


def note_reading(
    person_id: int | None, vehicle_id: int | None = None, *, through: str = ""
) -> bool:
    """Record that the caller reads of this person or vehicle, where that must be.

    `through`: what was opened, where it is not the record itself (`pass ID`). A vehicle's pass
    names who answers for it: both are looked at. Gives whether the watchlist has one of them.
    Raises StoreError.
    """
    now, read, watched = time.time(), [], False
    with looking() as session:
        if person_id is not None:
            found = person_of(session, person_id)
            watched = is_watched(session, "person", person_id, now)
            if watched or (found is not None and found.vip):
                read.append(("person.read", f"person:{person_id}"))
        if vehicle_id is not None and is_watched(session, "vehicle", vehicle_id, now):
            watched = True
            read.append(("vehicle.read", f"vehicle:{vehicle_id}"))
    if read:
        with acting() as session:
            for action, subject in read:
                record_act(session, actor(), action, subject, through)
    return watched

"""Guests of an event, taken from lists: the same list again changes nothing, a later one updates.

`apply_guests` works in batches with bulk statements and holds no list of rows, so that a
list of 100,000 costs no more memory than one of 1,000 (beyond some bytes a row to notice
the same guest twice). What one row cannot have is a fault of that row, returned with its
number; the database itself being gone is a StoreError.

On SQLite other writers wait until the list is committed: some 0.2 s for a reception of a
thousand, ten seconds or more for 100,000. PostgreSQL makes them wait at its end only.

Who is who: `external_key` (the list's own numbering) where the list has it, else the name
in its search form together with the organisation. A guest gets one person, one invitation
and one pass; the pass keeps its id over later lists, so presence is not lost.

Cards: a row's credential replaces what the guest had; the old one then opens nothing. A
row without one leaves the guest's card as it is. A card bound to somebody else is a fault,
unless that guest gives it up in the same list (lists are renumbered as a whole), or what
it was bound to is over. A revoked, lost or suspended card is never bound by a list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gatekeeper.db.audit import record_act
from gatekeeper.db.bulk import refresh_statistics
from gatekeeper.db.changes import record_change
from gatekeeper.db.events import ensure_event, event_by_slug
from gatekeeper.db.guest_batch import Run, apply_batch, name_key, settle_exchanges
from gatekeeper.db.guest_known import load_known
from gatekeeper.db.guest_values import FIELDS, REPLIES, GuestCounts, GuestFault, GuestRow
from gatekeeper.db.tables import Credential, Invitation, Organisation, PassRow, Person

__all__ = [
    "FIELDS",
    "REPLIES",
    "GuestCounts",
    "GuestFault",
    "GuestRow",
    "apply_guests",
    "newest_person",
    "people_of_rows",
]

BATCH = 1000
"""Rows in one round of statements; more gains nothing and costs memory."""

_LOOK_AGAIN = frozenset(BATCH * 4**n for n in range(6))
"""After how many rows the planner is shown what the tables have grown to."""

_GROWING = (Invitation, Person, PassRow, Credential, Organisation)


def apply_guests(
    session: Session,
    event_slug: str,
    rows: Iterable[GuestRow],
    *,
    fields: Iterable[str] = FIELDS,
    actor: str = "import",
    dry_run: bool = False,
    now: float | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> GuestCounts:
    """Put `rows` on the guest list of the event, which is made if it does not exist.

    All good rows are applied in the caller's transaction; a caller that wants all or none
    rolls back when there are faults (`session.rollback()`). `dry_run` does everything and
    takes it back. `fields`: the columns that the list really has; others of an existing
    guest stay as they are. `on_progress` gets the number of rows done so far.

    Faults come in the order of their row numbers. Raises UserError for a bad slug.
    """
    point = session.begin_nested() if dry_run else None
    event = ensure_event(session, event_slug)
    run = Run(session, event, frozenset(fields) & FIELDS, time.time() if now is None else now)
    rest = iter(rows)
    while part := list(islice(rest, BATCH)):
        run.counts.rows += len(part)
        apply_batch(run, part)
        if run.counts.rows in _LOOK_AGAIN:
            refresh_statistics(session, *_GROWING)
        if on_progress is not None:
            on_progress(run.counts.rows)
    settle_exchanges(run)
    run.counts.faults.sort(key=lambda fault: fault.row)
    if point is not None:
        point.rollback()
    elif run.changed:
        record_act(session, actor, "guests.apply", event_slug, _summary(run.counts))
        # Last, because every other change waits behind the counter until the commit.
        record_change(session, credentials=run.changed)
    return run.counts


def newest_person(session: Session) -> int:
    """The number of the latest person on record; 0: there is none."""
    return session.scalar(select(func.max(Person.id))) or 0


def people_of_rows(
    session: Session, event_slug: str, rows: Sequence[GuestRow], fields: Iterable[str] = FIELDS
) -> dict[int, int]:
    """Row number to the person on record whom the row means; rows that mean nobody left out."""
    event = event_by_slug(session, event_slug)
    if event is None or not rows:
        return {}
    keys, given = [name_key(row) for row in rows], frozenset(fields) & FIELDS
    known = load_known(session, event.id, rows, keys)
    found: dict[int, int] = {}
    for row, key in zip(rows, keys, strict=True):
        meant = known.find(row, key, given)
        if len(meant) == 1:
            found[row.row] = meant[0].person_id
    return found


def _summary(counts: GuestCounts) -> str:
    return f"{counts.imported} new, {counts.updated} updated, {len(counts.faults)} refused"

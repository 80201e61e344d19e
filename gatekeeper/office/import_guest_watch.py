"""A guest list held against the watchlist: whoever is met is stopped at gates, or asked about.

Comparing a long list takes longer than the main database may be held, so rows are compared before
the transaction; in it only those that met something are looked at again, and all rows against what
was entered in the watchlist meanwhile. Nothing of it is lost with a refused row or list (see
gatekeeper.office.import_watch).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from gatekeeper.db.engine import Session
from gatekeeper.db.guests import GuestRow, people_of_rows
from gatekeeper.db.watchlist import Entry, entries
from gatekeeper.office.import_watch import Meetings
from gatekeeper.office.watch_compare import Subject, compare

__all__ = ["GuestMeetings"]


class GuestMeetings:
    """The meetings of one guest list."""

    def __init__(self, *, actor: str, now: float) -> None:
        self.meetings = Meetings(actor=actor, now=now)
        self._now = now
        self._seen: set[int] = set()
        self._alike: list[GuestRow] = []

    def look(self, session: Session, rows: Iterable[GuestRow]) -> None:
        """Compare all rows, before anything is written."""
        known = list(entries(session, self._now))
        self._seen = {entry.id for entry in known}
        if known:
            self._alike = [row for row in rows if _meets(known, row)]

    def meet(
        self,
        session: Session,
        event: str,
        rows: Iterable[GuestRow],
        fields: frozenset[str],
        newest: int,
    ) -> None:
        """Record what was met, in the transaction that took the rows.

        `newest`: number of the latest person before it; later ones go if the list is refused.
        """
        self.meetings.begin(session)
        later = [entry for entry in self.meetings.entries if entry.id not in self._seen]
        if later:
            known = {row.row for row in self._alike}
            self._alike += [r for r in rows if r.row not in known and _meets(later, r)]
        people = people_of_rows(session, event, self._alike, fields)
        for row in self._alike:
            person = people.get(row.row)
            self.meetings.row = row.row
            subject = partial(_subject, row, "" if person is None else str(person))
            self.meetings.meet(session, subject, new=person is not None and person > newest)


def _meets(known: Sequence[Entry], row: GuestRow) -> bool:
    subject = _subject(row, "")
    return any(compare(entry, subject) is not None for entry in known)


def _subject(row: GuestRow, person: str) -> Subject:
    name = f"{row.first_name} {row.last_name}".strip()
    return Subject("person", person, name, row.name_latin, credential=row.credential or "")

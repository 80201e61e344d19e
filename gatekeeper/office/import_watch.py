"""What the rows of one list meet on the watchlist, and that none of it is lost with a refused row.

A list is taken in one transaction, and a row that is refused, a list with a fault and a dry run
leave nothing of it: yet that somebody watched for was met is recorded all the same, in a
transaction of its own. Otherwise a dry run would be a way to ask the watchlist unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from gatekeeper.db.engine import Session
from gatekeeper.db.watchlist import Entry, entries
from gatekeeper.office.watch_compare import Subject
from gatekeeper.office.watchlist import Consultation, consult

__all__ = ["Meetings", "Met"]

PLACE = "import"


@dataclass(frozen=True, slots=True)
class Met:
    """One row that met the list."""

    row: int
    subject: Subject
    """Without an id where the record is one that this list has just made."""
    found: Consultation


class Meetings:
    """The meetings of one list, row by row."""

    def __init__(self, *, actor: str, now: float) -> None:
        self._actor = actor
        self._now = now
        self.entries: list[Entry] = []
        """The watchlist as it was at the beginning."""
        self.met: list[Met] = []
        self.row = 0
        """The row that is being judged."""

    def begin(self, session: Session) -> None:
        """Reads the watchlist, once for all rows."""
        self.entries = list(entries(session, self._now))

    def meet(
        self, session: Session, subject_of: Callable[[], Subject | None], *, new: bool = False
    ) -> Consultation:
        """What the list says of a row's subject; nothing of none. `new`: its record goes if the row
        is refused.

        `subject_of` reads it: five thousand are not read where nothing is watched for.
        """
        subject = subject_of() if self.entries else None
        if subject is None:
            return Consultation()
        found = self._consult(session, subject, new=new)
        if not found.clear:
            kept = replace(subject, id="") if new else subject
            self.met.append(Met(self.row, kept, found))
        return found

    def record(self, session: Session, rows: Collection[int] | None = None) -> None:
        """Record again what was rolled back: the meetings of `rows`, None: of all."""
        for each in self.met:
            if rows is None or each.row in rows:
                self._consult(session, each.subject)

    @property
    def stopped(self) -> tuple[tuple[int, str], ...]:
        """Each row that is the same as an entry, and what is to be done."""
        found = {
            each.row: "; ".join(dict.fromkeys(stop.instruction for stop in each.found.stops))
            for each in self.met
            if each.found.stops
        }
        return tuple(sorted(found.items()))

    @property
    def questions(self) -> int:
        """How many rows are only alike: a person decides, and only some may know which."""
        return len({each.row for each in self.met} - {row for row, _ in self.stopped})

    def _consult(self, session: Session, subject: Subject, *, new: bool = False) -> Consultation:
        return consult(
            session,
            subject,
            place=PLACE,
            actor=self._actor,
            now=self._now,
            among=self.entries,
            new=new,
        )

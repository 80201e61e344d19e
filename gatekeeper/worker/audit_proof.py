"""The audit rows of the main database held against the journal: none altered, missing, or made up.

The journal must have been proven before (gatekeeper.journal.verify): here it is believed.
Reads only; needs no running process.
"""

from __future__ import annotations

import msgspec

from gatekeeper.db import audit_outbox
from gatekeeper.db.audit_outbox import Claim
from gatekeeper.db.engine import Database
from gatekeeper.errors import StoreError
from gatekeeper.journal.reader import JournalReader
from gatekeeper.model import EntryKind

__all__ = ["AuditProof", "prove_audit"]

PAGE = 500
MOST_TOLD = 20
"""Faults named one by one; all are counted."""


class AuditProof(msgspec.Struct, frozen=True):
    """What was found."""

    compared: bool
    """Whether the main database could be read."""
    rows: int = 0
    """Rows that are as the journal says."""
    waiting: int = 0
    """Rows that the journal does not have yet, so that nothing can be said of them."""
    faults: int = 0
    problems: tuple[str, ...] = ()
    """The first faults, a sentence each; or why nothing could be compared."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with what could be compared."""
        return not self.faults


def prove_audit(database: Database, journal: JournalReader) -> AuditProof:
    """Compare both ways. Raises JournalError; a database out of reach is a result."""
    proof = _Proof(database, journal)
    try:
        proof.rows_against_entries()
        proof.entries_against_rows()
        with database.reading() as session:
            waiting = audit_outbox.count_waiting(session)
    except StoreError as error:
        return AuditProof(False, problems=(str(error),))
    return AuditProof(True, proof.whole, waiting, proof.faults, tuple(proof.told))


class _Proof:
    """The walk, and what it met."""

    def __init__(self, database: Database, journal: JournalReader) -> None:
        self._database = database
        self._journal = journal
        self._withdrawn = journal.withdrawn()
        self.whole = 0
        self.faults = 0
        self.told: list[str] = []

    def rows_against_entries(self) -> None:
        """Each row that says it is proven is as its entry says."""
        after = 0
        while True:
            with self._database.reading() as session:
                page = audit_outbox.claims(session, after, PAGE)
            if not page:
                return
            after = page[-1].id
            for claim in page:
                self._hold(claim)

    def entries_against_rows(self) -> None:
        """Each act on record has its row."""
        since = 0
        while page := self._journal.acts(since, PAGE):
            since = page[-1].seq
            acts = [act for act in page if act.seq not in self._withdrawn]
            with self._database.reading() as session:
                known = audit_outbox.known_keys(session, [act.nonce or "" for act in acts])
            for act in acts:
                if act.nonce not in known:
                    self._fault(
                        f"the row of entry {act.seq} is missing: {act.actor} did {act.state} "
                        f"to {act.subject or 'nothing named'}"
                    )

    def _hold(self, claim: Claim) -> None:
        entry = self._journal.entry(claim.seq)
        if entry is None or entry.kind is not EntryKind.ACT or entry.seq in self._withdrawn:
            self._fault(f"row {claim.id} names entry {claim.seq}, which proves no act")
        elif entry.nonce != claim.key:
            self._fault(f"row {claim.id} names entry {claim.seq}, which proves another row")
        elif flaw := claim.flaw(entry.digest or ""):
            self._fault(f"row {claim.id} (entry {claim.seq}) is altered: {flaw}")
        else:
            self.whole += 1

    def _fault(self, sentence: str) -> None:
        self.faults += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(sentence)

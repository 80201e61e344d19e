"""The journal as tables, for reports: stored by (site, number), so that twice is once.

One transaction stores a page of entries, folds them into `arrival`, and notes how far it
came; a process killed in between has stored nothing of the page. An entry at or below the
noted number is passed over. Who reads the journal and when is the worker's business.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from gatekeeper.db.arrivals import Standing, fold, step
from gatekeeper.db.bulk import insert_rows
from gatekeeper.db.tables import Arrival, ProjectionEntry, ProjectionState
from gatekeeper.model import EntryKind, JournalEntry

__all__ = [
    "Progress",
    "digest_of",
    "forget_site",
    "note_problem",
    "progress_of",
    "store_entries",
]

CHUNK = 400
_COLUMNS = tuple(
    column.name for column in ProjectionEntry.__table__.columns if column.name != "site"
)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the journal of a site has been projected."""

    seq: int = 0
    digest: str = ""
    """`digest_of` entry `seq`; another one in the journal: it is another journal."""
    problem: str = ""
    """Why it does not go on, in plain English; empty when all is well."""
    updated_at: float = 0.0


def digest_of(entry: JournalEntry) -> str:
    """Tells whether two entries are the same one."""
    return hashlib.sha256(_encode(entry)).hexdigest()


def progress_of(session: Session, site: str) -> Progress:
    """How far `site` has come; nothing yet is all zero."""
    row = session.get(ProjectionState, site)
    return Progress(row.seq, row.digest, row.problem, row.updated_at) if row else Progress()


def note_problem(session: Session, site: str, problem: str) -> None:
    """Say why the projection of `site` does not go on, or (empty) that it does."""
    state = _locked(session, site)
    state.problem, state.updated_at = problem, time.time()


def forget_site(session: Session, site: str) -> None:
    """Forget all entries of `site`, so that its journal is projected from the beginning."""
    session.execute(delete(ProjectionState).where(ProjectionState.site == site))
    session.execute(delete(ProjectionEntry).where(ProjectionEntry.site == site))
    session.execute(delete(Arrival))
    _refold(session, set(session.scalars(select(ProjectionEntry.pass_id).distinct())) - {None})


def store_entries(session: Session, site: str, entries: Sequence[JournalEntry]) -> int:
    """Store what is new among `entries` (in order, without gaps); how many were."""
    state = _locked(session, site)
    new = [entry for entry in entries if entry.seq > state.seq]
    if not new:
        return 0
    insert_rows(
        session,
        ProjectionEntry,
        [
            {"site": site} | {name: getattr(entry, name) for name in _COLUMNS}
            for entry in new
            if entry.kind is not EntryKind.ACT  # its row stands in `audit` already
        ],
    )
    _fold_in(session, site, new)
    state.seq, state.digest = new[-1].seq, digest_of(new[-1])
    state.problem, state.updated_at = "", time.time()
    return len(new)


def _locked(session: Session, site: str) -> ProjectionState:
    """The row of this site, locked: two workers cannot store the same page."""
    state = session.get(ProjectionState, site, with_for_update=True)
    if state is None:
        state = ProjectionState(site=site, seq=0, digest="", problem="", updated_at=0.0)
        session.add(state)
        session.flush()
    return state


def _fold_in(session: Session, site: str, new: Sequence[JournalEntry]) -> None:
    """Take the standings on by `new`; those that a withdrawal touches are made anew."""
    withdrawn = [e.ref for e in new if e.kind is EntryKind.WITHDRAWN and e.ref is not None]
    anew = set(_passes_of(session, site, withdrawn))
    moves = [e for e in new if e.pass_id and e.area and e.pass_id not in anew]
    before = _standings(session, {(str(e.pass_id), str(e.area)) for e in moves})
    after = dict(before)
    for entry in moves:
        key = str(entry.pass_id), str(entry.area)
        standing = step(after.get(key), entry)
        if standing is not None:
            after[key] = standing
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    _write(session, changed, before.keys())
    _refold(session, anew)


def _refold(session: Session, pass_ids: Collection[str | None]) -> None:
    """Make the standings of these passes from all their entries."""
    for pass_id in pass_ids:
        query = select(ProjectionEntry).where(ProjectionEntry.pass_id == pass_id)
        query = query.order_by(ProjectionEntry.site, ProjectionEntry.seq)
        rows = session.scalars(query).all()
        gone = {(row.site, row.ref) for row in rows if row.kind == EntryKind.WITHDRAWN}
        areas = fold(_entry(row) for row in rows if (row.site, row.seq) not in gone)
        session.execute(delete(Arrival).where(Arrival.pass_id == pass_id))
        _write(session, {(str(pass_id), area): found for area, found in areas.items()}, ())


def _passes_of(session: Session, site: str, seqs: Sequence[int]) -> Iterable[str]:
    for start in range(0, len(seqs), CHUNK):
        part = seqs[start : start + CHUNK]
        query = select(ProjectionEntry.pass_id).where(
            ProjectionEntry.site == site, ProjectionEntry.seq.in_(part)
        )
        yield from (pass_id for pass_id in session.scalars(query) if pass_id is not None)


def _standings(
    session: Session, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Standing]:
    found = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        query = select(Arrival).where(tuple_(Arrival.pass_id, Arrival.area).in_(part))
        for row in session.scalars(query):
            values = {name: getattr(row, name) for name in Standing._fields}
            found[row.pass_id, row.area] = Standing(**values)
    return found


def _write(
    session: Session,
    standings: dict[tuple[str, str], Standing],
    present: Collection[tuple[str, str]],
) -> None:
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for key, standing in standings.items():
        values = {name: getattr(standing, name) for name in Standing._fields}
        rows[key in present].append({"pass_id": key[0], "area": key[1]} | values)
    if rows[True]:
        session.execute(update(Arrival), rows[True])
    insert_rows(session, Arrival, rows[False])


def _entry(row: ProjectionEntry) -> JournalEntry:
    return msgspec.convert({name: getattr(row, name) for name in _COLUMNS}, JournalEntry)

"""Steps in the life of passes, as rows: what a pass is, what it became, and who did it.

No rule is here: gatekeeper.office.life_cycle says what may follow what. `facts_of` takes the row
of a pass for this transaction, `write` applies what was planned to one or to thousands and
leaves a line in `pass_act` for each. The caller records the change for the gates and the act
for the auditors, at the end of its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.bulk import insert_rows
from gatekeeper.db.compiled import key_without_credential
from gatekeeper.db.tables import Credential, PassAct, PassClass, PassRow, Person, Vehicle
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassKind, PassState
from gatekeeper.kinds_office import Act, Renewal

__all__ = [
    "Facts",
    "Planned",
    "Step",
    "facts_of",
    "holder_exists",
    "insert_pass",
    "next_number",
    "note_binding",
    "numbers_of_holder",
    "write",
]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Facts:
    """What a pass is now, as far as its life goes. Times are UTC seconds."""

    id: str
    class_id: str | None
    kind: PassKind
    state: PassState
    issue: int
    valid_from: float | None
    valid_until: float | None
    requested_by: str
    checked_by: str
    approved_by: str
    renewal: Renewal = Renewal.NONE
    renewal_until: float | None = None
    renewal_by: str = ""
    renewal_checked_by: str = ""
    changed_at: float = 0.0
    was_active: bool = False
    """Whether its present issue was active before: a renewal then makes it active again."""
    credential: str | None = None
    """The card bound to it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What an act makes of a pass."""

    state: PassState
    issue: int
    values: Mapping[str, Any]
    """Columns of the pass that change, by name; `state` and `issue` are not among them."""
    card: PassState | None = None
    """What its card becomes; None: nothing happens to it."""
    unbind: bool = False
    """Whether the card is taken from the pass."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act on one pass, ready to be written."""

    facts: Facts
    planned: Planned


_COLUMNS = (
    PassRow.id,
    PassRow.class_id,
    PassRow.kind,
    PassRow.state,
    PassRow.issue,
    PassRow.valid_from,
    PassRow.valid_until,
    PassRow.requested_by,
    PassRow.checked_by,
    PassRow.approved_by,
    PassRow.renewal_state,
    PassRow.renewal_until,
    PassRow.renewal_by,
    PassRow.renewal_checked_by,
    PassRow.changed_at,
)


def facts_of(session: Session, pass_ids: Sequence[str], *, lock: bool = True) -> dict[str, Facts]:
    """The passes with these ids, unknown ones left out, in the order asked for.

    `lock`: nobody else changes them until this transaction ends (on SQLite that is so anyway).
    """
    found: dict[str, Facts] = {}
    for start in range(0, len(pass_ids), CHUNK):
        part = pass_ids[start : start + CHUNK]
        query = select(*_COLUMNS).where(PassRow.id.in_(part)).order_by(PassRow.id)
        rows = session.execute(query.with_for_update() if lock else query).all()
        bound = _bound(session, part)
        active = _were_active(session, part)
        for row in rows:
            found[row.id] = _facts(row, bound.get(row.id), (row.id, row.issue) in active)
    return {pass_id: found[pass_id] for pass_id in pass_ids if pass_id in found}


def next_number(session: Session, class_id: str) -> str:
    """The next number of a class (`PR-000123`), never given twice, also not at the same time.

    The row of the class is held until the transaction ends. Raises UserError for a class that
    does not exist.
    """
    query = update(PassClass).where(PassClass.id == class_id)
    query = query.values(last_number=PassClass.last_number + 1)
    while True:
        row = session.execute(query.returning(PassClass.prefix, PassClass.last_number)).first()
        if row is None:
            raise UserError(f"pass class {class_id!r} does not exist", field="class_id")
        number = f"{row.prefix}-{row.last_number:06d}"
        # Taken only where an office gave a class the prefix that another one had before.
        if session.scalar(select(PassRow.id).where(PassRow.number == number)) is None:
            return number


def insert_pass(
    session: Session, values: Mapping[str, Any], act: Act, actor: str, now: float, reason: str
) -> None:
    """A new pass and the first line of its history; `values` has its id and state."""
    session.execute(insert(PassRow), [{**values, "created_at": now, "changed_at": now}])
    line = _line(values["id"], act, "", values["state"], 1, actor, now, reason)
    session.execute(insert(PassAct), [line])


def write(
    session: Session, steps: Sequence[Step], act: Act, *, actor: str, now: float, reason: str
) -> list[str]:
    """Apply `steps`, all of the same act; the keys of what gates must hear of."""
    keys: dict[str, None] = {}
    for step in steps:
        keys[step.facts.credential or key_without_credential(step.facts.id)] = None
        if step.planned.unbind:
            keys[key_without_credential(step.facts.id)] = None
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for step in steps:
        planned = step.planned
        values = {**planned.values, "state": planned.state.value, "issue": planned.issue}
        values["changed_at"] = now
        row = {f"new_{name}": value for name, value in values.items()}
        groups.setdefault(tuple(sorted(values)), []).append({**row, "pass_id": step.facts.id})
    for names, rows in groups.items():
        query = update(PassRow.__table__).where(PassRow.__table__.c.id == bindparam("pass_id"))  # type: ignore[arg-type]
        query = query.values({name: bindparam(f"new_{name}") for name in names})
        session.connection().execute(query, rows)
    _cards(session, steps, now, reason)
    insert_rows(session, PassAct, [_of_step(step, act, actor, now, reason) for step in steps])
    session.expire_all()
    return list(keys)


def holder_exists(
    session: Session, *, person_id: int | None = None, vehicle_id: int | None = None
) -> bool:
    """Whether the person or vehicle is there, neither erased nor merged into another record."""
    row: Person | Vehicle | None
    if person_id is not None:
        row = session.get(Person, person_id)
    else:
        row = session.get(Vehicle, vehicle_id)
    return row is not None and row.erased_at is None and row.merged_into is None


def note_binding(session: Session, pass_id: str, actor: str, now: float) -> None:
    """A line in the history: a tag was bound to the pass, whose state stays. No number in it."""
    row = session.get_one(PassRow, pass_id)
    line = _line(pass_id, Act.BIND, row.state, row.state, row.issue, actor, now, "")
    session.execute(insert(PassAct), [line])


def numbers_of_holder(
    session: Session,
    class_id: str,
    states: Iterable[PassState],
    begin: float,
    end: float | None,
    *,
    person_id: int | None = None,
    vehicle_id: int | None = None,
) -> list[str]:
    """Numbers of the holder's passes of a class in `states` that are valid at some time of these.

    `begin`, `end`: UTC seconds, None: without end.
    """
    query = select(PassRow.number).where(
        PassRow.class_id == class_id,
        PassRow.state.in_([state.value for state in states]),
        or_(PassRow.valid_until.is_(None), PassRow.valid_until > begin),
    )
    if person_id is not None:
        query = query.where(PassRow.person_id == person_id)
    if vehicle_id is not None:
        query = query.where(PassRow.vehicle_id == vehicle_id)
    if end is not None:
        query = query.where(or_(PassRow.valid_from.is_(None), PassRow.valid_from < end))
    return [number or "" for number in session.scalars(query)]


def _cards(session: Session, steps: Iterable[Step], now: float, reason: str) -> None:
    changed = [
        {
            "card": step.facts.credential,
            "new_state": step.planned.card.value,
            "new_bound": not step.planned.unbind,
            "new_note": reason,
            "new_at": now,
        }
        for step in steps
        if step.planned.card is not None and step.facts.credential is not None
    ]
    if changed:
        table = Credential.__table__
        query = update(table).where(table.c.value == bindparam("card"))  # type: ignore[arg-type]
        query = query.values(
            state=bindparam("new_state"),
            bound=bindparam("new_bound"),
            note=bindparam("new_note"),
            changed_at=bindparam("new_at"),
        )
        session.connection().execute(query, changed)


def _of_step(step: Step, act: Act, actor: str, now: float, reason: str) -> dict[str, Any]:
    before, after = step.facts.state.value, step.planned.state.value
    return _line(step.facts.id, act, before, after, step.planned.issue, actor, now, reason)


def _line(
    pass_id: str, act: Act, before: str, after: str, issue: int, actor: str, now: float, reason: str
) -> dict[str, Any]:
    return {
        "pass_id": pass_id,
        "at": now,
        "actor": actor,
        "act": act.value,
        "before": before,
        "after": after,
        "issue": issue,
        "reason": reason,
    }


def _bound(session: Session, pass_ids: Sequence[str]) -> dict[str, str]:
    query = select(Credential.pass_id, Credential.value)
    rows = session.execute(query.where(Credential.bound, Credential.pass_id.in_(pass_ids)))
    return {row.pass_id: row.value for row in rows}


def _were_active(session: Session, pass_ids: Sequence[str]) -> set[tuple[str, int]]:
    query = select(PassAct.pass_id, PassAct.issue).distinct()
    where = (PassAct.pass_id.in_(pass_ids), PassAct.after == PassState.ACTIVE.value)
    return {(row.pass_id, row.issue) for row in session.execute(query.where(*where))}


def _facts(row: Any, credential: str | None, was_active: bool) -> Facts:
    return Facts(
        id=row.id,
        class_id=row.class_id,
        kind=PassKind(row.kind),
        state=PassState(row.state),
        issue=row.issue,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        requested_by=row.requested_by,
        checked_by=row.checked_by,
        approved_by=row.approved_by,
        renewal=Renewal(row.renewal_state),
        renewal_until=row.renewal_until,
        renewal_by=row.renewal_by,
        renewal_checked_by=row.renewal_checked_by,
        changed_at=row.changed_at,
        was_active=was_active,
        credential=credential,
    )

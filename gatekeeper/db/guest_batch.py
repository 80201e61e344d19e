"""One batch of a guest list: what is known of its guests, what follows, and writing it.

Internal to gatekeeper.db.guests. A batch is read in three queries, planned in memory and
written by bulk statements; nothing is asked or written row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.credential import is_untrusted, pass_number_in
from gatekeeper.db import guest_faults as faults
from gatekeeper.db import guest_store as store
from gatekeeper.db.compiled import key_without_credential
from gatekeeper.db.events import EventInfo
from gatekeeper.db.guest_known import Known, Owner, load_known, load_owners
from gatekeeper.db.guest_values import GuestCounts, GuestFault, GuestRow
from gatekeeper.db.tables import PassClass
from gatekeeper.model import PassState
from gatekeeper.thai import search_form

__all__ = ["Run", "apply_batch", "name_key", "settle_exchanges"]


@dataclass(slots=True)
class Run:
    """One call of `apply_guests`, from its first batch to its last."""

    session: Session
    event: EventInfo
    fields: frozenset[str]
    now: float
    counts: GuestCounts = field(default_factory=GuestCounts)
    changed: dict[str, None] = field(default_factory=dict)
    """Keys that gates must hear of, in order, each once."""
    touched: set[int] = field(default_factory=set)
    """Invitations that a row of this run spoke of: a second one is a fault."""
    waiting: list[GuestRow] = field(default_factory=list)
    """Rows whose card another guest has, who may yet give it up."""
    prefixes: set[str] | None = None
    """What the numbers of passes begin with; None: not asked yet."""


@dataclass(slots=True)
class _Plan:
    """What a batch comes to, before anything is written."""

    new: list[tuple[GuestRow, str]] = field(default_factory=list)
    """Row and name key."""
    updates: list[tuple[GuestRow, str, Known]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """What identifies the new guests of this batch, so that a repeat is seen."""
    claimed: set[str] = field(default_factory=set)
    """Credentials that rows of this batch take."""


def name_key(row: GuestRow) -> str:
    """The name under which a guest is found whom the list does not number."""
    return search_form(f"{row.first_name} {row.last_name}".strip() or row.name_latin)


def apply_batch(run: Run, rows: Sequence[GuestRow], *, last_try: bool = False) -> None:
    """Take `rows`, or refuse them, or let them wait for a card (not at the `last_try`)."""
    keys = [name_key(row) for row in rows]
    known = load_known(run.session, run.event.id, rows, keys)
    owners = load_owners(run.session, [row.credential for row in rows if row.credential])
    plan = _Plan()
    for row, key in zip(rows, keys, strict=True):
        found = known.find(row, key, run.fields)
        guest = found[0] if found else None
        fault = _row_fault(run, plan, row, key, found)
        fault = fault or _card_fault(run, plan, row, guest, owners)
        if fault is None:
            _plan_row(run, plan, row, key, guest)
        elif fault.code == faults.TAKEN and not last_try:
            run.waiting.append(row)
        else:
            run.counts.faults.append(fault)
    _write(run, plan, owners)


def settle_exchanges(run: Run) -> None:
    """Take the rows that wait for each other's cards, and refuse those that wait in vain.

    A row is served when its card's owner also waits, and will be served itself: guests who
    exchange cards form rings, and a ring is served whole. All cards of those served are
    released first, then bound anew.
    """
    rows, run.waiting = run.waiting, []
    if not rows:
        return
    keys = [name_key(row) for row in rows]
    known = load_known(run.session, run.event.id, rows, keys)
    owners = load_owners(run.session, [row.credential for row in rows if row.credential])
    guests = [known.find(row, key, run.fields) for row, key in zip(rows, keys, strict=True)]
    passes = {guest[0].pass_id: index for index, guest in enumerate(guests) if guest}
    served = _served(rows, owners, passes)
    released = [
        guest[0]
        for index, guest in enumerate(guests)
        if guest
        and guest[0].credential
        and index in served
        # Another row of this guest was taken meanwhile: this one will be refused.
        and guest[0].invitation_id not in run.touched
    ]
    store.release(run.session, [guest.pass_id for guest in released], run.now)
    run.changed.update(dict.fromkeys(guest.credential or "" for guest in released))
    for start in range(0, len(rows), 1000):
        apply_batch(run, rows[start : start + 1000], last_try=True)


def _served(rows: Sequence[GuestRow], owners: dict[str, Owner], passes: dict[str, int]) -> set[int]:
    """Indices of rows whose card will be free once all of them have given theirs up."""
    served: set[int] = set()
    wanted: set[str] = set()
    for index, row in enumerate(rows):
        if row.credential not in wanted:
            served.add(index)
            wanted.add(row.credential or "")
    waits_for = {}
    for index in served:
        owner = owners.get(rows[index].credential or "")
        if owner is not None and owner.bound:
            waits_for[index] = passes.get(owner.pass_id or "")
    waiters: dict[int | None, list[int]] = {}
    for index, other in waits_for.items():
        waiters.setdefault(other if other in served else None, []).append(index)
    in_vain = waiters.pop(None, [])
    while in_vain:
        index = in_vain.pop()
        served.discard(index)
        in_vain += waiters.pop(index, [])
    return served


def _row_fault(
    run: Run, plan: _Plan, row: GuestRow, key: str, found: Sequence[Known]
) -> GuestFault | None:
    if not (row.first_name or row.last_name or row.name_latin):
        return faults.no_name(row)
    if len(found) > 1:
        return faults.ambiguous_guest(row, len(found))
    if (found and found[0].invitation_id in run.touched) or _identity(row, key) in plan.keys:
        return faults.duplicate_guest(row)
    if "companions" in run.fields and row.companions > run.event.max_companions:
        return faults.too_many_companions(row, run.event.max_companions)
    return None


def _identity(row: GuestRow, key: str) -> str:
    return f"#{row.external_key}" if row.external_key else f"{key}|{search_form(row.organisation)}"


def _card_fault(
    run: Run, plan: _Plan, row: GuestRow, guest: Known | None, owners: dict[str, Owner]
) -> GuestFault | None:
    credential = row.credential
    if credential is None or "credential" not in run.fields:
        return None
    if guest is not None and guest.credential == credential:
        return None
    if is_untrusted(credential):
        return faults.credential_untrusted(row)
    if _is_pass_code(run, credential):
        return faults.credential_is_code(row)
    owner = owners.get(credential)
    if owner is not None and owner.state != PassState.ACTIVE:
        return faults.credential_dead(row, PassState(owner.state))
    if credential in plan.claimed or (owner and owner.bound and not owner.is_over(run.now)):
        return faults.credential_taken(row, owner.name if owner else "")
    return None


def _is_pass_code(run: Run, credential: str) -> bool:
    """As gatekeeper.db.passes.is_pass_code, the classes asked for once a list."""
    printed = pass_number_in(credential) if credential.startswith("qr:") else None
    if printed is None:
        return False
    if run.prefixes is None:
        run.prefixes = set(run.session.scalars(select(PassClass.prefix)))
    return printed[0].partition("-")[0] in run.prefixes


def _plan_row(run: Run, plan: _Plan, row: GuestRow, key: str, guest: Known | None) -> None:
    if row.credential is not None and "credential" in run.fields:
        plan.claimed.add(row.credential)
    if guest is None:
        plan.keys.add(_identity(row, key))
        plan.new.append((row, key))
    else:
        run.touched.add(guest.invitation_id)
        plan.updates.append((row, key, guest))


def _write(run: Run, plan: _Plan, owners: dict[str, Owner]) -> None:
    organisations = store.organisation_ids(
        run.session, {row.organisation for row in _rows_of(plan) if row.organisation}
    )
    bindings: dict[str, str] = {}
    """Pass to credential."""
    if plan.new:
        created = store.insert_guests(run.session, run.event.id, plan.new, organisations)
        run.counts.imported += len(created)
        for (row, _), (invitation_id, pass_id) in zip(plan.new, created, strict=True):
            run.touched.add(invitation_id)
            if row.credential is not None and "credential" in run.fields:
                bindings[pass_id] = row.credential
            else:
                run.changed[key_without_credential(pass_id)] = None
    persons, invitations = [], []
    for row, key, guest in plan.updates:
        changes = store.differences(row, key, guest, run.fields, organisations)
        moves = _moves(run, row, guest)
        if changes.person:
            persons.append(changes.person)
        if changes.invitation:
            invitations.append(changes.invitation)
        if moves and row.credential:
            bindings[guest.pass_id] = row.credential
            run.changed[guest.credential or key_without_credential(guest.pass_id)] = None
        if changes.person or changes.invitation or moves:
            run.counts.updated += 1
            if not moves:
                key_now = guest.credential or key_without_credential(guest.pass_id)
                run.changed[key_now] = None
        else:
            run.counts.unchanged += 1
    store.update_guests(run.session, persons, invitations)
    _bind(run, bindings, owners)


def _moves(run: Run, row: GuestRow, guest: Known) -> bool:
    """Whether this row gives the guest another card."""
    given = row.credential if "credential" in run.fields else None
    return given is not None and given != guest.credential


def _bind(run: Run, bindings: dict[str, str], owners: dict[str, Owner]) -> None:
    taken = [owners[value] for value in bindings.values() if value in owners]
    losers = [owner.pass_id for owner in taken if owner.bound and owner.pass_id]
    run.changed.update(dict.fromkeys(key_without_credential(loser) for loser in losers))
    store.release(run.session, [*losers, *bindings], run.now)
    store.bind(run.session, bindings, {owner.value for owner in taken}, run.now)
    run.changed.update(dict.fromkeys(bindings.values()))


def _rows_of(plan: _Plan) -> Iterable[GuestRow]:
    yield from (row for row, _ in plan.new)
    yield from (row for row, _, _ in plan.updates)

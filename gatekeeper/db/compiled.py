"""From rows to `model.Pass`: what a gate must know of a credential, worked out once, here.

Two kinds of key travel to the node: the credential that a reader reads, and, for a pass
that has no credential yet, `pass:ID` (see `key_without_credential`), so that a guest without
a card can be let in by hand. No reader, scanner or keyboard can produce such a key.

Read-only; changes are recorded by gatekeeper.db.changes.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from gatekeeper.db.holder_rows import HOLDER_COLUMNS, holder_of_row
from gatekeeper.db.tables import (
    Credential,
    Event,
    Gate,
    Invitation,
    Organisation,
    PassClass,
    PassRow,
    Person,
    Vehicle,
    Visit,
)
from gatekeeper.db.watched import Watched, load_watched
from gatekeeper.model import (
    InvitationState,
    Pass,
    PassKind,
    PassState,
    pack_holder,
)

__all__ = [
    "PASS_KEY",
    "compile_all",
    "compile_keys",
    "compile_pass_ids",
    "invitation_state",
    "key_without_credential",
    "worse",
]

PASS_KEY = "pass:"  # noqa: S105 (a prefix, no password)
CARD_ID = "card:"
"""Prefix of the pass id under which a dead card, bound to nobody, is still refused by name."""

CHUNK = 500
"""Keys asked for in one query; SQLite allows some ten thousand, planners like fewer."""

_STATES = list(PassState)
_STATE: dict[str, PassState] = {state.value: state for state in PassState}
_KIND: dict[str, PassKind] = {kind.value: kind for kind in PassKind}
"""Looked up rather than called: some ten thousand at once. What is unknown raises all the same."""

_Query = Select[*tuple[Any, ...]]


def key_without_credential(pass_id: str) -> str:
    """The key under which a pass without a credential travels: `pass:ID`."""
    return PASS_KEY + pass_id


def compile_keys(session: Session, keys: Iterable[str]) -> dict[str, Pass | None]:
    """What each key means now; None: nothing (the node forgets it)."""
    found: dict[str, Pass | None] = dict.fromkeys(keys)
    site = _site(session)
    found.update((key, _watched_card(key)) for key in found.keys() & site.watched.credentials)
    passes = [key.removeprefix(PASS_KEY) for key in found if key.startswith(PASS_KEY)]
    credentials = [key for key in found if not key.startswith(PASS_KEY)]
    for part in _chunks(credentials):
        found.update(_keyed(_rows(session, _THESE_CARDS, keys=part), site))
    for part in _chunks(passes):
        found.update(_keyed(_rows(session, _THESE_BARE, keys=part), site))
    return found


def compile_pass_ids(session: Session, pass_ids: Iterable[str]) -> dict[str, Pass]:
    """The passes with these ids, by id; unknown ids are left out."""
    found: dict[str, Pass] = {}
    site = _site(session)
    for part in _chunks(list(dict.fromkeys(pass_ids))):
        for query in (_CARDS_OF_THESE, _THESE_BARE):
            compiled = (_compile(row, site) for row in _rows(session, query, keys=part))
            found.update((p.id, p) for p in compiled if p)
    return found


def compile_all(session: Session) -> Iterator[Pass]:
    """Every pass that a gate must know, streamed, in no order."""
    site = _site(session)
    live = or_(Credential.bound, Credential.state != PassState.ACTIVE)
    listed = set(site.watched.credentials)
    for query in (_by_credential().where(live), _without_credential()):
        for row in _rows(session, query.execution_options(yield_per=2000)):
            compiled = _compile(row, site)
            if compiled is not None:
                listed.discard(compiled.credential)
                yield compiled
    yield from map(_watched_card, listed)


def _keyed(rows: Iterable[Any], site: _Site) -> Iterator[tuple[str, Pass]]:
    compiled = (_compile(row, site) for row in rows)
    return ((each.credential, each) for each in compiled if each is not None)


_COLUMNS = (
    *HOLDER_COLUMNS,
    PassRow.id,
    PassRow.state,
    PassRow.valid_from,
    PassRow.valid_until,
    PassRow.gates,
    PassRow.person_id,
    PassRow.vehicle_id,
    PassRow.class_id,
    Event.slug,
    Event.doors_open_at,
    Event.ends_at,
    Invitation.id.label("invitation_id"),
    Invitation.cancelled,
    Invitation.companions,
)


def _joined(query: _Query) -> _Query:
    return (
        query.outerjoin(Event, PassRow.event_id == Event.id)
        .outerjoin(Invitation, PassRow.invitation_id == Invitation.id)
        .outerjoin(Person, PassRow.person_id == Person.id)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .outerjoin(PassClass, PassRow.class_id == PassClass.id)
        .outerjoin(Vehicle, PassRow.vehicle_id == Vehicle.id)
        .outerjoin(Visit, Visit.pass_id == PassRow.id)
    )


def _by_credential() -> _Query:
    query = select(
        Credential.value.label("credential"),
        Credential.state.label("credential_state"),
        Credential.bound,
        *_COLUMNS,
    ).select_from(Credential)
    return _joined(query.outerjoin(PassRow, Credential.pass_id == PassRow.id))


def _without_credential() -> _Query:
    query = select(*_COLUMNS).select_from(PassRow)
    bound = exists().where(and_(Credential.pass_id == PassRow.id, Credential.bound))
    return _joined(query).where(~bound)


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_THESE_CARDS = _by_credential().where(Credential.value.in_(_KEYS))
_CARDS_OF_THESE = _by_credential().where(Credential.bound, Credential.pass_id.in_(_KEYS))
_THESE_BARE = _without_credential().where(PassRow.id.in_(_KEYS))


def _rows(session: Session, query: _Query, **values: Any) -> Iterator[Any]:
    """Rows as named tuples: of each some forty fields are read, thousands of rows in one act.

    Not as the mapper's rows, of which each field costs a call; what the session holds back is
    written first, as the mapper would.
    """
    session.flush()
    result = session.connection().execute(query, values)
    return map(_row_of(tuple(result.keys()))._make, result)


@cache
def _row_of(columns: tuple[str, ...]) -> Any:
    return namedtuple("_row_of", columns)


class _Site(NamedTuple):
    """What passes are compiled with, read once for all of them."""

    watched: Watched
    opened: dict[str | None, tuple[str, ...] | None]
    """The gates that each class's areas have in the settings now; None: a class of all gates."""


def _site(session: Session) -> _Site:
    areas: dict[str, list[str]] = {}
    query = select(Gate.area, Gate.id).where(Gate.active).order_by(Gate.id)
    for area, gate in session.execute(query):
        areas.setdefault(area, []).append(gate)
    classes = session.execute(select(PassClass.id, PassClass.zones))
    opened: dict[str | None, tuple[str, ...] | None] = {None: None}
    for class_id, zones in classes:
        gates = (gate for area in zones or () for gate in areas.get(area, ()))
        opened[class_id] = None if zones is None else tuple(gates)
    return _Site(load_watched(session), opened)


def _gates(row: Any, site: _Site) -> tuple[str, ...] | None:
    """What the pass opens: the gates of its class's areas, of those only the ones it names."""
    own = None if row.gates is None else tuple(row.gates)
    # A class made since the classes were read opens nothing yet; its change is still to come.
    opened = site.opened.get(row.class_id, ())
    if opened is None or own is None:
        return own if opened is None else opened
    return tuple(gate for gate in opened if gate in own)


def _compile(row: Any, site: _Site) -> Pass | None:
    credential = getattr(row, "credential", None)
    if credential is not None and not row.bound:
        return _dead_card(row, credential in site.watched.credentials)
    state = _STATE[row.state]
    if credential is not None:
        state = worse(state, _STATE[row.credential_state])
    kind = _KIND[row.kind]
    return Pass(
        id=row.id,
        credential=credential or key_without_credential(row.id),
        kind=kind,
        state=state,
        event=row.slug,
        invitation=invitation_state(kind, row),
        valid_from=_latest(row.valid_from, row.doors_open_at),
        valid_until=_earliest(row.valid_until, row.ends_at),
        gates=_gates(row, site),
        companions=row.companions or 0,
        holder=pack_holder(holder_of_row(row)),
        watched=site.watched.stops(row.person_id, row.vehicle_id, credential),
    )


def _watched_card(credential: str) -> Pass:
    """A card that is watched for and that nobody was ever given."""
    return Pass(id=CARD_ID + credential, credential=credential, kind=PassKind.VISITOR, watched=True)


def _dead_card(row: Any, watched: bool) -> Pass | None:
    """A card bound to nobody: unknown, unless it was revoked, lost, …: then refused as such."""
    if row.credential_state == PassState.ACTIVE and not watched:
        return None
    return Pass(
        id=CARD_ID + row.credential,
        credential=row.credential,
        kind=PassKind(row.kind or PassKind.VISITOR),
        state=PassState(row.credential_state),
        event=row.slug,
        holder=pack_holder(holder_of_row(row)) if row.id else b"",
        watched=watched,
    )


def invitation_state(kind: PassKind, row: Any) -> InvitationState:
    """What the host says of the invitation in a row; a pass that needs none counts as invited."""
    if kind is not PassKind.EVENT:
        return InvitationState.INVITED
    if row.invitation_id is None:
        return InvitationState.NONE
    return InvitationState.CANCELLED if row.cancelled else InvitationState.INVITED


def worse(one: PassState, other: PassState) -> PassState:
    """The one that outranks the other: of a pass and its credential, both must be active."""
    if one is other:
        return one
    return _STATES[max(_STATES.index(one), _STATES.index(other))]


def _latest(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else max(one, other)


def _earliest(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]

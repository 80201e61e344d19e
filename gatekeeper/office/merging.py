"""Two records of one person made one: who may be the same, what would become of it, doing it.

Nothing is merged by likeness: a person compares both records and says which is kept, and which
value of each field. The other record stays as an empty one that leads here, since records of
the past speak of its number. It cannot be undone, so it is previewed, and recorded whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from gatekeeper.db import holders as people
from gatekeeper.db import merging as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.guest_store import organisation_ids, person_texts
from gatekeeper.db.holder_values import PersonRecord, VehicleRecord
from gatekeeper.db.tables import Person, Vehicle
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import Act
from gatekeeper.names_alike import alike, name_key
from gatekeeper.office.holders import living_person
from gatekeeper.office.name_index import NameIndex
from gatekeeper.office.passes import step

__all__ = [
    "FIELDS",
    "Clash",
    "Likeness",
    "Preview",
    "compared",
    "likely_the_same",
    "merge_people",
    "preview",
    "settle",
]

FIELDS = (
    "title", "first_name", "last_name", "name_latin", "position", "organisation", "employment",
    "purpose", "phone", "email", "photo", "vip", "document",
)  # fmt: skip
"""What is chosen field by field."""

NEAR = 0.86
"""Likeness of names from which a record is shown as perhaps the same."""

_SHOWN = 5


class Likeness(NamedTuple):
    """Somebody who may be the same person."""

    person: PersonRecord
    reason: str
    """`organisation`: same name and organisation; `name`: same name; `near`: a name alike."""
    score: float


class Clash(NamedTuple):
    """A class of which both have an active pass; one of them must be chosen."""

    class_id: str
    name_th: str
    name_en: str
    passes: list[tuple[str, str, int]]
    """`(pass id, printed number, whose)`."""


Record = TypeVar("Record", PersonRecord, VehicleRecord)


@dataclass(frozen=True)
class Preview(Generic[Record]):
    """What merging would do."""

    keep: Record
    gone: Record
    fields: list[tuple[str, Any, Any, bool]]
    """`(field, value kept, the other's value, whether the other's is proposed)`."""
    moved: dict[str, int]
    """Rows of the other record by table."""
    clashes: list[Clash]


def likely_the_same(
    session: Session, person: PersonRecord, names: NameIndex, limit: int = _SHOWN
) -> list[Likeness]:
    """Who else on record may be this person, the likeliest first."""
    mine = _names(person)
    if not mine:
        return []
    found = []
    for other in people.person_records(session, names.near(session, person.id, mine)):
        score = max((alike(a, b) for a in mine for b in _names(other)), default=0.0)
        if score >= NEAR:
            same = score == 1.0
            at_home = same and person.organisation and person.organisation == other.organisation
            reason = "organisation" if at_home else "name" if same else "near"
            found.append(Likeness(other, reason, score))
    found.sort(key=lambda each: (each.reason != "organisation", -each.score, each.person.id))
    return found[:limit]


def preview(session: Session, keep_id: int, gone_id: int) -> Preview[PersonRecord]:
    """What `merge_people` would do. Raises UserError where these two cannot be merged."""
    return compared(session, keep_id, gone_id, living_person, FIELDS, _value, Person)


def compared(
    session: Session,
    keep_id: int,
    gone_id: int,
    living: Callable[[Session, int], Record],
    names: Iterable[str],
    value: Callable[[Record, str], Any],
    holder: type[Person] | type[Vehicle],
) -> Preview[Record]:
    """Two records of `holder` beside each other, by the fields `names` as `value` gives them.

    Raises UserError where these two cannot be merged, also as `living` does.
    """
    if keep_id == gone_id:
        raise UserError("a record cannot be merged with itself", "รวมรายการเข้ากับตัวเองไม่ได้")
    keep, gone = living(session, keep_id), living(session, gone_id)
    fields = []
    for name in names:
        mine, other = value(keep, name), value(gone, name)
        if mine != other and other:
            fields.append((name, mine, other, not mine))
    clashes = [Clash(*each) for each in rows.shared_classes(session, keep_id, gone_id, holder)]
    return Preview(keep, gone, fields, rows.counts_of(session, gone_id, holder), clashes)


def merge_people(
    session: Session,
    keep_id: int,
    gone_id: int,
    *,
    take: Collection[str] = (),
    active: Mapping[str, str] | None = None,
    actor: str,
    now: float,
) -> None:
    """Merge `gone_id` into `keep_id`; `take` names the fields of which the other's value stays.

    `active`: the pass that stays active, by class, where both have one; the others are revoked.
    Raises UserError (field `active-CLASS`) where one was not chosen.
    """
    seen = preview(session, keep_id, gone_id)
    why = f"person:{gone_id} merged into person:{keep_id}"
    settle(session, seen.clashes, active or {}, why=why, actor=actor, now=now)
    proposed = {name for name, _, _, _ in seen.fields} & set(take)
    values, document = _taken(session, seen, proposed), None
    if "document" in proposed:
        document = rows.document_row(session, gone_id)
    rows.move_to(session, gone_id, keep_id)
    rows.blank_person(session, gone_id, keep_id, now)
    people.update_person(session, keep_id, values | (document or {}) | {"changed_at": now})
    record_act(
        session,
        actor,
        "person.merge",
        f"person:{keep_id}",
        f"person:{gone_id}",
        before=_told(seen, proposed) | {"other": _record(seen.gone)},
        after={name: _json(_value(seen.gone, name)) for name in sorted(proposed)} | seen.moved,
    )
    record_change(session, passes=people.passes_of_person(session, keep_id))


def settle(
    session: Session,
    clashes: Collection[Clash],
    active: Mapping[str, str],
    *,
    why: str,
    actor: str,
    now: float,
) -> None:
    """Of two active passes of a class one stays: the one that was chosen. Raises UserError."""
    for clash in clashes:
        ids = [pass_id for pass_id, *_ in clash.passes]
        chosen = active.get(clash.class_id)
        if chosen not in ids:
            raise UserError(
                f"both have an active pass of class {clash.name_en!r}; choose the one that stays",
                f"ทั้งสองรายการมีบัตร “{clash.name_th}” ที่ใช้งานอยู่ โปรดเลือกใบที่จะใช้ต่อ",
                field=f"active-{clash.class_id}",
            )
        for pass_id in ids:
            if pass_id != chosen:
                step(session, pass_id, Act.REVOKE, actor=actor, now=now, reason=why)


def _taken(
    session: Session, seen: Preview[PersonRecord], proposed: Collection[str]
) -> dict[str, Any]:
    """Columns of the kept record with the chosen values of the other one."""
    texts = {
        name: getattr(seen.gone if name in proposed else seen.keep, name)
        for name in FIELDS
        if name not in ("document", "organisation")
    }
    whose = seen.gone if "organisation" in proposed else seen.keep
    known = organisation_ids(session, [whose.organisation]) if whose.organisation else {}
    values = texts | {
        "employment": texts["employment"] or "",
        "purpose": texts["purpose"].value,
        "organisation_id": known.get(whose.organisation),
    }
    names = (texts["title"], texts["first_name"], texts["last_name"], texts["name_latin"])
    return values | person_texts(*names)


def _names(person: PersonRecord) -> tuple[str, ...]:
    written = (f"{person.first_name} {person.last_name}", person.name_latin)
    return tuple(dict.fromkeys(key for key in map(name_key, written) if key))


def _value(person: PersonRecord, name: str) -> Any:
    if name != "document":
        return getattr(person, name)
    return f"{person.document_kind} …{person.document_tail}" if person.document_kind else ""


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else str(value)


def _record(person: PersonRecord) -> dict[str, Any]:
    return {name: _json(_value(person, name)) for name in FIELDS if _value(person, name)}


def _told(seen: Preview[PersonRecord], proposed: Collection[str]) -> dict[str, Any]:
    return {name: _json(_value(seen.keep, name)) for name in sorted(proposed)}

"""The watchlist at work: what is the same stops, what is alike is asked, nothing is silent.

    found = consult(session, subject, place="visitor desk", actor=…, now=…)
    found.stops       the same document, plate, credential or name: call the shift leader
    found.questions   alike: somebody with the right to see the list decides (`decide`)

Consulted whenever a desk takes somebody or something up (record made or changed, visit, request,
pass); gates get the effect through gatekeeper.db.watched. Each meeting is recorded once as a hit
and each time as an act; a question that was answered "another person" is not asked again.
Who is told what: a desk the instruction only; the entry itself is for the roles of its page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gatekeeper.db import watchlist as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.watchlist import Entry, Hit
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import WatchKind
from gatekeeper.office.watch_compare import Subject, compare, compare_names, names, names_of_row
from gatekeeper.office.watch_draft import EntryDraft, entry_values
from gatekeeper.vault import Vault

__all__ = [
    "CALL_EN",
    "CALL_TH",
    "Consultation",
    "EntryDraft",
    "Finding",
    "Subject",
    "add",
    "consult",
    "decide",
    "end_lapsed",
    "is_watched",
    "refuse_watched",
    "remove",
    "sweep",
]

CALL_TH = "โปรดติดต่อหัวหน้าเวร"
CALL_EN = "Call the shift leader"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry that was met; `instruction` is all that a desk is shown of it."""

    entry_id: int
    hit_id: int | None
    match: str
    score: float
    instruction: str


@dataclass(frozen=True, slots=True)
class Consultation:
    """What the list says of a subject. Both empty: nothing."""

    stops: tuple[Finding, ...] = ()
    questions: tuple[Finding, ...] = ()

    @property
    def clear(self) -> bool:
        """Whether a desk may go on."""
        return not self.stops and not self.questions


def add(session: Session, vault: Vault, draft: EntryDraft, *, actor: str, now: float) -> int:
    """Watch for somebody or something; its id. What is the same is stopped at once, everywhere.

    Follow it by `sweep` once this is committed: that also looks for what is only alike.
    Raises UserError, CredentialError.
    """
    values = entry_values(vault, draft) | {"added_by": actor, "added_at": now}
    entry_id = rows.add_entry(session, values)
    record_act(session, actor, "watch.add", str(entry_id), after={"kind": draft.kind.value})
    _meet_same(session, rows.entry_of(session, entry_id), actor, now)
    return entry_id


def remove(session: Session, entry_id: int, *, actor: str, now: float, reason: str) -> None:
    """Watch no more. The second person's approval is asked for by who calls (approvals)."""
    entry = rows.entry_of(session, entry_id)
    if entry.removed_at is not None:
        raise UserError(f"watchlist entry {entry_id} is removed already", "รายการนี้ถูกนำออกจากบัญชีแล้ว")
    rows.end_entry(session, entry_id, actor, now)
    record_act(session, actor, "watch.remove", str(entry_id), reason)


def end_lapsed(session: Session, *, now: float) -> int:
    """End the entries whose time is over; how many. The worker calls it."""
    over = rows.lapsed(session, now)
    for entry_id in over:
        rows.end_entry(session, entry_id, "worker", now)
        record_act(session, "worker", "watch.lapse", str(entry_id))
    return len(over)


def sweep(session: Session, entry_id: int, *, actor: str, now: float) -> int:
    """Look through all records for what an entry means; how many hits are new."""
    entry = rows.entry_of(session, entry_id)
    new = _meet_same(session, entry, actor, now)
    if entry.kind is not WatchKind.PERSON:
        return new
    wanted = names(entry.name, entry.name_latin)
    met = [
        (person, match, score)
        for person, search, latin in rows.names_of_people(session)
        if (score := compare_names(wanted, names_of_row(search, latin))) is not None
        for match in ("exact" if score == 1.0 else "near",)
    ]
    for person, match, score in met:
        new += _meet(
            session, entry, Subject("person", str(person)), match, score, "list", actor, now
        )
    return new


def consult(
    session: Session,
    subject: Subject,
    *,
    place: str,
    actor: str,
    now: float,
    among: Iterable[Entry] | None = None,
    new: bool = False,
) -> Consultation:
    """What the list says of `subject`; each meeting is recorded. `place`: the desk's step.

    `among`: the entries in force, where who calls has read them for many subjects. `new`: its
    record was made in this transaction, so that nothing was met before.
    """
    decided = {
        hit.entry_id: hit
        for hit in (
            rows.hits_of(session, subject_kind=subject.kind, subject_id=subject.id)
            if subject.id and not new
            else ()
        )
    }
    stops: list[Finding] = []
    questions: list[Finding] = []
    for entry in rows.entries(session, now) if among is None else among:
        score = compare(entry, subject)
        hit = decided.get(entry.id)
        if score is None and (hit is None or not hit.stops):
            continue
        if hit is not None and hit.state == "dismissed":
            continue
        match = "exact" if score == 1.0 or (hit is not None and hit.stops) else "near"
        if hit is None and subject.id:
            hit = _store(session, entry, subject, match, score or 1.0, place, actor, now)
        finding = Finding(
            entry.id, hit.id if hit else None, match, score or 1.0, entry.instruction or CALL_TH
        )
        (stops if match == "exact" else questions).append(finding)
        record_act(session, actor, f"watch.{match}", str(entry.id), place)
    return Consultation(tuple(stops), tuple(questions))


def decide(session: Session, hit_id: int, *, same: bool, actor: str, now: float, note: str) -> Hit:
    """A person says whether a hit is the one watched for; in force at every gate at once.

    Raises UserError without a note: who looks at it later must know why.
    """
    if not note.strip():
        raise UserError("note: say by what you know", "กรุณาระบุเหตุผลที่ใช้พิจารณา", field="note")
    state = "confirmed" if same else "dismissed"
    hit = rows.set_hit_state(session, hit_id, state, actor=actor, now=now, note=note.strip())
    record_act(session, actor, f"watch.{state}", str(hit.entry_id), f"hit {hit.id}")
    return hit


def is_watched(session: Session, subject_kind: str, subject_id: str | int, now: float) -> bool:
    """Whether a stored person (`person`), vehicle or credential is stopped now."""
    return rows.is_watched(session, subject_kind, str(subject_id), now)


def refuse_watched(found: Consultation) -> None:
    """Raise UserError with what the desk is to do, where the list stops or asks."""
    if found.stops:
        told = "; ".join(dict.fromkeys(each.instruction for each in found.stops))
        raise UserError(f"watchlist: {CALL_EN}: {told}", f"บัญชีเฝ้าระวัง: {CALL_TH} {told}")
    if found.questions:
        raise UserError(
            "watchlist: alike; the shift leader must decide first",
            "ชื่อหรือทะเบียนคล้ายกับบัญชีเฝ้าระวัง ให้หัวหน้าเวรพิจารณาก่อน",
        )


def _meet_same(session: Session, entry: Entry, actor: str, now: float) -> int:
    """Store a hit for every record that is the same by number, plate or card."""
    people, vehicles = rows.people_and_vehicles(session, entry)
    met = [Subject("person", str(person)) for person in people]
    met += [Subject("vehicle", str(vehicle)) for vehicle in vehicles]
    if entry.credential:
        met.append(Subject("credential", entry.credential))
    return sum(_meet(session, entry, each, "exact", 1.0, "list", actor, now) for each in met)


def _meet(
    session: Session, entry: Entry, subject: Subject, match: str, score: float, place: str,
    actor: str, now: float,
) -> int:  # fmt: skip
    return _store(session, entry, subject, match, score, place, actor, now) is not None


def _store(
    session: Session, entry: Entry, subject: Subject, match: str, score: float, place: str,
    actor: str, now: float,
) -> Hit | None:  # fmt: skip
    values = {
        "entry_id": entry.id,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "match": match,
        "score": score,
        "place": place,
        "at": now,
        "actor": actor,
        "state": "open",
        "decided_by": "",
        "note": "",
    }
    return rows.save_hit(session, values)

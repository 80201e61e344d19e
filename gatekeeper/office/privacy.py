"""Personal data: what is due to be erased, erasing it, and what one person may ask for.

The nightly erase is the same function that its preview counts by. Each run and each wish is
recorded, as counts and identities, never as names. A record that somebody may still need (an
active pass, an open visit, the watchlist) is never erased, whoever asks; the reason is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gatekeeper.db import erasing, privacy_rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.erasing import Record
from gatekeeper.db.surely_kept import Moment, count_held
from gatekeeper.db.watched import Watched, load_watched
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import ApplicationState
from gatekeeper.office.retention import DEFAULT_DAYS, OVER, Held, Tie, Verdict, judge, pass_tie

__all__ = [
    "Erased",
    "Preview",
    "erase_due",
    "erase_person",
    "preview",
    "retention_days",
    "set_days",
]

BATCH = 500
"""Records in one transaction: a gate's change waits no longer than that takes."""

ENDED = (
    ApplicationState.APPROVED.value,
    ApplicationState.REFUSED.value,
    ApplicationState.WITHDRAWN.value,
)
SETTING = "retention"
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Preview:
    """What tonight's run would erase. Counts by purpose; `first` are ids of people, to look at."""

    people: Mapping[str, int]
    vehicles: int
    endless: int
    """Records whose time never begins, because an end is missing."""
    held: int
    first: Sequence[int] = ()


@dataclass(slots=True)
class Erased:
    """What a run erased; `files` are keys whose files are to be deleted now."""

    counts: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)


def retention_days(session: Session) -> dict[str, int]:
    """Days by purpose: the installation's, else the shipped ones."""
    set_here = privacy_rows.setting(session, SETTING) or {}
    return {purpose: int(set_here.get(purpose, days)) for purpose, days in DEFAULT_DAYS.items()}


def set_days(session: Session, days: Mapping[str, int], *, actor: str, now: float) -> None:
    """Keep records of a purpose for so many days. Raises UserError naming the field."""
    before = retention_days(session)
    for purpose, count in days.items():
        if purpose not in before or not 1 <= count <= LONGEST_DAYS:
            raise UserError(
                f"{purpose}: {count} days seen; 1 to {LONGEST_DAYS} are due",
                f"กรอก {count} วัน ต้องอยู่ระหว่าง 1 ถึง {LONGEST_DAYS} วัน",
                field=purpose,
            )
    after = before | dict(days)
    privacy_rows.set_setting(session, SETTING, after, actor, now)
    changed = {name: after[name] for name in after if after[name] != before[name]}
    record_act(
        session, actor, "privacy.retention", SETTING,
        before={name: before[name] for name in changed}, after=changed,
    )  # fmt: skip


def preview(session: Session, now: float, *, most: int = 50) -> Preview:
    """What `erase_due` would do at `now`; changes nothing."""
    days, watched = retention_days(session), load_watched(session)
    people: Counter[str] = Counter()
    verdicts: Counter[Verdict] = Counter()
    first: list[int] = []
    for record, verdict in _judged(session, days, watched, now):
        verdicts[verdict] += 1
        if verdict is Verdict.DUE:
            people[record.purpose] += 1
            first += [record.id] * (len(first) < most)
    vehicles = sum(len(part) for part in _due_vehicles(session, days, watched, now))
    held = count_held(session, watched.people)
    return Preview(people, vehicles, verdicts[Verdict.ENDLESS], held, first)


def erase_due(session: Session, now: float, *, actor: str = "worker") -> Erased:
    """Erase one batch of what is due; call it again, each in its own transaction, until nothing
    was erased. Delete the files it names after the commit."""
    days, watched = retention_days(session), load_watched(session)
    done = Erased()
    due: list[int] = []
    for record, verdict in _judged(session, days, watched, now):
        if verdict is Verdict.DUE:
            due.append(record.id)
        if len(due) == BATCH:
            break
    _erase_people(session, due, now, done)
    vehicles = next((part for part in _due_vehicles(session, days, watched, now) if part), [])
    if vehicles:
        passes = erasing.erase_vehicles(session, vehicles, now)
        done.counts["vehicles"] += len(vehicles)
        privacy_rows.forget_acts(session, [f"vehicle:{each}" for each in vehicles])
        record_change(session, passes=passes)
    asked, files = erasing.erase_applications(
        session, now, ended=ENDED, days=max(DEFAULT_DAYS.values())
    )
    done.counts["applications"] += len(asked)
    done.files += files
    privacy_rows.forget_acts(session, [f"application:{each}" for each in asked])
    done.counts["letters"] += privacy_rows.drop_letters(session, now - 90 * 86_400.0)
    done.counts += Counter()
    if done.counts:
        privacy_rows.add_run(session, now, actor, "nightly", dict(done.counts))
        record_act(session, actor, "privacy.erase", "nightly", after=dict(done.counts))
    return done


def erase_person(
    session: Session, person_id: int, *, reason: str, actor: str, now: float
) -> Erased:
    """Erase one person because they ask for it (PDPA, section 33).

    Raises UserError where there is nobody, or why the record is still needed.
    """
    if not reason.strip():
        raise UserError("reason: why is due", "กรุณาระบุเหตุผลหรือเลขที่คำขอ", field="reason")
    record = erasing.record_of(session, person_id)
    if record is None:
        raise UserError(f"person {person_id} is not on record", f"ไม่พบข้อมูลบุคคลเลขที่ {person_id}")
    held = _held(record, load_watched(session))
    ties = _ties(record, retention_days(session), now)
    if held or any(tie.ended_at is None and not tie.endless for tie in ties):
        raise UserError(
            f"person {person_id} has a pass, a visit or a duty that is not over; end it first",
            "ยังมีบัตร การเข้าพบ หรือเหตุจำเป็นที่ยังไม่สิ้นสุด ต้องยุติก่อนจึงจะลบข้อมูลได้",
        )
    done = Erased()
    _erase_people(session, [person_id], now, done)
    privacy_rows.add_run(session, now, actor, "person", dict(done.counts))
    record_act(session, actor, "privacy.erase", f"person:{person_id}", reason.strip())
    return done


def _erase_people(session: Session, ids: Sequence[int], now: float, done: Erased) -> None:
    if not ids:
        return
    passes, photos = erasing.erase_people(session, ids, now)
    done.files += photos
    done.counts["people"] += len(ids)
    subjects = [f"person:{each}" for each in ids] + [f"pass:{each}" for each in passes] + passes
    privacy_rows.forget_acts(session, subjects)
    record_change(session, passes=passes)


def _judged(
    session: Session, days: Mapping[str, int], watched: Watched, now: float
) -> Iterator[tuple[Record, Verdict]]:
    """Whoever is not surely kept, with what becomes of them."""
    for part in erasing.people(session, _moment(days, now)):
        yield from _verdicts(part, days, watched, now)


def _verdicts(
    records: Sequence[Record], days: Mapping[str, int], watched: Watched, now: float
) -> Iterator[tuple[Record, Verdict]]:
    for record in records:
        ties = _ties(record, days, now)
        held = Held(record.purpose, record.created_at, ties, _held(record, watched))
        yield record, judge(held, days, now)


def _due_vehicles(
    session: Session, days: Mapping[str, int], watched: Watched, now: float
) -> Iterator[list[int]]:
    for part in erasing.vehicles(session, _moment(days, now)):
        yield [
            record.id
            for record in part
            if judge(
                Held(
                    record.purpose,
                    record.created_at,
                    _ties(record, days, now),
                    record.id in watched.vehicles,
                ),
                days,
                now,
            )
            is Verdict.DUE
        ]


def _moment(days: Mapping[str, int], now: float) -> Moment:
    return Moment(now, [state.value for state in OVER], min(days.values()))


def _held(record: Record, watched: Watched) -> bool:
    return record.id in watched.people or bool(record.vehicles)


def _ties(record: Record, days: Mapping[str, int], now: float) -> list[Tie]:
    own = days[record.purpose] if record.purpose in days else max(days.values())
    ties = [
        pass_tie(
            PassState(each.state),
            until=each.until,
            changed_at=each.changed_at,
            event=each.event,
            days=own if each.days is None else each.days,
            now=now,
        )
        for each in record.passes
    ]
    return ties + [Tie(ended, own) for ended in record.visits]

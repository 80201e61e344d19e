"""Many passes in one act: chosen, previewed, done in one transaction, taken back within a while.

Each pass goes by the same table as alone (gatekeeper.office.life_cycle); one that the table or a
person refuses is left as it is and named. Taking back restores what each pass was, unless
somebody changed it since.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from gatekeeper.db import bulk_acts, pass_acts
from gatekeeper.db.audit import record_act
from gatekeeper.db.bulk_acts import BulkInfo
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_acts import Facts, Planned, Step
from gatekeeper.db.pass_classes import ClassInfo, list_classes
from gatekeeper.db.pass_lines import PassLine, pass_lines
from gatekeeper.db.pass_lists import Choice, chosen_ids
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act
from gatekeeper.office.life_cycle import plan
from gatekeeper.office.passes import renewed_end

__all__ = ["BULK_ACTS", "UNDO_S", "Done", "Preview", "Undone", "do_bulk", "preview", "undo"]

BULK_ACTS = (Act.EXPIRE, Act.RENEW, Act.CHECK, Act.APPROVE)

UNDO_S = 900.0
"""How long a bulk act can be taken back."""

BATCH = 1000
"""Passes written by one round of statements; all rounds are one transaction."""

MOST = 100_000
"""Passes of one act."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do."""

    count: int
    """Passes that would change."""
    refused: list[tuple[UserError, int]]
    """Why others would not, and how many; the most frequent first."""
    shown: list[PassLine]
    """Some of those that would change."""
    digest: str
    """Which passes would change; given back to `do_bulk`, it does these or none."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did."""

    bulk_id: int
    count: int
    refused: int
    undo_until: float


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking back an act did."""

    count: int
    left: list[PassLine]
    """Passes that somebody changed since: as they are now."""


@dataclass(frozen=True, slots=True)
class _Asked:
    act: Act
    actor: str
    now: float
    zone: ZoneInfo
    reason: str
    valid_until: float | None


def preview(
    session: Session,
    act: Act,
    choice: Choice,
    *,
    actor: str,
    now: float,
    zone: ZoneInfo,
    reason: str = "",
    valid_until: float | None = None,
    shown: int = 20,
) -> Preview:
    """What `do_bulk` with the same arguments would do; changes nothing. Raises as it does."""
    asked = _asked(act, actor, now, zone, reason, valid_until)
    steps, refused = _plan(session, asked, _ids(session, choice), lock=False)
    counts = Counter(str(error) for error in refused)
    by_text = {str(error): error for error in refused}
    return Preview(
        count=len(steps),
        refused=[(by_text[text], count) for text, count in counts.most_common()],
        shown=pass_lines(session, [step.facts.id for step in steps[:shown]]),
        digest=_digest(step.facts.id for step in steps),
    )


def do_bulk(
    session: Session,
    act: Act,
    choice: Choice,
    *,
    actor: str,
    now: float,
    zone: ZoneInfo,
    reason: str = "",
    valid_until: float | None = None,
    digest: str | None = None,
) -> Done:
    """Do `act` with every chosen pass that allows it; in force at gates once committed.

    `valid_until`: the end that a renewal asks for, where a class goes by the request. Raises
    UserError for an act that is not done in bulk, a choice of everything or of nothing, or
    where other passes than the previewed ones (`digest`) would change.
    """
    asked = _asked(act, actor, now, zone, reason, valid_until)
    steps, refused = _plan(session, asked, _ids(session, choice), lock=True)
    if digest is not None and digest != _digest(step.facts.id for step in steps):
        raise UserError(
            "the passes changed since the preview; please look at it again",
            "ข้อมูลบัตรเปลี่ยนไปหลังจากที่แสดงตัวอย่าง กรุณาตรวจดูอีกครั้ง",
        )
    if not steps:
        raise UserError("no pass would change", "ไม่มีบัตรที่จะเปลี่ยนแปลง")
    values = {
        "at": now,
        "actor": actor,
        "act": act.value,
        "chosen": _told(choice, valid_until),
        "count": len(steps),
        "reason": asked.reason,
        "undo_until": now + UNDO_S,
    }
    bulk_id = bulk_acts.begin_bulk(session, values)
    keys: list[str] = []
    for start in range(0, len(steps), BATCH):
        part = steps[start : start + BATCH]
        bulk_acts.remember(session, bulk_id, part, now)
        keys += pass_acts.write(session, part, act, actor=actor, now=now, reason=asked.reason)
    summary = {"count": len(steps), "refused": len(refused), **_told(choice, valid_until)}
    record_act(session, actor, f"passes.{act.value}", str(bulk_id), asked.reason, after=summary)
    record_change(session, credentials=keys)
    return Done(bulk_id, len(steps), len(refused), now + UNDO_S)


def undo(session: Session, bulk_id: int, *, actor: str, now: float) -> Undone:
    """Make every pass of a bulk act what it was before; those changed since are left and named.

    Raises UserError for an unknown act, one taken back already, or when it is too late.
    """
    done = bulk_acts.bulk_act(session, bulk_id, lock=True)
    _check_undo(done, now)
    items = bulk_acts.bulk_items(session, bulk_id)
    facts = pass_acts.facts_of(session, list(items))
    steps, left = [], []
    for pass_id, found in facts.items():
        before, after = items[pass_id]
        if bulk_acts.columns_of(found) != after:
            left.append(pass_id)
            continue
        values = {k: v for k, v in before.items() if k not in ("state", "issue", "changed_at")}
        steps.append(Step(found, Planned(PassState(before["state"]), before["issue"], values)))
    keys: list[str] = []
    reason = f"bulk act {bulk_id}"
    for start in range(0, len(steps), BATCH):
        part = steps[start : start + BATCH]
        keys += pass_acts.write(session, part, Act.UNDO, actor=actor, now=now, reason=reason)
    bulk_acts.close_undo(session, bulk_id, actor, now)
    summary = {"count": len(steps), "left": len(left)}
    record_act(session, actor, "passes.undo", str(bulk_id), after=summary)
    record_change(session, credentials=keys)
    return Undone(len(steps), pass_lines(session, left))


def _asked(
    act: Act, actor: str, now: float, zone: ZoneInfo, reason: str, valid_until: float | None
) -> _Asked:
    if act not in BULK_ACTS:
        due = ", ".join(each.value for each in BULK_ACTS)
        raise UserError(
            f"{act.value} is not done in bulk; {due} are", "ทำรายการนี้ทีละหลายใบไม่ได้", field="act"
        )
    if act is Act.EXPIRE and not reason.strip():
        raise UserError("a reason is due", "กรุณาระบุเหตุผล", field="reason")
    return _Asked(act, actor, now, zone, reason.strip(), valid_until)


def _ids(session: Session, choice: Choice) -> list[str]:
    """Whose passes; a choice of all classes and organisations is refused: it is a slip."""
    narrowed = (choice.class_id, choice.organisation_id, choice.employment, choice.text.strip())
    if not any(narrowed):
        raise UserError(
            "a class, an organisation, an employment class or a text is due",
            "กรุณาเลือกประเภทบัตร หน่วยงาน ประเภทบุคลากร หรือระบุคำค้นอย่างน้อยหนึ่งอย่าง",
            field="class_id",
        )
    found = chosen_ids(session, choice, MOST + 1)
    if len(found) > MOST:
        raise UserError(
            f"more than {MOST} passes are chosen; choose fewer",
            f"เลือกบัตรเกิน {MOST:,} ใบ กรุณาเลือกให้แคบลง",
            field="class_id",
        )
    return found


def _plan(
    session: Session, asked: _Asked, ids: list[str], *, lock: bool
) -> tuple[list[Step], list[UserError]]:
    classes = {each.id: each for each in list_classes(session)}
    steps: list[Step] = []
    refused: list[UserError] = []
    for facts in pass_acts.facts_of(session, ids, lock=lock).values():
        try:
            steps.append(Step(facts, _planned(asked, facts, classes[facts.class_id or ""])))
        except UserError as error:
            refused.append(error)
    return steps, refused


def _planned(asked: _Asked, facts: Facts, of_class: ClassInfo) -> Planned:
    until = None
    if asked.act is Act.RENEW:
        until = renewed_end(of_class, facts, asked.now, asked.zone, asked.valid_until)
    return plan(
        facts,
        asked.act,
        actor=asked.actor,
        now=asked.now,
        reason=asked.reason,
        renew_until=until,
        renewal_approval=of_class.renewal_approval,
    )


def _check_undo(done: BulkInfo | None, now: float) -> None:
    if done is None:
        raise UserError("there is no such bulk act", "ไม่พบรายการนี้")
    if done.undone_at is not None:
        raise UserError(
            f"this was taken back already by {done.undone_by}",
            f"รายการนี้ถูกยกเลิกไปแล้วโดย {done.undone_by}",
        )
    if now >= done.undo_until:
        raise UserError(
            f"more than {UNDO_S / 60:.0f} minutes have passed; it cannot be taken back any more",
            f"เกิน {UNDO_S / 60:.0f} นาทีแล้ว ยกเลิกรายการนี้ไม่ได้",
        )


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:32]


def _told(choice: Choice, valid_until: float | None) -> dict[str, object]:
    """The choice as it is remembered: only what narrows."""
    told = {name: value for name, value in asdict(choice).items() if value not in ("", (), None)}
    told.pop("text", None)
    if choice.states:
        told["states"] = [state.value for state in choice.states]
    return told | ({} if valid_until is None else {"valid_until": valid_until})

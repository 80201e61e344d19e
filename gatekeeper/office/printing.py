"""Printing as an act of its own: what may be printed, and that it was.

A print changes neither the state of a pass nor what any gate does: a badge in a drawer is not a
badge in force. What is not approved is never printed; what was printed is printed again only
with a reason. The document is made first and recorded after, in a transaction that looks again:
what changed meanwhile is not recorded as printed, and the document is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.prints import PrintFacts, codes_bound, print_facts, record_prints
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.office.badge_values import Form, Layout, Printed, SiteTexts, letters_missing
from gatekeeper.office.badges import Photos, Progress, badges_pdf
from gatekeeper.office.print_file import print_file

__all__ = ["MOST", "PRINTABLE", "QUEUE", "PrintOrder", "as_printed", "check", "make", "record"]

PRINTABLE = (PassState.APPROVED, PassState.MADE, PassState.HANDED_OVER, PassState.ACTIVE)
"""States of a pass whose badge may be printed, the first time or again."""
QUEUE = (PassState.APPROVED, PassState.MADE)
"""States in which a badge that was not printed yet is waited for."""
MOST = 2_000
"""Passes of one order."""


class PrintOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked to have printed."""

    batch: str
    pass_ids: tuple[str, ...]
    form: Form = Form.SHEETS
    lying: bool = False
    reason: str = ""
    """Why again, where any of them was printed before."""
    actor: str = "cli"
    origin: str = "cli"
    """From where it was asked, for the auditors."""
    at: float = 0.0

    @property
    def layout(self) -> str:
        """The form as the record of prints names it."""
        return f"{self.form.value}-lying" if self.lying else self.form.value


def check(
    session: Session, facts: Sequence[PrintFacts], wanted: Sequence[str], reason: str
) -> list[Printed]:
    """The passes as they are printed, or why they are not.

    Raises UserError where one is unknown, not approved or over, has letters that the typeface
    lacks or a number that gates take for a credential, and (at `reason`) where one was printed
    before and no reason is given.
    """
    if not wanted:
        raise UserError("choose at least one pass", "กรุณาเลือกบัตรอย่างน้อย 1 บัตร", field="pass_ids")
    if len(wanted) > MOST:
        raise UserError(
            f"{len(wanted)} passes seen; at most {MOST} at once are due",
            f"เลือก {len(wanted)} บัตร พิมพ์ได้ครั้งละไม่เกิน {MOST} บัตร",
            field="pass_ids",
        )
    if missing := set(wanted) - {one.pass_id for one in facts}:
        raise UserError(
            f"pass {min(missing)!r} does not exist or is a guest's",
            "ไม่พบบัตรผ่านที่เลือก หรือเป็นบัตรเชิญของแขก",
            field="pass_ids",
        )
    for one in facts:
        if one.state not in PRINTABLE:
            raise UserError(
                f"pass {one.number} is {one.state.value}; only approved passes are printed",
                f"บัตรเลขที่ {one.number} ยังไม่ได้รับอนุมัติหรือสิ้นสุดแล้ว จึงพิมพ์ไม่ได้",
                field="pass_ids",
            )
    again = [one.number for one in facts if one.printed_issue >= one.issue]
    if again and not reason.strip():
        raise UserError(
            f"pass {again[0]} was printed before; a reason is due",
            f"บัตรเลขที่ {again[0]} เคยพิมพ์แล้ว กรุณาระบุเหตุผลที่พิมพ์ซ้ำ",
            field="reason",
        )
    if bound := codes_bound(session, [one.number for one in facts]):
        # A badge's code must find its pass and open nothing, whoever photographs it.
        raise UserError(
            f"the code of pass {bound[0]} is bound as a credential; unbind it before printing",
            f"รหัส QR ของบัตรเลขที่ {bound[0]} ถูกผูกไว้เป็นบัตรที่เปิดประตูได้ ต้องยกเลิกก่อนพิมพ์",
            field="pass_ids",
        )
    return [_printable(one) for one in facts]


def _printable(facts: PrintFacts) -> Printed:
    printed = as_printed(facts)
    if letters := letters_missing(printed):
        raise UserError(
            f"pass {facts.number}: no glyphs for {letters!r}; change the name on record",
            f"บัตรเลขที่ {facts.number} มีตัวอักษรที่พิมพ์ไม่ได้ คือ {letters} กรุณาแก้ไขข้อมูลผู้ถือบัตร",
            field="pass_ids",
        )
    return printed


def as_printed(facts: PrintFacts) -> Printed:
    """A pass of the database as badges say it."""
    return Printed(
        pass_id=facts.pass_id,
        number=facts.number,
        class_th=facts.class_th,
        class_en=facts.class_en,
        colour=facts.colour,
        ink=facts.ink,
        layout=Layout(facts.layout),
        legal_basis=facts.legal_basis,
        name=facts.name,
        name_latin=facts.name_latin,
        position=facts.position,
        organisation=facts.organisation,
        photo=facts.photo,
        plate=facts.plate,
        province=facts.province,
        vehicle=facts.vehicle,
        valid_until=facts.valid_until,
    )


def make(
    database: Database,
    order: PrintOrder,
    site: SiteTexts,
    photos: Photos,
    *,
    progress: Progress | None = None,
) -> bytes:
    """The document (PDF, or the ZIP of Form.FILE) of an order, recorded as printed.

    Raises UserError; then nothing is recorded.
    """
    with database.reading() as session:
        facts = print_facts(session, order.pass_ids)
        passes = check(session, facts, order.pass_ids, order.reason)
    if order.form is Form.FILE:
        made = print_file(passes, site, photos, made_at=order.at)
    else:
        made = badges_pdf(
            passes, site, photos,
            form=order.form, lying=order.lying, made_at=order.at, progress=progress,
        )  # fmt: skip
    with database.session() as session:
        record(session, order, facts)
    return made


def record(session: Session, order: PrintOrder, printed: Sequence[PrintFacts]) -> None:
    """That the passes of an order were printed as they were when the document was made.

    Raises UserError where one of them changed since.
    """
    now = print_facts(session, order.pass_ids, lock=True)
    check(session, now, order.pass_ids, order.reason)
    for before, after in zip(printed, now, strict=True):
        if before != after:
            raise UserError(
                f"pass {before.number} was changed meanwhile; look again and print again",
                f"บัตรเลขที่ {before.number} มีการแก้ไขระหว่างจัดพิมพ์ กรุณาตรวจสอบแล้วสั่งพิมพ์ใหม่",
                field="pass_ids",
            )
    record_prints(
        session, now,
        layout=order.layout, reason=order.reason.strip(), batch=order.batch,
        actor=order.actor, now=order.at,
    )  # fmt: skip
    for one in now:
        again = one.printed_issue >= one.issue
        record_act(
            session,
            order.actor,
            "pass.reprint" if again else "pass.print",
            one.pass_id,
            order.reason.strip() if again else "",
            after={"issue": one.issue, "form": order.layout, "batch": order.batch},
        )

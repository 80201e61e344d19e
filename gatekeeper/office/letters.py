"""Letters to applicants: their texts in Thai and English, put in the queue beside the act.

Plain text. A letter never tells a document's number, nor anything of the watchlist.
"""

from __future__ import annotations

from enum import StrEnum
from string import Template
from typing import NamedTuple

from gatekeeper.db.engine import Session
from gatekeeper.db.mail import queue_mail
from gatekeeper.db.requests import Request
from gatekeeper.office.text import clean

__all__ = ["TEXTS", "Kind", "queue", "written"]


class Kind(StrEnum):
    """What a letter is about."""

    RECEIVED = "received"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    READY = "ready"
    """The badges can be collected."""
    WITHDRAWN = "withdrawn"


class Text(NamedTuple):
    """Subject and body in Thai, then in English; `$name` is filled in."""

    subject_th: str
    body_th: str
    subject_en: str
    body_en: str


_FOOT_TH = """

ดูสถานะคำขอได้ที่หน้า “ติดตามคำขอ” โดยใช้เลขที่อ้างอิง $reference และรหัสลับที่ได้รับเมื่อยื่นคำขอ
อีเมลฉบับนี้ส่งจากระบบอัตโนมัติ ไม่ต้องตอบกลับ
"""
_FOOT_EN = """

See its state on the page "Status of a request" with the reference $reference and the secret that
you were given. This letter was sent by a program; please do not answer it.
"""

TEXTS: dict[Kind, Text] = {
    Kind.RECEIVED: Text(
        "ได้รับคำขอ $reference แล้ว",
        "เรียน $name\n\nงานบัตรได้รับคำขอของท่านแล้ว เลขที่อ้างอิง $reference\nรหัสลับ $secret\n\n"
        "โปรดเก็บรหัสลับไว้ ผู้ที่มีเลขที่อ้างอิงและรหัสลับสามารถดูและถอนคำขอได้ "
        "งานบัตรไม่สามารถแจ้งรหัสลับซ้ำได้",
        "Request $reference received",
        "Dear $name,\n\nyour request was received. Reference: $reference\nSecret: $secret\n\n"
        "Keep the secret: whoever has both can see and withdraw the request. "
        "It cannot be told again.",
    ),
    Kind.ASKED: Text(
        "คำขอ $reference: โปรดส่งข้อมูลเพิ่มเติม",
        "เรียน $name\n\nงานบัตรขอข้อมูลเพิ่มเติมสำหรับคำขอ $reference ดังนี้\n\n$text",
        "Request $reference: please send more",
        "Dear $name,\n\nfor the request $reference the pass office asks:\n\n$text",
    ),
    Kind.APPROVED: Text(
        "คำขอ $reference ได้รับอนุมัติ",
        "เรียน $name\n\nคำขอ $reference ได้รับอนุมัติแล้ว งานบัตรกำลังจัดทำบัตร "
        "และจะแจ้งให้ทราบเมื่อพร้อมรับ\n\n$text",
        "Request $reference approved",
        "Dear $name,\n\nyour request $reference was approved. The passes are being made; "
        "you will be told when they can be collected.\n\n$text",
    ),
    Kind.REFUSED: Text(
        "คำขอ $reference ไม่ได้รับอนุมัติ",
        "เรียน $name\n\nคำขอ $reference ไม่ได้รับอนุมัติ\nเหตุผล: $text",
        "Request $reference refused",
        "Dear $name,\n\nyour request $reference was refused.\nReason: $text",
    ),
    Kind.READY: Text(
        "คำขอ $reference: บัตรพร้อมรับแล้ว",
        "เรียน $name\n\nบัตรตามคำขอ $reference จัดทำเสร็จแล้ว "
        "โปรดนำเอกสารแสดงตนฉบับจริงมารับที่งานบัตร\n\n$text",
        "Request $reference: ready to collect",
        "Dear $name,\n\nthe passes of request $reference are ready. "
        "Bring the original of your identity document to the pass office.\n\n$text",
    ),
    Kind.WITHDRAWN: Text(
        "ถอนคำขอ $reference แล้ว",
        "เรียน $name\n\nคำขอ $reference ถูกถอนตามที่ท่านแจ้ง หากท่านไม่ได้ถอนเอง โปรดติดต่องานบัตร",
        "Request $reference withdrawn",
        "Dear $name,\n\nthe request $reference was withdrawn as you asked. "
        "If it was not you, please call the pass office.",
    ),
}


def written(
    kind: Kind, language: str, *, reference: str, name: str, text: str = "", secret: str = ""
) -> tuple[str, str]:
    """`(subject, body)` in `th` or `en`. A subject is one line whatever was typed."""
    texts = TEXTS[kind]
    thai = language == "th"
    values = {"reference": reference, "name": clean(name), "text": text.strip(), "secret": secret}
    subject = Template(texts.subject_th if thai else texts.subject_en).substitute(values)
    foot = _FOOT_TH if thai else _FOOT_EN
    body = Template((texts.body_th if thai else texts.body_en) + foot).substitute(values)
    return " ".join(subject.split()), body


def queue(
    session: Session, request: Request, kind: Kind, *, now: float, text: str = "", secret: str = ""
) -> None:
    """Put the letter in the queue, in the caller's transaction; nothing where nobody can get it."""
    if not request.contact_email:
        return
    subject, body = written(
        kind,
        request.language,
        reference=request.reference,
        name=request.contact_name,
        text=text,
        secret=secret,
    )
    queue_mail(
        session,
        recipient=request.contact_email,
        subject=subject,
        body=body,
        language=request.language,
        now=now,
        application_id=request.id,
    )

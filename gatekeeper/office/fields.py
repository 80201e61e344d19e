"""One cell into one value, or into what is wrong with it.

Every function takes clean text and returns a value or a `Problem`; none raises, none knows
where the cell stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gatekeeper import credential
from gatekeeper.errors import CredentialError
from gatekeeper.office.faults import FaultCode, Problem
from gatekeeper.office.text import Odd, OddKind, damage, folded, formula_like
from gatekeeper.thai import arabic_digits

__all__ = [
    "NOTE_MAX",
    "TEXT_MAX",
    "Reply",
    "companions",
    "free_text",
    "number",
    "place",
    "reply",
    "says_vip",
    "status",
    "tag",
    "vip",
]

TEXT_MAX = 200
"""Longest name, position, organisation or group, in characters."""
PLACE_MAX = 40
"""Longest table, seat or sequence number, in characters."""
NOTE_MAX = 2000
"""Longest note, in characters."""

_DASHES = frozenset(("-", "–", "—", "−", "‐", "--", "---"))
_WHOLE = re.compile(r"([+-]?)(\d{1,15})(?:\.0*)?\Z", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+\.\d+\Z", re.ASCII)
_PEOPLE = re.compile(r"\s*(?:คน|ท่าน|ราย|persons?|people|pax)\.?\Z", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?E\+\d+\Z", re.ASCII | re.IGNORECASE)
_ERROR = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!)\Z")
_SCHEME = re.compile(r"(?:em4100|uid|epc)\s*:", re.IGNORECASE | re.ASCII)
_VIP = re.compile(r"(?<![a-z0-9])v{1,2}\.?i\.?p(?![a-z0-9])|วีไอพี", re.IGNORECASE)
_NO_VIP = re.compile(r"(?:ไม่(?:ใช่|เป็น)?|non|not|no)[\s-]*(?:v{1,2}\.?i\.?p|วีไอพี)", re.IGNORECASE)


class Reply(NamedTuple):
    """What the guest answered, and whether the host has cancelled the invitation."""

    answer: str = "no_reply"
    """accepted, declined, no_reply or representative."""
    cancelled: bool = False


def _table(**answers: str) -> dict[str, str]:
    return {folded(word): key for key, words in answers.items() for word in words.split("|")}


_REPLIES = _table(
    accepted="ตอบรับ|ตอบรับแล้ว|มา|มาร่วม|เข้าร่วม|เข้าร่วมงาน|ร่วมงาน|มาร่วมงาน|ยืนยัน|accepted|accept|yes|"
    "attending|confirmed|will attend",
    declined="ไม่สะดวก|ปฏิเสธ|ไม่มา|ไม่เข้าร่วม|ไม่ร่วมงาน|ตอบปฏิเสธ|ไม่ตอบรับ|declined|decline|no|regret|"
    "regrets|not attending|unable",
    no_reply="ยังไม่ตอบ|ยังไม่ตอบรับ|ไม่ตอบ|รอตอบ|รอการตอบรับ|รอคำตอบ|no reply|no_reply|no-reply|"
    "pending|none|awaiting|no response|not replied",
    representative="ส่งผู้แทน|ผู้แทน|มอบผู้แทน|ให้ผู้แทน|ส่งผู้แทนมา|representative|sends representative|"
    "delegate|by representative|send representative",
    cancelled="ยกเลิก|ยกเลิกการเชิญ|ยกเลิกคำเชิญ|ถอนการเชิญ|cancelled|canceled|invitation cancelled|"
    "withdrawn",
)
_STATUSES = _table(
    active="ปกติ|ใช้งาน|เชิญ|เชิญแล้ว|active|invited|ok|valid|normal",
    cancelled="ยกเลิกแล้ว|inactive",
)
_FLAGS = _table(
    yes="ใช่|เป็น|จริง|yes|y|true|1|x|v|/|✓|✔|☑|vip|vvip|วีไอพี",
    no="ไม่|ไม่ใช่|ไม่เป็น|เท็จ|no|n|false|0|☐|✗|✘",
)


def _odd(cell: str) -> Problem | None:
    """What a cell that is no text and no number says of itself."""
    if isinstance(cell, Odd):
        code = {
            OddKind.FORMULA: FaultCode.FORMULA,
            OddKind.DATE: FaultCode.DATE_IN_CELL,
            OddKind.ERROR: FaultCode.CELL_ERROR,
        }.get(cell.kind)
        return Problem(code, {"seen": str(cell)}) if code else None
    if cell[0] == "#" and _ERROR.match(cell):
        return Problem(FaultCode.CELL_ERROR, {"seen": cell})
    return None


def free_text(cell: str, limit: int = TEXT_MAX, *, dates: bool = False) -> str | Problem:
    """`cell` as text; a dash alone is nothing. `dates`: a date may stand here as text.

    An apostrophe before a formula's first character is the spreadsheet's mark of text
    (export writes it, so that nothing is run); it is no part of the text.
    """
    if not cell or cell in _DASHES:
        return ""
    if dates and isinstance(cell, Odd) and cell.kind is OddKind.DATE:
        return str(cell)
    if problem := _odd(cell):
        return problem
    text = str(cell)
    if text[0] == "'" and text[1:2] in "=+-@＝＋－＠" and len(text) > 1:
        text = text[1:]
    if char := damage(text):
        return Problem(FaultCode.CONTROL_CHARACTER, {"seen": char})
    if formula_like(text):
        return Problem(FaultCode.FORMULA, {"seen": text})
    if len(text) > limit:
        return Problem(FaultCode.TOO_LONG, {"length": len(text), "limit": limit})
    return text


def number(cell: str) -> str | Problem:
    """A sequence number as text: `๑`, `1.` and `1.0` are `1`; letters are kept (`A-12`)."""
    text = arabic_digits(cell)
    whole = _WHOLE.match(text)
    if whole and not whole[1] and not isinstance(cell, Odd):
        return whole[2]
    return free_text(cell if isinstance(cell, Odd) else text, PLACE_MAX)


def place(cell: str, negative: FaultCode, invalid: FaultCode) -> str | Problem:
    """A table or seat as text. A number must be whole and not negative."""
    text = arabic_digits(cell)
    if not isinstance(cell, Odd):
        whole = _WHOLE.match(text)
        if whole:
            minus = whole[1] == "-" and int(whole[2])
            return Problem(negative, {"seen": text}) if minus else whole[2]
        if _DECIMAL.match(text):
            return Problem(negative if text[0] == "-" else invalid, {"seen": text})
    return free_text(cell if isinstance(cell, Odd) else text, PLACE_MAX)


def companions(cell: str, limit: int) -> int | Problem:
    """How many come along: 0 for an empty cell, at most `limit`. `2 คน` is 2."""
    if not cell or cell in _DASHES:
        return 0
    if isinstance(cell, Odd) and (problem := _odd(cell)):
        return problem
    whole = _WHOLE.match(_PEOPLE.sub("", arabic_digits(cell)))
    if not whole:
        if formula_like(cell):
            return Problem(FaultCode.FORMULA, {"seen": cell})
        return Problem(FaultCode.COMPANIONS_NOT_A_NUMBER, {"seen": cell})
    count = int(whole[1] + whole[2])
    if count < 0:
        return Problem(FaultCode.COMPANIONS_NEGATIVE, {"seen": str(count)})
    if count > limit:
        return Problem(FaultCode.TOO_MANY_COMPANIONS, {"seen": str(count), "limit": limit})
    return count


def reply(cell: str) -> Reply | Problem:
    """What the guest answered; an empty cell is no reply."""
    if not cell or cell in _DASHES:
        return Reply()
    answer = _REPLIES.get(folded(cell))
    if answer is None:
        return _not_text(cell) or Problem(FaultCode.UNKNOWN_REPLY, {"seen": str(cell)})
    return Reply(cancelled=True) if answer == "cancelled" else Reply(answer)


def status(cell: str) -> Reply | Problem | None:
    """A status column: active (None: it says nothing of the reply), cancelled, or a reply."""
    if not cell or cell in _DASHES:
        return None
    known = _STATUSES.get(folded(cell))
    if known:
        return Reply(cancelled=True) if known == "cancelled" else None
    found = reply(cell)
    if isinstance(found, Problem) and found.code is FaultCode.UNKNOWN_REPLY:
        return Problem(FaultCode.UNKNOWN_STATUS, found.values)
    return found


def vip(cell: str) -> bool | Problem:
    """A VIP column: yes, no or nothing."""
    if not cell or cell in _DASHES:
        return False
    known = _FLAGS.get(folded(cell))
    if known is None:
        return _not_text(cell) or Problem(FaultCode.UNKNOWN_VIP, {"seen": str(cell)})
    return known == "yes"


def says_vip(note: str) -> bool:
    """Whether a note calls the guest a VIP (`VIP`, `VVIP`, `วีไอพี`; not `ไม่ใช่ VIP`)."""
    return bool(_VIP.search(note)) and not _NO_VIP.search(note)


def tag(cell: str) -> str | Problem | None:
    """A credential in its canonical form; None for an empty cell."""
    if not cell or cell in _DASHES:
        return None
    if problem := _odd(cell):
        return problem
    if (isinstance(cell, Odd) and cell.kind is OddKind.LOSSY) or _SCIENTIFIC.match(cell):
        return Problem(FaultCode.CREDENTIAL_LOSSY, {"seen": str(cell)})
    if formula_like(cell):
        return Problem(FaultCode.FORMULA, {"seen": cell})
    try:
        known = credential.canonical(cell)
    except CredentialError:
        return _wrong_tag(cell)
    if damage(known):
        return Problem(FaultCode.CONTROL_CHARACTER, {"seen": damage(known)})
    if credential.is_untrusted(known):
        return Problem(FaultCode.CREDENTIAL_UNTRUSTED, {"seen": known})
    return known


def _wrong_tag(cell: str) -> Problem:
    """Which sentence says best what is wrong with a credential that was refused."""
    text = arabic_digits(cell)
    scheme, colon, _ = text.partition(":")
    if colon and not _SCHEME.match(text) and not re.fullmatch(r"\s*[0-9A-Fa-f]{2}", scheme):
        return Problem(FaultCode.CREDENTIAL_INVALID, {"seen": cell})
    digits = re.sub(r"[\s:\-]+", "", _SCHEME.sub("", text, count=1))
    if not re.fullmatch(r"[0-9A-Fa-f]+", digits):
        return Problem(FaultCode.CREDENTIAL_NOT_HEX, {"seen": cell})
    if len(digits) % 2:
        return Problem(FaultCode.CREDENTIAL_ODD_DIGITS, {"length": len(digits)})
    return Problem(FaultCode.CREDENTIAL_LENGTH, {"length": len(digits)})


def _not_text(cell: str) -> Problem | None:
    found = free_text(cell, NOTE_MAX)
    return found if isinstance(found, Problem) else None

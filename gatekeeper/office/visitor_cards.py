"""The numbered cards of the visitor desk: taken in by tap or list, found again, retired.

A number is what people read on the card (`012`, `A-07`), the credential what a reader reads. A
card that is with a visitor is changed by the visit alone (gatekeeper.office.visits).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gatekeeper.credential import canonical, is_untrusted
from gatekeeper.db import visitor_cards as cards
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.passes import passes_by_credential
from gatekeeper.db.visitor_cards import CardInfo, CardState
from gatekeeper.errors import CredentialError, ImportFault, UserError
from gatekeeper.kinds import PassKind, PassState
from gatekeeper.office.delimited import detect_encoding
from gatekeeper.thai import arabic_digits

__all__ = [
    "CardFault",
    "CardReport",
    "CardRow",
    "add_card",
    "add_cards",
    "card_meant",
    "next_number",
    "read_cards",
    "replace_tag",
    "retire",
]

_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,6})\Z")
_LAST_DIGITS = re.compile(r"(.*?)(\d+)\Z")
_MOST_ROWS = 10_000
_LARGEST = 5_000_000
_HEADS = {
    "number": ("หมายเลข", "หมายเลขบัตร", "เลขที่", "เลขที่บัตร", "เลขบัตร", "number", "no", "card"),
    "credential": ("แท็ก", "รหัสแท็ก", "รหัส", "รหัสบัตร", "credential", "tag", "uid", "epc"),
}


class CardRow(NamedTuple):
    """A line of a list of cards; `row` as the file counts it, the first line is 1."""

    row: int
    number: str
    credential: str


class CardFault(NamedTuple):
    """What is wrong with a line."""

    row: int
    th: str
    en: str


class CardReport(NamedTuple):
    """What became of a list: all of it was taken, or nothing where there are faults."""

    rows: int
    added: int
    unchanged: int
    faults: tuple[CardFault, ...] = ()


def add_card(session: Session, number: str, credential: str, *, actor: str) -> CardInfo:
    """Take a card in. Raises UserError (field `number` or `credential`) where it cannot be."""
    plain, value = _plain_number(number), _plain_credential(credential)
    for known in cards.known_cards(session, [plain], [value]):
        if known.number == plain:
            raise _taken(plain, "number", f"มีบัตรหมายเลข {plain} อยู่แล้ว", f"card {plain} exists")
        raise UserError(
            f"this tag is that of visitor card {known.number}",
            f"แท็กนี้เป็นของบัตรผู้มาติดต่อหมายเลข {known.number} อยู่แล้ว",
            field="credential",
        )
    _refuse_foreign(session, value)
    cards.insert_card(session, plain, value)
    record_act(session, actor, "visitor_card.add", plain)
    return CardInfo(plain, value, CardState.FREE, "")


def add_cards(session: Session, rows: Iterable[CardRow], *, actor: str) -> CardReport:
    """Take a list in: all of it, or nothing where a line is at fault; known cards are passed over.

    The caller rolls back where the report names faults.
    """
    faults: list[CardFault] = []
    count = added = unchanged = 0
    for row in rows:
        count += 1
        try:
            number, value = _plain_number(row.number), _plain_credential(row.credential)
            known = cards.known_cards(session, [number], [value])
            if [(card.number, card.credential) for card in known] == [(number, value)]:
                unchanged += 1
                continue
            add_card(session, number, value, actor=actor)
            added += 1
        except UserError as error:
            faults.append(CardFault(row.row, error.th, str(error)))
    return CardReport(count, 0 if faults else added, unchanged, tuple(faults))


def read_cards(file: Path) -> Iterator[CardRow]:
    """The lines of a CSV list with a number and a credential in each; a header may name them.

    Raises ImportFault where the file cannot be read as a whole.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise ImportFault(
                f"{file.name}: larger than {_LARGEST:,} bytes",
                f"{file.name}: ใหญ่กว่า {_LARGEST:,} ไบต์",
            )
        text = file.read_text(encoding=detect_encoding(file))
    except OSError as error:
        raise ImportFault(
            f"{file}: {error.strerror}", f"{file}: เปิดไฟล์ไม่ได้ ({error.strerror})"
        ) from error
    lines = text.splitlines()
    delimiter = max(",;\t|", key=lambda sign: (lines[0] if lines else "").count(sign))
    try:
        read = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise ImportFault(f"{file.name}: no CSV: {error}", f"{file.name}: ไม่ใช่ CSV") from error
    yield from _rows(file.name, read)


def _rows(name: str, read: list[list[str]]) -> Iterator[CardRow]:
    order = _header(read[0]) if read else None
    if len(read) > _MOST_ROWS:
        raise ImportFault(
            f"{name}: more than {_MOST_ROWS:,} lines", f"{name}: เกิน {_MOST_ROWS:,} บรรทัด"
        )
    number_at, credential_at = order or (0, 1)
    for row, cells in enumerate(read[1:] if order else read, 2 if order else 1):
        if any(cell.strip() for cell in cells):
            padded = [*cells, "", ""] if len(cells) <= max(number_at, credential_at) else cells
            yield CardRow(row, padded[number_at], padded[credential_at])


def _header(cells: list[str]) -> tuple[int, int] | None:
    """Where number and credential stand, if the first line names them."""
    plain = ["".join(cell.casefold().split()) for cell in cells]
    places = {
        field: next((n for n, cell in enumerate(plain) if cell in names), None)
        for field, names in _HEADS.items()
    }
    number, credential = places["number"], places["credential"]
    return None if number is None or credential is None else (number, credential)


def card_meant(session: Session, text: str) -> CardInfo:
    """The card that somebody tapped or whose number was typed. Raises UserError (field `card`)."""
    found = cards.cards_meant(session, arabic_digits(text))
    if len(found) == 1:
        return found[0]
    shown = text.strip()[:24]
    if found:
        raise UserError(
            f"{shown!r} may be {' or '.join(card.number for card in found)}; type all of it",
            f"“{shown}” อาจเป็นบัตร {' หรือ '.join(card.number for card in found)} โปรดพิมพ์ให้ครบ",
            field="card",
        )
    raise UserError(
        f"no visitor card is known by {shown!r}",
        f"ไม่พบบัตรผู้มาติดต่อ “{shown}” ในระบบ",
        field="card",
    )


def retire(session: Session, number: str, *, actor: str, note: str = "") -> None:
    """Take a card out of use for good. Raises UserError for one that is with a visitor."""
    card = _one(session, number)
    if card.state is CardState.LENT:
        raise UserError(
            f"card {number} is with a visitor; take it back first",
            f"บัตร {number} อยู่กับผู้มาติดต่อ โปรดรับคืนก่อน",
        )
    cards.set_card(session, card.number, CardState.RETIRED, note)
    record_act(session, actor, "visitor_card.retire", number, note)


def replace_tag(session: Session, number: str, credential: str, *, actor: str) -> None:
    """Another card under the number of a lost or retired one; the old one is never lent again.

    Raises UserError for a card that is in use, or a tag that cannot be taken.
    """
    card = _one(session, number)
    if card.state not in (CardState.LOST, CardState.RETIRED):
        raise UserError(
            f"card {number} is neither lost nor retired",
            f"บัตร {number} ไม่ได้แจ้งหายหรือเลิกใช้",
            field="number",
        )
    value = _plain_credential(credential)
    if cards.known_cards(session, [], [value]):
        raise UserError(
            "this tag is that of a visitor card already; take another one",
            "แท็กนี้เป็นของบัตรผู้มาติดต่ออยู่แล้ว โปรดใช้แท็กใหม่",
            field="credential",
        )
    _refuse_foreign(session, value)
    cards.set_card(session, card.number, CardState.FREE, "", credential=value)
    record_act(session, actor, "visitor_card.replace", number)


def next_number(numbers: Iterable[str]) -> str:
    """The number after the highest one, written as that one is: `009` gives `010`."""
    best: tuple[int, str, int] | None = None
    for number in numbers:
        if match := _LAST_DIGITS.match(number):
            best = max(best or (0, "", 0), (int(match[2]), match[1], len(match[2])))
    if best is None:
        return "001"
    value, prefix, width = best
    return f"{prefix}{value + 1:0{width}d}"


def _one(session: Session, number: str) -> CardInfo:
    card = cards.card_by_number(session, number, lock=True)
    if card is None:
        raise UserError(f"card {number[:24]!r} does not exist", f"ไม่มีบัตรหมายเลข {number[:24]}")
    return card


def _plain_number(number: str) -> str:
    plain = arabic_digits(number).strip().upper()
    if not _NUMBER.match(plain):
        raise UserError(
            f"{number.strip()[:24]!r} seen; 1 to 7 capital letters, digits or - are due",
            f"หมายเลขบัตร “{number.strip()[:24]}” ใช้ไม่ได้ ใช้ตัวเลข อักษรอังกฤษ หรือ - ไม่เกิน 7 ตัว",
            field="number",
        )
    return plain


def _plain_credential(text: str) -> str:
    try:
        value = canonical(text)
    except CredentialError as error:
        raise UserError(
            str(error), "อ่านรหัสของแท็กไม่ได้ โปรดแตะบัตรอีกครั้ง", field="credential"
        ) from error
    if is_untrusted(value):
        raise UserError(
            "this tag gives another number at each tap, or only a part of it; it names no card",
            "แท็กนี้ให้หมายเลขสุ่มหรือไม่ครบ ใช้เป็นบัตรผู้มาติดต่อไม่ได้",
            field="credential",
        )
    return value


def _refuse_foreign(session: Session, credential: str) -> None:
    """A card that is somebody's badge, or was revoked, is lent to nobody."""
    known = passes_by_credential(session, [credential]).get(credential)
    if known is not None and not (
        known.kind is PassKind.VISITOR and known.state is PassState.RETURNED
    ):
        raise UserError(
            f"this tag belongs to a {known.kind.value} pass that is {known.state.value}",
            "แท็กนี้ผูกกับบัตรอื่นอยู่ หรือเคยถูกแจ้งหาย/ยกเลิก",
            field="credential",
        )


def _taken(number: str, field: str, th: str, en: str) -> UserError:
    return UserError(en, th, field=field)

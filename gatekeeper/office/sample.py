"""Made-up guests for a demo: a reception's worth of people who do not exist.

The same count and seed give the same guests. Every tag is unique by construction. What is
to become of each at a gate is told by a fate; bringing it about (revoking a card, moving a
guest to another event) is for the caller. Nothing here touches a database.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatekeeper.db.guests import GuestRow
from gatekeeper.office import sample_names as words

__all__ = ["FATES", "SEATS", "SampleGuest", "sample_guests"]

SEATS = 10
"""Seats at a table."""

FATES = (
    "ok",
    "revoked",
    "lost",
    "suspended",
    "cancelled",
    "expired",
    "not_yet_valid",
    "other_event",
)
"""What a guest's tag is to be: all well, or refused for this reason."""

_RARE = {
    "revoked": 0.01,
    "lost": 0.01,
    "cancelled": 0.01,
    "suspended": 0.005,
    "expired": 0.005,
    "not_yet_valid": 0.005,
    "other_event": 0.005,
}
"""Part of all guests; from 40 guests on, at least one of each."""

_EPC_PREFIX = "300833B2DDD9"
_EPC_BITS = 48
_EM4100_BITS = 40


@dataclass(frozen=True, slots=True)
class SampleGuest:
    """A made-up guest and what is to become of the tag."""

    row: GuestRow
    fate: str


class _Group(NamedTuple):
    """A kind of guest: its part of the reception and what its people are called."""

    name: str
    part: float
    position: str
    men: Sequence[str]
    women: Sequence[str]
    vip: float


_CIVIL_MEN = ("นาย",) * 7 + ("ดร.", "ศ.ดร.", "ม.ร.ว.", "ม.ล.")
_CIVIL_WOMEN = ("นาง", "นางสาว") * 4 + ("ดร.", "รศ.ดร.", "คุณหญิง", "ท่านผู้หญิง", "ม.ล.")
_GROUPS = (
    _Group("คณะรัฐมนตรี", 0.03, "รัฐมนตรี", _CIVIL_MEN, _CIVIL_WOMEN, 1.0),
    _Group("คณะทูตานุทูต", 0.15, "Ambassador", (), (), 0.5),
    _Group("สมาชิกวุฒิสภา", 0.10, "สมาชิกวุฒิสภา", _CIVIL_MEN, _CIVIL_WOMEN, 0.1),
    _Group("สมาชิกสภาผู้แทนราษฎร", 0.22, "สมาชิกสภาผู้แทนราษฎร", _CIVIL_MEN, _CIVIL_WOMEN, 0.05),
    _Group("องค์กรอิสระ", 0.07, "กรรมการ", _CIVIL_MEN, _CIVIL_WOMEN, 0.1),
    _Group(
        "ผู้บัญชาการเหล่าทัพ",
        0.05,
        "นายทหารชั้นผู้ใหญ่",
        ("พลเอก", "พลเรือเอก", "พลอากาศเอก", "พลตำรวจเอก", "พล.ต.อ.", "พล.ร.ท.", "น.อ."),
        ("พลตรีหญิง", "พล.อ.ต.หญิง", "พล.ต.ต.หญิง"),
        0.3,
    ),
    _Group("หัวหน้าส่วนราชการ", 0.18, "อธิบดี", _CIVIL_MEN, _CIVIL_WOMEN, 0.05),
    _Group("ภาคเอกชน", 0.13, "ประธานกรรมการ", _CIVIL_MEN, _CIVIL_WOMEN, 0.03),
    _Group("สื่อมวลชน", 0.07, "ผู้สื่อข่าว", ("นาย",), ("นางสาว", "นาง"), 0.0),
)
_FOREIGN_MEN = ("H.E. Mr.", "H.E. Mr.", "H.E. Dr.")
_FOREIGN_WOMEN = ("H.E. Ms.", "H.E. Mrs.", "H.E. Dr.")


def sample_guests(count: int, seed: int = 1, *, lf_share: float = 0.4) -> Iterator[SampleGuest]:
    """`count` guests, seated by groups at tables of ten.

    `lf_share`: part of them who carry a 125 kHz card (`em4100:…`); the others have UHF tags
    (`epc:300833B2DDD9…`). Guests are numbered from 1 (`external_key`).
    """
    dice = random.Random(f"guests/{seed}")  # noqa: S311 (made-up people need no secrets)
    fates = _fates(count, dice)
    tags = _Tags(dice)
    for number in range(1, count + 1):
        group = _group_of((number - 0.5) / count)
        fate = fates[number - 1]
        yield SampleGuest(_guest(number, group, fate, dice, tags.next(number, lf_share)), fate)


def _guest(number: int, group: _Group, fate: str, dice: random.Random, credential: str) -> GuestRow:
    title, first, last, latin, organisation = _identity(group, dice)
    vip = dice.random() < group.vip
    note = dice.choice(words.NOTES) if dice.random() < 0.2 else ""
    reply = dice.choices(("accepted", "no_reply", "declined", "representative"), (80, 9, 5, 6))[0]
    return GuestRow(
        row=number,
        external_key=str(number),
        title=title,
        first_name=first,
        last_name=last,
        name_latin=latin,
        position=group.position,
        organisation=organisation,
        group=group.name,
        table=str((number - 1) // SEATS + 1),
        seat=str((number - 1) % SEATS + 1),
        companions=dice.choices((0, 1, 2), (62, 35, 3))[0],
        reply=reply,
        cancelled=fate == "cancelled",
        credential=credential,
        note=f"VIP {note}".strip() if vip else note,
        vip=vip,
        representative="".join(_thai_name(dice.random() < 0.5, dice)[:2])
        if reply == "representative"
        else "",
        greeter=dice.choice(words.GREETERS) if vip else "",
    )


def _identity(group: _Group, dice: random.Random) -> tuple[str, str, str, str, str]:
    """Title, first name, last name, name in Latin letters, organisation."""
    man = dice.random() < 0.55
    if not group.men:
        first = dice.choice(words.FOREIGN_MEN if man else words.FOREIGN_WOMEN)
        last = dice.choice(words.FOREIGN_FAMILIES)
        title = dice.choice(_FOREIGN_MEN if man else _FOREIGN_WOMEN)
        return title, first, last, "", dice.choice(words.COUNTRIES)
    first, last, latin = _thai_name(man, dice)
    title = dice.choice(group.men if man else group.women)
    business = group.position in ("ประธานกรรมการ", "ผู้สื่อข่าว")
    return title, first, last, latin, dice.choice(words.COMPANIES if business else words.MINISTRIES)


def _thai_name(man: bool, dice: random.Random) -> tuple[str, str, str]:
    """First name, last name, and both in Latin letters."""
    first, first_latin = dice.choice(words.MEN if man else words.WOMEN)
    start, start_latin = dice.choice(words.FAMILY_STARTS)
    end, end_latin = dice.choice(words.FAMILY_ENDS)
    return first, start + end, f"{first_latin} {start_latin}{end_latin}"


def _representative(dice: random.Random) -> str:
    man = dice.random() < 0.5
    first, last, _ = _thai_name(man, dice)
    return f"{'นาย' if man else 'นาง'}{first} {last}"


def _group_of(place: float) -> _Group:
    """The group of whoever stands at `place` (0 to 1) in the order of protocol."""
    passed = 0.0
    for group in _GROUPS:
        passed += group.part
        if place < passed:
            return group
    return _GROUPS[-1]


def _fates(count: int, dice: random.Random) -> list[str]:
    least = 1 if count >= 40 else 0
    rare = [fate for fate, part in _RARE.items() for _ in range(max(least, round(part * count)))]
    fates = rare + ["ok"] * (count - len(rare))
    dice.shuffle(fates)
    return fates


class _Tags:
    """Numbers that look random and never repeat: an odd factor permutes all of 2 ** bits."""

    def __init__(self, dice: random.Random) -> None:
        self._factor = dice.getrandbits(_EM4100_BITS - 1) << 1 | 1
        self._start = dice.getrandbits(_EM4100_BITS)
        self._dice = random.Random(dice.getrandbits(64))  # noqa: S311 (as above)

    def next(self, number: int, lf_share: float) -> str:
        """The credential of guest `number`."""
        low_frequency = self._dice.random() < lf_share
        bits = _EM4100_BITS if low_frequency else _EPC_BITS
        value = (self._start + number * self._factor) % (1 << bits)
        return f"em4100:{value:010X}" if low_frequency else f"epc:{_EPC_PREFIX}{value:012X}"

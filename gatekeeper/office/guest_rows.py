"""A row of a list into a guest, or into everything that is wrong with it.

Remembers which guests and credentials the file has already named, so that a repeat is told
with the row it repeats. Memory grows by two short keys a row and by nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from gatekeeper.db.guests import GuestRow
from gatekeeper.office import fields
from gatekeeper.office.faults import Fault, FaultCode, Problem
from gatekeeper.office.fields import Reply
from gatekeeper.office.headers import Field, Header
from gatekeeper.office.names import FullName, split_full_name, split_title
from gatekeeper.office.text import Odd, clean, folded

__all__ = ["GuestReader"]

_F = Field
_Value = TypeVar("_Value")
_NAMES = (_F.FULL_NAME, _F.FIRST_NAME, _F.LAST_NAME)
_CODE_LIKE = re.compile(r"\W*[^\W\d]{0,4}\W*\d[\w./-]*\Z")
"""`12`, `A-12`, `VIP 3`: a sequence number, not the heading of a group."""


class GuestReader:
    """Reads the rows below one header; one reader a file."""

    def __init__(self, header: Header, max_companions: int, *, strict_width: bool = False) -> None:
        """`strict_width`: cells beyond the header are a fault (a stray delimiter in a CSV)."""
        self._header = header
        self._max_companions = max_companions
        self._strict_width = strict_width
        self._heading = ""
        self._credentials: dict[str, int] = {}
        self._guests: dict[str, tuple[int, int]] = {}

    def read(self, row: int, cells: Sequence[str]) -> GuestRow | list[Fault] | None:
        """The guest of row number `row`, its faults, or None where no guest is meant.

        No guest is meant by an empty row, by the header repeated, and by a heading: one
        filled cell, under the sequence numbers, that is no number. A heading names the
        group of the rows below it where the list has no column for groups.
        """
        cells = [cell if isinstance(cell, Odd) else clean(cell) for cell in cells]
        filled = [index for index, cell in enumerate(cells) if cell]
        if not filled or self._is_repeated_header(cells) or self._is_heading(cells, filled):
            return None
        form = _Form(self._header, row, cells)
        if self._strict_width:
            form.check_width()
        guest = form.guest(self._max_companions, self._heading)
        form.faults += self._repeats(row, guest)
        return form.faults or guest

    def _is_repeated_header(self, cells: Sequence[str]) -> bool:
        return tuple(cells[: self._header.width]) == self._header.cells[: self._header.width]

    def _is_heading(self, cells: Sequence[str], filled: list[int]) -> bool:
        if filled != [self._header.columns.get(_F.NUMBER)]:
            return False
        text = fields.free_text(cells[filled[0]])
        if isinstance(text, Problem) or _CODE_LIKE.match(text):
            return False
        self._heading = text
        return True

    def _repeats(self, row: int, guest: GuestRow) -> list[Fault]:
        """What an earlier row of the file has said already; the later row is at fault."""
        name = f"{guest.title}{guest.first_name} {guest.last_name}".strip()
        key = guest.external_key or f"\0{folded(name)}\0{folded(guest.organisation)}"
        numbered = guest.external_key is not None
        faults: list[Fault] = []
        if numbered or name:
            said = hash((name if numbered else "", guest.credential))
            before, said_before = self._guests.setdefault(key, (row, said))
            if before != row and said == said_before:
                return [self._fault(row, (_F.NUMBER, *_NAMES), FaultCode.DUPLICATE_ROW, before)]
            if before != row:
                code = FaultCode.DUPLICATE_NUMBER if numbered else FaultCode.DUPLICATE_GUEST
                columns = (_F.NUMBER,) if numbered else _NAMES
                faults.append(self._fault(row, columns, code, before))
        if guest.credential:
            before = self._credentials.setdefault(guest.credential, row)
            if before != row:
                code = FaultCode.CREDENTIAL_DUPLICATE
                faults.append(self._fault(row, (_F.CREDENTIAL,), code, before))
        return faults

    def _fault(self, row: int, fields: tuple[Field, ...], code: FaultCode, other: int) -> Fault:
        return Fault(row, self._header.text(*fields), code, {"other": other})


class _Form:
    """One row being read: values where they are good, faults where they are not."""

    def __init__(self, header: Header, row: int, cells: Sequence[str]) -> None:
        self.faults: list[Fault] = []
        self._header = header
        self._row = row
        self._cells = cells

    def check_width(self) -> None:
        """Filled cells beyond the header have no meaning, and those before may be shifted."""
        extra = [cell for cell in self._cells[self._header.width :] if cell]
        if extra:
            problem = Problem(FaultCode.EXTRA_CELLS, {"seen": extra[0]})
            self.faults.append(problem.at(self._row, str(self._header.width + 1)))

    def guest(self, max_companions: int, heading: str) -> GuestRow:
        """The row's values; what `faults` names is empty in it."""
        name = self._name()
        reply = self._reply()
        note = self._value(_F.NOTE, _note, "")
        return GuestRow(
            row=self._row,
            external_key=self._value(_F.NUMBER, fields.number, "") or None,
            title=name.title,
            first_name=name.first,
            last_name=name.last,
            name_latin=self._latin_name(),
            position=self._text(_F.POSITION),
            organisation=self._text(_F.ORGANISATION),
            group=self._text(_F.GROUP) if _F.GROUP in self._header.columns else heading,
            table=self._value(_F.TABLE, _table, ""),
            seat=self._value(_F.SEAT, _seat, ""),
            companions=self._value(
                _F.COMPANIONS, lambda cell: fields.companions(cell, max_companions), 0
            ),
            reply=reply.answer,
            cancelled=reply.cancelled,
            credential=self._value(_F.CREDENTIAL, fields.tag, None),
            note=note,
            vip=self._value(_F.VIP, fields.vip, False) or fields.says_vip(note),
            representative=self._text(_F.REPRESENTATIVE),
            greeter=self._text(_F.GREETER) if _F.GREETER in self._header.columns else None,
        )

    def _name(self) -> FullName:
        before = len(self.faults)
        titled = _F.TITLE in self._header.columns
        title = self._text(_F.TITLE)
        if _F.FULL_NAME in self._header.columns:
            text = self._joined(self._header.full_name, self._header.text(_F.FULL_NAME))
            name = _named(title, text, joined=not titled)
        else:
            first = self._text(_F.FIRST_NAME)
            more, first = ("", first) if title else split_title(first, joined=not titled)
            name = FullName(title or more, first, self._text(_F.LAST_NAME))
        if len(self.faults) == before and not any(map(str.isalpha, name.first + name.last)):
            column = self._header.text(*(field for field in _NAMES if field in self._header.texts))
            self.faults.append(Fault(self._row, column, FaultCode.NO_NAME))
        return name

    def _latin_name(self) -> str:
        names = self._header.latin
        return self._joined(names, self._header.cells[names[0]] if names else "")

    def _joined(self, columns: Sequence[int], header: str) -> str:
        """The texts of several columns, with a space between."""
        parts = []
        for index in columns:
            found = fields.free_text(self._cells[index]) if index < len(self._cells) else ""
            if isinstance(found, Problem):
                self.faults.append(found.at(self._row, header))
            elif found:
                parts.append(found)
        return " ".join(parts)

    def _reply(self) -> Reply:
        answer = self._value(_F.REPLY, fields.reply, Reply())
        status = self._value(_F.STATUS, fields.status, None)
        if status is None:
            return answer
        return Reply(
            status.answer if answer.answer == "no_reply" else answer.answer,
            answer.cancelled or status.cancelled,
        )

    def _text(self, field: Field) -> str:
        return self._value(field, fields.free_text, "")

    def _value(
        self, field: Field, parse: Callable[[str], _Value | Problem], otherwise: _Value
    ) -> _Value:
        index = self._header.columns.get(field)
        if index is None or index >= len(self._cells):
            return otherwise
        found = parse(self._cells[index])
        if isinstance(found, Problem):
            self.faults.append(found.at(self._row, self._header.texts[field]))
            return otherwise
        return found


def _named(title: str, text: str, *, joined: bool) -> FullName:
    """A full-name cell beside a title that has a cell of its own, or has none."""
    if title:
        first, _, last = text.partition(" ")
        return FullName(title, first, last)
    return split_full_name(text, joined=joined)


def _note(cell: str) -> str | Problem:
    return fields.free_text(cell, fields.NOTE_MAX, dates=True)


def _table(cell: str) -> str | Problem:
    return fields.place(cell, FaultCode.TABLE_INVALID, FaultCode.TABLE_INVALID)


def _seat(cell: str) -> str | Problem:
    return fields.place(cell, FaultCode.SEAT_NEGATIVE, FaultCode.SEAT_INVALID)

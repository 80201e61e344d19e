"""The record of a day's visitors, as the police at the checkpoint keep it: PDF and XLSX.

Every visit that was open at some time of the day: who, why, whom to, which card, what document
was handed in, and every passage of a gate that day. The caller reads the visits, passes in what
choices and gates are called, and records that the record was made.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gatekeeper.db.visit_passages import Passage
from gatekeeper.db.visits import VisitInfo
from gatekeeper.kinds import Direction
from gatekeeper.kinds_office import VisitState
from gatekeeper.office.report import Column, Report
from gatekeeper.thai import format_date, format_datetime

__all__ = ["DayRecord", "pdf", "rows", "xlsx"]

_HEADS = {
    "th": (
        "ที่", "เวลาเข้า", "เวลาคืนบัตร", "บัตร", "ชื่อ–สกุล / หน่วยงาน", "เอกสารที่ฝาก", "วัตถุประสงค์",
        "ผู้ที่มาพบ / หน่วยงาน / สถานที่", "ทะเบียนรถ", "ผ่านประตู", "สถานะ",
    ),
    "en": (
        "No.", "Card lent", "Card back", "Card", "Name / organisation", "Document handed in",
        "Purpose", "Whom / unit / place", "Plate", "Gates passed", "State",
    ),
}  # fmt: skip
_SHARES = (0.7, 1.5, 1.5, 1.1, 4.2, 2.6, 2.1, 4.2, 1.7, 3.9, 1.7)
_TITLE = {"th": "บันทึกผู้มาติดต่อประจำวัน", "en": "Daily record of visitors"}
_NONE = {"th": "ไม่มีผู้มาติดต่อในวันนี้", "en": "There was no visitor on this day."}
_WIDTHS = (6, 12, 12, 10, 34, 22, 18, 36, 14, 40, 16)


@dataclass(frozen=True, slots=True)
class DayRecord:
    """What goes into the record of one day. Times are UTC seconds."""

    day: date
    site: str
    zone: ZoneInfo
    language: str
    visits: Sequence[VisitInfo]
    passages: Mapping[str, Sequence[Passage]]
    purposes: Mapping[str, str]
    documents: Mapping[str, str]
    states: Mapping[str, str]
    gates: Mapping[str, str]
    made_by: str
    made_at: float

    @property
    def made(self) -> str:
        """Who made it and when, in words."""
        at = format_datetime(self.made_at, self.language, self.zone.key)
        return f"จัดทำโดย {self.made_by} เมื่อ {at} น." if self.language == "th" else (
            f"Made by {self.made_by}, {at}"
        )  # fmt: skip

    @property
    def subtitle(self) -> str:
        """Site and day, and how many visitors there were."""
        day, count = format_date(self.day, self.language, long=True), len(self.visits)
        out = sum(visit.state is VisitState.OPEN for visit in self.visits)
        if self.language == "th":
            return f"{self.site} วันที่ {day} ผู้มาติดต่อ {count} คน ยังไม่คืนบัตร {out} คน"
        return f"{self.site}, {day}: {count} visitors, {out} cards still out"


def rows(record: DayRecord) -> list[tuple[str, ...]]:
    """The lines of the record, as texts."""
    return [_row(record, number, visit) for number, visit in enumerate(record.visits, 1)]


def pdf(record: DayRecord) -> bytes:
    """The record on paper, A4 across, its pages numbered."""
    report = Report(
        _TITLE[record.language],
        made_at=record.made_at,
        made=record.made,
        subtitle=record.subtitle,
        landscape=True,
        language=record.language,
        size=9.0,
    )
    if not record.visits:
        report.paragraph(_NONE[record.language])
        return report.finish()
    heads = zip(_HEADS[record.language], _SHARES, strict=True)
    report.table([Column(head, share) for head, share in heads], rows(record))
    return report.finish()


def xlsx(record: DayRecord) -> bytes:
    """The same as a workbook. Every cell is text: what begins with `=` is never a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(record.day.isoformat())
    for letter, width in zip("ABCDEFGHIJK", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A5"

    def cell(text: str, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(sheet, text)
        made.data_type = "s"
        made.number_format = "@"
        made.quotePrefix = text[:1] in "=+-@"
        made.font = Font(name="TH Sarabun New", size=14, bold=bold)
        made.alignment = Alignment(vertical="top", wrap_text=True)
        return made

    for line in (_TITLE[record.language], record.subtitle, record.made):
        sheet.append([cell(line, bold=line == _TITLE[record.language])])
    sheet.append([cell(head, bold=True) for head in _HEADS[record.language]])
    for row in rows(record):
        sheet.append([cell(text) for text in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _row(record: DayRecord, number: int, visit: VisitInfo) -> tuple[str, ...]:
    document = ""
    if visit.document_kind is not None:
        document = f"{record.documents[visit.document_kind.value]}\n…{visit.document_tail}"
        document += (
            f" ({_SLOT[record.language]} {visit.document_slot})" if visit.document_slot else ""
        )
    host = " / ".join(text for text in (visit.host_name, visit.host_unit, visit.place) if text)
    name = visit.name + (f" ({visit.name_latin})" if _other(visit) else "")
    return (
        str(number),
        _clock(record, visit.opened_at),
        _clock(record, visit.closed_at),
        visit.card_number or "",
        "\n".join(text for text in (name, visit.organisation) if text),
        document,
        record.purposes[visit.purpose.value],
        host,
        visit.plate,
        _passed(record, visit),
        record.states[visit.state.value],
    )


_SLOT = {"th": "ช่อง", "en": "slot"}


def _other(visit: VisitInfo) -> bool:
    return bool(visit.name_latin) and visit.name_latin != visit.name


def _passed(record: DayRecord, visit: VisitInfo) -> str:
    """Every gate passed on the day, refusals left to the journal."""
    into, out = ("เข้า", "ออก") if record.language == "th" else ("in", "out")
    lines = [
        f"{_clock(record, seen.at)} {into if seen.direction is Direction.IN else out} "
        f"{record.gates.get(seen.gate, seen.gate)}"
        for seen in record.passages.get(visit.pass_id or "", ())
        if seen.granted and _local(record, seen.at).date() == record.day
    ]
    return "\n".join(lines) or "–"


def _clock(record: DayRecord, at: float | None) -> str:
    """The time of the day; another day's with its date."""
    if at is None:
        return "–"
    local = _local(record, at)
    clock = f"{local:%H:%M}"
    if local.date() == record.day:
        return clock
    return f"{format_date(local.date(), record.language)} {clock}"


def _local(record: DayRecord, at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(record.zone)

"""Tags as a card printer encoded them, taken back: a table of pass number and tag.

All rows or none: each row at fault is named, in both languages, and nothing is bound then. A tag
is bound by the same rule as one that is tapped at a desk (gatekeeper.office.enrolment): random
numbers, tags of other passes and tags that were lost or revoked are refused. A code that is
printed on a card is no tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from gatekeeper.credential import canonical, scheme_of
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.passes import pass_of_card
from gatekeeper.db.prints import PrintFacts, passes_by_number, print_facts
from gatekeeper.errors import CredentialError, ImportFault, UserError
from gatekeeper.office.delimited import Delimited
from gatekeeper.office.enrolment import bind
from gatekeeper.office.text import shown
from gatekeeper.reasons import Sentence

__all__ = ["MOST_ROWS", "ReadBack", "RowFault", "read_back"]

MOST_ROWS = 5_000
_HEADERS = {
    "number": {"passnumber", "number", "เลขที่บัตร", "เลขที่", "หมายเลขบัตรผ่าน"},
    "tag": {"tag", "credential", "uid", "epc", "หมายเลขแท็ก", "แท็ก", "หมายเลขบัตร"},
}
_NOT_WORD = re.compile(r"[\W_]+")


class RowFault(NamedTuple):
    """A row that is not taken, and why."""

    row: int
    """As the file counts its lines; 0: the file as a whole."""
    column: str
    message: Sentence

    def to_json(self) -> dict[str, Any]:
        """As the report prints it."""
        return {
            "row": self.row,
            "column": self.column,
            "message": {"th": self.message.th, "en": self.message.en},
        }


@dataclass
class ReadBack:
    """What became of a file; nothing was bound where `faults` is not empty."""

    rows: int = 0
    bound: int = 0
    unchanged: int = 0
    """Rows whose tag is bound to that pass already."""
    faults: list[RowFault] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "rows": self.rows,
            "bound": self.bound,
            "unchanged": self.unchanged,
            "faults": [fault.to_json() for fault in self.faults],
        }


class _Row(NamedTuple):
    line: int
    number: str
    tag: str


class _Undo(Exception):
    """Ends the transaction of a dry run, or of a file with faults."""


def read_back(
    database: Database, path: Path, *, actor: str, now: float, dry_run: bool = False
) -> ReadBack:
    """Bind every tag of the file, or none and say why; `dry_run` only says.

    Raises ImportFault for what is no such table, StoreError.
    """
    rows = list(_rows(path))
    report = ReadBack(rows=len(rows))
    report.faults += _twice(rows)
    try:
        with database.session() as session:
            _apply(session, rows, report, actor, now)
            if dry_run or report.faults:
                raise _Undo
    except _Undo:
        pass
    if report.faults:
        report.faults.sort(key=lambda fault: fault.row)
        report.bound = 0
    return report


def _rows(path: Path) -> Iterator[_Row]:
    """The rows below the header; ImportFault where there is none or there are too many."""
    columns: dict[str, int] | None = None
    count = 0
    for line, cells in Delimited(path).rows():
        if columns is None:
            columns = _header(cells)
            continue
        number, tag = (_cell(cells, columns[name]) for name in ("number", "tag"))
        if not number and not tag:
            continue
        count += 1
        if count > MOST_ROWS:
            raise ImportFault(
                f"more than {MOST_ROWS} rows seen; send them in parts",
                f"มีเกิน {MOST_ROWS} แถว ให้แบ่งเป็นหลายไฟล์",
            )
        yield _Row(line, number, tag)
    if count == 0:
        raise ImportFault("the file holds no rows", "ไฟล์นี้ไม่มีข้อมูล")


def _header(cells: list[str]) -> dict[str, int]:
    folded = [_NOT_WORD.sub("", cell).casefold() for cell in cells]
    found = {
        name: next((i for i, cell in enumerate(folded) if cell in words), -1)
        for name, words in _HEADERS.items()
    }
    if -1 in found.values():
        raise ImportFault(
            f"columns {shown(', '.join(cells))} seen; pass_number and tag are due in the first row",
            f"พบคอลัมน์ {shown(', '.join(cells))} แถวแรกต้องมี pass_number (เลขที่บัตร) และ tag (แท็ก)",
        )
    return found


def _cell(cells: list[str], at: int) -> str:
    # An apostrophe keeps spreadsheet programs from counting; it is no part of the value.
    return cells[at].strip().removeprefix("'") if at < len(cells) else ""


def _twice(rows: list[_Row]) -> Iterator[RowFault]:
    """Rows that name a pass or a tag which a row before them named."""
    numbers: dict[str, int] = {}
    tags: dict[str, int] = {}
    for row in rows:
        first = numbers.setdefault(_bare(row.number)[0], row.line)
        if first != row.line:
            yield RowFault(
                row.line,
                "pass_number",
                Sentence(
                    f"เลขที่บัตร {shown(row.number)} ซ้ำกับแถว {first}",
                    f"pass {shown(row.number)} stands in row {first} already",
                ),
            )
        try:
            tag = canonical(row.tag)
        except CredentialError:
            continue  # told with the row
        first = tags.setdefault(tag, row.line)
        if first != row.line:
            yield RowFault(
                row.line,
                "tag",
                Sentence(f"แท็กซ้ำกับแถว {first}", f"this tag stands in row {first} already"),
            )


def _apply(session: Session, rows: list[_Row], report: ReadBack, actor: str, now: float) -> None:
    ids = passes_by_number(session, sorted({_bare(row.number)[0] for row in rows}))
    facts = {one.pass_id: one for one in print_facts(session, sorted(ids.values()), lock=True)}
    for row in rows:
        try:
            one = _pass(row, ids, facts)
            if _bind(session, row, one, actor, now):
                report.bound += 1
            else:
                report.unchanged += 1
        except UserError as error:
            column = "tag" if error.field == "credential" else "pass_number"
            report.faults.append(RowFault(row.line, column, Sentence(error.th, str(error))))


def _pass(row: _Row, ids: dict[str, str], facts: dict[str, PrintFacts]) -> PrintFacts:
    number, issue = _bare(row.number)
    one = facts.get(ids.get(number, ""))
    if one is None:
        raise UserError(
            f"pass {shown(row.number)} does not exist", f"ไม่พบบัตรเลขที่ {shown(row.number)}"
        )
    if issue != one.issue:
        raise UserError(
            f"issue {issue} of pass {number} seen; issue {one.issue} is the present one",
            f"บัตรเลขที่ {number} ฉบับที่ {issue} ไม่ใช่ฉบับปัจจุบัน (ปัจจุบันฉบับที่ {one.issue})",
        )
    return one


def _bind(session: Session, row: _Row, one: PrintFacts, actor: str, now: float) -> bool:
    """Whether the tag was bound; False: it was bound to this pass before."""
    try:
        tag = canonical(row.tag)
    except CredentialError as error:
        raise UserError(
            str(error), f"อ่านหมายเลขแท็กไม่ได้: {shown(row.tag)}", field="credential"
        ) from error
    if scheme_of(tag) == "qr":
        raise UserError(
            "a printed code seen; the number of a tag that is read by radio is due",
            "พบรหัส QR ต้องเป็นหมายเลขแท็กที่อ่านด้วยคลื่นวิทยุ",
            field="credential",
        )
    if pass_of_card(session, tag) == one.pass_id:
        return False
    bind(session, one.pass_id, tag, actor=actor, now=now)
    return True


def _bare(number: str) -> tuple[str, int]:
    """`PR-000123/2` as (`PR-000123`, 2); without an issue it is the first."""
    name, _, issue = number.strip().upper().partition("/")
    return name, int(issue) if issue.isascii() and issue.isdigit() and len(issue) < 6 else 1

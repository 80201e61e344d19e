"""The daily record on paper and as a workbook: everything of the day, nothing too much."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest

from gatekeeper.db.visit_passages import Passage
from gatekeeper.db.visits import VisitInfo
from gatekeeper.kinds import Direction
from gatekeeper.kinds_office import DocumentKind, VisitPurpose, VisitState
from gatekeeper.office import visit_record
from gatekeeper.office.visit_record import DayRecord
from gatekeeper.reasons import Reason

BANGKOK = ZoneInfo("Asia/Bangkok")
DAY = date(2026, 11, 30)


def at(hour: int, minute: int = 0, day: int = 30) -> float:
    return datetime(2026, 11, day, hour, minute, tzinfo=BANGKOK).timestamp()


VISIT = VisitInfo(
    id=1, state=VisitState.CLOSED, person_id=1, name="นางสาวกิ่งแก้ว ญาณพิสิษฐ์", name_latin="",
    organisation="บริษัทตัวอย่าง จำกัด", phone="", purpose=VisitPurpose.DELIVERY,
    host_name="ผู้อำนวยการกองพิธีการ", host_unit="กองพิธีการ", host_phone="", place="อาคาร 1",
    plate="1กก 1234", pass_id="p1", card_number="012", leader_id=None,
    document_kind=DocumentKind.NATIONAL_ID, document_tail="3441", document_slot="7",
    document_returned_at=at(10), expected_at=None, opened_at=at(9), due_at=at(16, 30),
    closed_at=at(10, 5), called_at=None, called_by="", created_by="desk", opened_by="desk",
    closed_by="desk", note="",
)  # fmt: skip
PASSAGES = {
    "p1": [
        Passage(at(9, 2), "in-1", Direction.IN, Reason.GRANTED),
        Passage(at(9, 3), "in-1", Direction.IN, Reason.ALREADY_IN),
        Passage(at(10, 1), "out-1", Direction.OUT, Reason.GRANTED_EXIT),
        Passage(at(8, 0, day=29), "in-1", Direction.IN, Reason.GRANTED),
    ]
}


def record(*visits: VisitInfo, language: str = "th") -> DayRecord:
    return DayRecord(
        day=DAY, site="ทำเนียบตัวอย่าง", zone=BANGKOK, language=language, visits=visits,
        passages=PASSAGES, purposes={"delivery": "ส่งเอกสาร"},
        documents={"national_id": "บัตรประชาชน"},
        states={"closed": "คืนบัตรแล้ว", "open": "ยังไม่คืนบัตร"},
        gates={"in-1": "ประตู 1", "out-1": "ทางออก"}, made_by="สมหญิง", made_at=at(17),
    )  # fmt: skip


def test_a_line_says_when_who_why_whom_and_which_gates() -> None:
    """Only passages of the day that were granted; times at the site's clock."""
    (row,) = visit_record.rows(record(VISIT))

    assert row == (
        "1", "09:00", "10:05", "012", "นางสาวกิ่งแก้ว ญาณพิสิษฐ์\nบริษัทตัวอย่าง จำกัด",
        "บัตรประชาชน\n…3441 (ช่อง 7)", "ส่งเอกสาร", "ผู้อำนวยการกองพิธีการ / กองพิธีการ / อาคาร 1",
        "1กก 1234", "09:02 เข้า ประตู 1\n10:01 ออก ทางออก", "คืนบัตรแล้ว",
    )  # fmt: skip


def test_a_visit_of_another_day_tells_its_date() -> None:
    """A card that was lent yesterday and is still out stands in today's record, too."""
    older = replace(VISIT, opened_at=at(15, day=29), closed_at=None, state=VisitState.OPEN)

    (row,) = visit_record.rows(record(older))

    assert row[1:3] == ("29 พ.ย. 2569 15:00", "–")


@pytest.mark.parametrize("count", [0, 1, 120])
def test_paper_numbers_its_pages_and_says_who_made_it(count: int) -> None:
    """As many pages as it takes, each with number, maker and time."""
    made = visit_record.pdf(record(*[replace(VISIT, id=n) for n in range(count)]))

    pages = pypdf.PdfReader(io.BytesIO(made)).pages
    assert (len(pages) > 1) == (count == 120)
    last = pages[-1].extract_text()
    assert f"{len(pages)}/{len(pages)}" in last
    assert "2569 17:00" in last


def test_the_same_record_is_the_same_file() -> None:
    """Nothing but what was passed in goes into it."""
    assert visit_record.pdf(record(VISIT)) == visit_record.pdf(record(VISIT))


@pytest.mark.parametrize("text", ["=1+1", "+66", "-1", "@x", '=HYPERLINK("x")'])
def test_a_workbook_runs_nothing(text: str) -> None:
    """What looks like a formula is a text, also for a program that asks again."""
    made = visit_record.xlsx(record(replace(VISIT, name=text, host_name=text, plate=text)))

    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    odd = [cell for cell in cells if str(cell.value).startswith(text)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert len(odd) >= 2
    assert all(cell.quotePrefix for cell in odd)


def test_the_english_record_speaks_english() -> None:
    """Heads and the line of who made it."""
    text = pypdf.PdfReader(io.BytesIO(visit_record.pdf(record(VISIT, language="en")))).pages[0]

    assert "Made by" in text.extract_text()

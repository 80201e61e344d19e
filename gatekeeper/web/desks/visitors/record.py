"""The daily record of visitors: what it holds, and as PDF and XLSX. Making it is recorded."""

from __future__ import annotations

import time
from datetime import date
from zoneinfo import ZoneInfo

from flask import Response, render_template, request

from gatekeeper import thai
from gatekeeper.db import visit_passages
from gatekeeper.db import visits as stored
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.office import visit_record
from gatekeeper.office.visit_record import DayRecord
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.visitors import visitors
from gatekeeper.web.desks.visitors.lists import words
from gatekeeper.web.desks.visitors.site import local_day
from gatekeeper.web.forms import day_end, day_start, say
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__: list[str] = []

_KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@visitors.get("/desk/visitors/record")
def record() -> str:
    """The day's visitors, before it is made (`?day=`; default today)."""
    text = request.args.get("day", "")
    try:
        day, fault = _day(text), ""
    except ValueError:
        day, fault = local_day(time.time()), say("ไม่ใช่วันที่ เช่น 22/11/2569", "no date; 22/11/2569")
    with looking() as session:
        found = _record(session, day)
    return render_template(
        "desks/visitors/record.html",
        record=found,
        rows=visit_record.rows(found),
        day=day.isoformat(),
        shown=thai.format_date(day, language()),
        fault=fault,
        typed=text,
    )


@visitors.get("/desk/visitors/record.<kind>")
def record_file(kind: str) -> Response:
    """The record of a day as a file; who made it and when stands in it, and in the audit."""
    if kind not in _KINDS:
        refuse("not_found")
    try:
        day = _day(request.args.get("day", ""))
    except ValueError:
        refuse("invalid", "day: a date such as 2026-11-22 or 22/11/2569 is due")
    with looking() as session:
        found = _record(session, day)
    # Some hundred visits take seconds: no exchange waits behind it.
    made = visit_record.pdf(found) if kind == "pdf" else visit_record.xlsx(found)
    with acting() as session:
        after = {"visits": len(found.visits), "format": kind}
        record_act(session, actor(), "visit.record", day.isoformat(), after=after)
    response = Response(made, content_type=_KINDS[kind])
    name = f"visitors-{day.isoformat()}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _day(text: str) -> date:
    """Raises ValueError where `text` is no day; empty: today."""
    return thai.parse_date(text) if text.strip() else local_day(time.time())


def _record(session: Session, day: date) -> DayRecord:
    since, until = day_start(day) or 0.0, day_end(day) or 0.0
    visits = stored.visits_between(session, since, until)
    site = services().config.site
    named = words()
    return DayRecord(
        day=day,
        site=site.name_th if language() == "th" else site.name_en,
        zone=ZoneInfo(site.timezone),
        language=language(),
        visits=visits,
        passages=visit_passages.passages(session, [v.pass_id for v in visits if v.pass_id]),
        purposes=named["purposes"],
        documents=named["documents"],
        states=named["states"],
        gates=named["gate_names"],
        made_by=actor(),
        made_at=time.time(),
    )

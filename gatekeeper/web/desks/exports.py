"""Whole lists out of the pages: ask, wait for a second person, fetch once.

Parse, call gatekeeper.office.bulk_export and export_lists, answer. The file is made when it is
fetched and kept nowhere.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from typing import IO, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, SelectField, TextAreaField

from gatekeeper.errors import UserError
from gatekeeper.office import bulk_export
from gatekeeper.office.approvals import KINDS, REASON_MOST
from gatekeeper.office.bulk_export import Order
from gatekeeper.office.export_lists import FORMATS, record_export, write_list
from gatekeeper.office.export_rows import listing
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.forms import Due, Length, OfficeForm, say
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["TYPES", "approved_file", "exports"]

exports = Blueprint("exports", __name__, url_prefix="/exports")

_IN_MEMORY = 4 << 20
"""Bytes of a list that are kept in memory; more goes to a nameless file."""
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class ExportForm(OfficeForm):
    """Which list, how, and why."""

    kind = RadioField(validators=[Due("ข้อมูลที่ต้องการส่งออก", "which list")])
    event = SelectField(validate_choice=False)
    format = RadioField(
        choices=[("xlsx", "XLSX (Excel)"), ("csv", "CSV"), ("json", "JSON")], default="xlsx"
    )
    reason = TextAreaField(validators=[Due("เหตุผล", "the reason"), Length(REASON_MOST)])


@exports.get("")
def asked() -> AnyResponse | str:
    """What this person asked for, and how it stands."""
    return _page(_form())


@exports.post("")
def ask() -> AnyResponse | str:
    """Ask for a list."""
    form = _form()
    if form.validate_on_submit():
        kind = form.kind.data or ""
        order = Order(kind, form.format.data or "", form.event.data if kind == "guests" else "")
        try:
            with acting() as session:
                bulk_export.ask(
                    session, order, reason=form.reason.data or "",
                    actor=actor(), role=g.caller.role,
                    events=g.caller.scope.events, now=time.time(),
                )  # fmt: skip
            return redirect("/exports?asked=1")
        except UserError as error:
            form.blame(error)
    return _page(form, 422)


@exports.post("/<int:request_id>")
def fetch(request_id: int) -> AnyResponse | str:
    """The list that was approved; once."""
    try:
        return approved_file(request_id)
    except UserError as error:
        form = _form()
        form.blame(error)
        return _page(form, 422)


def approved_file(request_id: int) -> AnyResponse:
    """The answer that holds the list; the approval is spent. Raises UserError."""
    now, zone = time.time(), ZoneInfo(services().config.site.timezone)
    file = cast(IO[bytes], tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 (sent)
    try:
        with acting() as session:
            order = bulk_export.fetch(
                session, request_id, actor=actor(), events=g.caller.scope.events, now=now
            )
            found = listing(session, order.kind, zone=zone, event=order.event)
            count = write_list(file, order.format, found, actor=actor(), now=now, zone=zone)
            record_export(
                session, order.kind, order.format, count, actor=actor(), event=order.event
            )
    except UserError:
        file.close()
        raise
    file.seek(0)
    day = datetime.fromtimestamp(now, UTC).astimezone(zone).strftime("%Y%m%d")
    name = "-".join(filter(None, (order.kind, order.event, day)))
    answer = AnyResponse(iter(lambda: file.read(1 << 16), b""), content_type=TYPES[order.format])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{order.format}"'
    answer.call_on_close(file.close)
    return answer


def _form() -> ExportForm:
    form = ExportForm()
    lists = [
        ("people", say("ทะเบียนบุคคล", "People")),
        ("vehicles", say("ทะเบียนยานพาหนะ", "Vehicles")),
        ("passes", say("ทะเบียนบัตรผ่าน", "Passes")),
        ("guests", say("รายชื่อแขกของงาน", "Guests of an event")),
    ]
    form.kind.choices = [
        each
        for each in lists
        if bulk_export.may_have(g.caller.role, each[0], g.caller.scope.events)
    ]
    thai = language() == "th"
    form.event.choices = [
        (each.slug, (each.name_th if thai else each.name_en) or each.slug)
        for each in services().store.events()
        if g.caller.scope.has_event(each.slug)
    ]
    return form


def _page(form: ExportForm, status: int = 200) -> AnyResponse | str:
    with looking() as session:
        found = bulk_export.orders_of(session, actor())
    now, at = time.time(), 0 if language() == "th" else 1
    shown = [
        {
            "asked": each,
            "what": KINDS[each.kind].summary(each.details)[at],
            "state": each.state_at(now).value,
        }
        for each in found
    ]
    page = render_template(
        "desks/exports/exports.html", form=form, shown=shown, done="asked" in request.args
    )
    return AnyResponse(page, status, content_type="text/html") if status != 200 else page


assert set(TYPES) == set(FORMATS)  # noqa: S101 (a format without a type would not be sent)

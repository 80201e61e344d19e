"""Visitors announced by the unit they come to: the list, and the form that announces."""

from __future__ import annotations

import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import visits as rows
from gatekeeper.errors import UserError
from gatekeeper.office.visits_expected import Announced, announce, names_of_lines
from gatekeeper.thai import arabic_digits
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.paging import next_pages
from gatekeeper.web.desks.visitors import visitors
from gatekeeper.web.desks.visitors.forms import ExpectForm
from gatekeeper.web.desks.visitors.lists import FIRST, words
from gatekeeper.web.desks.visitors.site import local_day, rules
from gatekeeper.web.forms import day_start, say
from gatekeeper.web.services import services

__all__: list[str] = []

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)\Z")
_AHEAD_S = 366 * 86400.0
_BACK_S = 7 * 86400.0


@visitors.get("/visits/expected")
def expected() -> str:
    """Who is expected from today on, and who has not come."""
    now, offset = time.time(), whole_number("offset", 0, 1_000_000)
    since = day_start(local_day(now)) or 0.0
    with looking() as session:
        coming = rows.expected_visits(session, since, now + _AHEAD_S, offset=offset, limit=FIRST)
        total = rows.count_expected(session, since, now + _AHEAD_S)
        missed = rows.expected_visits(session, since - _BACK_S, since, limit=FIRST)
        all_missed = rows.count_expected(session, since - _BACK_S, since)
    return render_template(
        "desks/visitors/expected.html",
        coming=coming,
        missed=missed if not offset else [],
        all_missed=all_missed,
        now=now,
        total=total,
        offset=offset,
        limit=FIRST,
        url=next_pages(),
        **words(),
    )


@visitors.route("/visits/expected/new", methods=["GET", "POST"])
def expect() -> AnyResponse | str:
    """Announce a visitor or a group."""
    form = ExpectForm(formdata=request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            told = _announce(form)
            if told.met:
                stop = any(found.stops for _, found in told.met)
                flash(_stopped() if stop else _asked(), "fault")
            else:
                flash(say("บันทึกผู้มาติดต่อล่วงหน้าแล้ว", "The visitor is expected"))
            return redirect(url_for("visitors.expected"))
        except UserError as error:
            form.blame(error)
    with looking() as session:
        hosts = rows.recent_hosts(session)
    return render_template("desks/visitors/expect.html", form=form, hosts=hosts)


def _announce(form: ExpectForm) -> Announced:
    with acting() as session:
        return announce(
            session,
            rules(),
            form.visitor(),
            form.errand(),
            _at(form),
            names_of_lines(form.members.data or ""),
            actor=actor(),
            now=time.time(),
        )


def _at(form: ExpectForm) -> float:
    """UTC seconds of the day and time. Raises UserError for a time that is none."""
    assert form.day.data is not None  # noqa: S101 (due in the form)
    text = arabic_digits(form.clock.data or "").strip() or "09:00"
    match = _CLOCK.match(text)
    if match is None:
        raise UserError(
            f"{text[:10]!r} seen; a time such as 09:30 is due",
            f"เวลา “{text[:10]}” ไม่ถูกต้อง ตัวอย่าง 09:30",
            field="clock",
        )
    zone = ZoneInfo(services().config.site.timezone)
    day, hour, minute = form.day.data, int(match[1]), int(match[2])
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()


def _stopped() -> str:
    return say(
        "บันทึกแล้ว แต่ต้องให้หัวหน้าเวรพิจารณาก่อน โปรดติดต่อหัวหน้าเวร",
        "Recorded, but the visit is stopped: call the shift leader",
    )


def _asked() -> str:
    return say(
        "บันทึกแล้ว ชื่อคล้ายกับบัญชีเฝ้าระวัง หัวหน้าเวรจะพิจารณาก่อนวันนัด",
        "Recorded; a name is alike to one on the watchlist, and the shift leader will decide",
    )

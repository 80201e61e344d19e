"""The pass office's list and the page of one pass: look, search, take a step.

The other pages of this desk (asking for a pass, many at once, binding tags) are in modules beside
this one, on the same blueprint.
"""

from __future__ import annotations

import time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gatekeeper import thai
from gatekeeper.db.pass_acts import Facts, facts_of
from gatekeeper.db.pass_classes import ClassInfo, class_by_id, list_classes
from gatekeeper.db.pass_lines import PassLine
from gatekeeper.db.pass_lists import (
    Choice,
    find_passes,
    history,
    holder_of_pass,
    one_pass,
    organisations,
    queue_counts,
)
from gatekeeper.db.requests import request_of_member
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, Renewal, ValidityRule
from gatekeeper.office import passes as office
from gatekeeper.office.enrolment import warning_of
from gatekeeper.office.life_cycle import REASON_DUE, acts_of
from gatekeeper.office.printing import PRINTABLE
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks import pass_words
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.forms import day_end, say
from gatekeeper.web.permissions import allowed
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["choice_of_query", "desk_choices", "line_json", "one_page", "passes", "zone"]

passes = Blueprint("passes", __name__)

PAGE = 50

QUEUES: tuple[tuple[str, tuple[PassState, ...], Renewal | None], ...] = (
    ("to-check", (PassState.REQUESTED,), None),
    ("to-approve", (PassState.CHECKED,), None),
    ("to-make", (PassState.APPROVED,), None),
    ("to-hand-over", (PassState.MADE,), None),
    ("to-activate", (PassState.HANDED_OVER,), None),
    ("renewals-to-check", (), Renewal.REQUESTED),
    ("renewals-to-approve", (), Renewal.CHECKED),
)
"""What waits for somebody: name, states, renewal."""


def zone() -> ZoneInfo:
    """The site's time zone."""
    return ZoneInfo(services().config.site.timezone)


@passes.get("/passes")
def index() -> str:
    """What waits, and every pass that is looked for."""
    queue = next((q for q in QUEUES if q[0] == request.args.get("queue")), None)
    choice = choice_of_query()
    if queue is not None:
        choice = Choice(states=queue[1], renewal=queue[2])
    offset = _offset()
    with looking() as session:
        total, lines = find_passes(
            session, choice, offset=offset, limit=PAGE, oldest=queue is not None
        )
        counts = queue_counts(session)
        classes = list_classes(session)
        units = organisations(session)
    return render_template(
        "desks/passes/index.html",
        lines=[line_json(line) for line in lines],
        total=total,
        offset=offset,
        limit=PAGE,
        queues=[_queue(q, counts) for q in QUEUES],
        queue=queue[0] if queue else "",
        classes=[(each.id, each.name(language())) for each in classes],
        states=[(state.value, pass_words.state_word(state)) for state in PassState],
        units=units,
        asked=request.args,
        is_filtered=any(request.args.get(n) for n in ("q", "class", "state", "unit")),
        url=lambda start: url_for("passes.index", **{**request.args, "offset": start}),
    )


@passes.get("/passes/<pass_id>")
def one(pass_id: str) -> str:
    """One pass: what may be done with it now, what it is, what was done."""
    with looking() as session:
        person, vehicle = holder_of_pass(session, pass_id)
    note_reading(person, vehicle, through=f"pass {pass_id}")
    return one_page(pass_id)


@passes.post("/passes/<pass_id>/acts")
def act(pass_id: str) -> Response | tuple[str, int]:
    """Take a step; `then` a second one in the same transaction (hand over, put in force)."""
    acts = [Act(name) for name in request.form.getlist("act") if name in list(Act)]
    reason = request.form.get("reason", "")[:500]
    try:
        if not acts:
            raise UserError("an act is due", "กรุณาเลือกรายการที่จะทำ")
        until = _until(request.form.get("valid_until", ""))
        with acting() as session:
            for each in acts:
                office.step(
                    session,
                    pass_id,
                    each,
                    actor=actor(),
                    now=time.time(),
                    reason=reason,
                    zone=zone(),
                    valid_until=until,
                )
    except UserError as error:
        return one_page(pass_id, error, acts[0] if acts else None, reason), 422
    return redirect(url_for("passes.one", pass_id=pass_id, done=acts[-1].value))


def desk_choices() -> list[dict[str, str]]:
    """Desks that have a reader for tags: id and name."""
    config = services().config
    named = {desk.id: desk for desk in config.desks}
    served = dict.fromkeys(reader.desk for reader in config.readers if reader.desk)
    return [
        {"id": desk, "name": say(named[desk].name_th, named[desk].name_en) or desk}
        for desk in served
        if desk in named
    ]


def choice_of_query() -> Choice:
    """The filters in the address; what is not understood does not narrow."""
    state = request.args.get("state", "")
    unit = request.args.get("unit", "")
    return Choice(
        text=request.args.get("q", "")[:100],
        class_id=request.args.get("class", "")[:32],
        states=(PassState(state),) if state in list(PassState) else (),
        organisation_id=int(unit) if unit.isascii() and unit.isdigit() else None,
    )


def line_json(line: PassLine) -> dict[str, Any]:
    """A pass as templates show it."""
    return {
        "pass": line,
        "url": url_for("passes.one", pass_id=line.id),
        "class_name": line.class_th if language() == "th" else line.class_en,
        "state": pass_words.state_word(line.state),
        "abnormal": line.state in pass_words.ABNORMAL,
        "renewal": pass_words.renewal_word(line.renewal),
        # The first instant at which it is over: people are told its last day.
        "last_day": None if line.valid_until is None else line.valid_until - 1,
    }


def one_page(
    pass_id: str, error: UserError | None = None, tried: Act | None = None, reason: str = ""
) -> str:
    """The page of a pass; `error`: why what was `tried` was not done."""
    with looking() as session:
        line = one_pass(session, pass_id)
        facts = facts_of(session, [pass_id], lock=False).get(pass_id)
        if line is None or facts is None:
            refuse("not_found", f"pass {pass_id!r} does not exist")
        lines = history(session, pass_id)
        of_class = class_by_id(session, line.class_id)
        asked = request_of_member(session, line.member_id) if line.member_id else None
        offered = _offered(facts, of_class)
    card = line.credential
    return render_template(
        "desks/passes/one.html",
        one=line_json(line),
        of_class=of_class,
        offered=offered,
        asked=asked,
        printable=line.state in PRINTABLE,
        history=[(each, pass_words.act_done(each.act)) for each in lines],
        fault=None if error is None else (in_words(error), tried.value if tried else ""),
        reason=reason,
        can_bind=_can_bind(line) and allowed("passes.bind", g.caller.role),
        warning=warning_of(card).value if card else "",
        done=_done(),
        page={"desks": desk_choices()},
    )


def _offered(facts: Facts, of_class: ClassInfo | None) -> list[dict[str, Any]]:
    """The acts that are possible now, with what each needs; those of other people named."""
    if not allowed("passes.act", g.caller.role):
        return []
    offered = []
    for each in acts_of(facts):
        offered.append(
            {
                "act": each.value,
                "text": pass_words.act_todo(each),
                "reason_due": each in REASON_DUE,
                "date_due": each is Act.RENEW
                and of_class is not None
                and of_class.validity is ValidityRule.AS_REQUESTED,
                "not_you": _not_you(facts, each),
            }
        )
    return offered


def _not_you(facts: Facts, act: Act) -> bool:
    """Whether the caller had a hand in it before, so that another officer is due."""
    if act not in (Act.CHECK, Act.APPROVE):
        return False
    renewing = facts.renewal is not Renewal.NONE
    asked = facts.renewal_by if renewing else facts.requested_by
    checked = facts.renewal_checked_by if renewing else facts.checked_by
    return actor() == asked or (act is Act.APPROVE and actor() == checked)


def _done() -> str:
    """What was just done, for the notice on top."""
    name = request.args.get("done", "")
    return pass_words.act_done(Act(name)) if name in list(Act) else ""


def _can_bind(line: PassLine) -> bool:
    in_hand = line.state in (PassState.HANDED_OVER, PassState.ACTIVE)
    return line.state in (PassState.APPROVED, PassState.MADE) or (in_hand and not line.credential)


def _queue(
    queue: tuple[str, tuple[PassState, ...], Renewal | None], counts: dict[str, int]
) -> dict[str, Any]:
    name, states, renewal = queue
    if renewal is not None:
        text, count = pass_words.renewal_word(renewal), counts.get(f"renewal_{renewal.value}", 0)
    else:
        text, count = pass_words.state_word(states[0]), counts.get(states[0].value, 0)
    return {
        "name": name,
        "text": text,
        "count": count,
        "url": url_for("passes.index", queue=name),
    }


def _until(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return day_end(thai.parse_date(text))
    except ValueError:
        raise UserError(
            f"{text[:30]!r} is no date; 22/11/2569 or 2026-11-22 is due",
            f"อ่านวันที่ “{text[:30]}” ไม่ได้ ตัวอย่างที่ถูกต้อง 22/11/2569",
            field="valid_until",
        ) from None


def _offset() -> int:
    text = request.args.get("offset", "0")
    return min(int(text), 1_000_000) if text.isascii() and text.isdigit() and len(text) < 9 else 0

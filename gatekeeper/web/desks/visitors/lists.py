"""Who has a card out, who is overdue, who is expected; one visit with what the gates saw."""

from __future__ import annotations

import time
from typing import Any

from flask import Response, render_template, request

from gatekeeper.db import visit_passages as passages
from gatekeeper.db import visits as rows
from gatekeeper.db.engine import Session
from gatekeeper.db.visits import VisitInfo
from gatekeeper.kinds_office import VisitState
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.desks.visitors import visitors
from gatekeeper.web.desks.visitors.forms import LostForm
from gatekeeper.web.desks.visitors.site import gate_names, local_day
from gatekeeper.web.desks.visitors.words import DOCUMENTS, PURPOSES, STATES
from gatekeeper.web.forms import day_end, day_start
from gatekeeper.web.problems import refuse
from gatekeeper.web.texts import language

__all__ = ["FIRST", "lists_of", "visit_or_404", "words"]

FIRST = 100
"""Lines of a list: more than anybody works through before it is fetched anew."""


@visitors.get("/desk/visitors/lists")
def lists() -> Response:
    """The lists of the desk's page anew, as a piece of it."""
    with looking() as session:
        page = render_template("desks/visitors/lists.html", **lists_of(session, time.time()))
    return Response(page)


@visitors.get("/desk/visitors/<int:visit_id>")
def visit(visit_id: int) -> str:
    """One visit: what was said, what the gates saw, what can be done."""
    with looking() as session:
        return visit_page(session, visit_or_404(session, visit_id), LostForm(formdata=None))


def visit_page(session: Session, found: VisitInfo, form: LostForm) -> str:
    """The page of one visit, with the form for a lost card as far as it is filled in."""
    seen = passages.passages(session, [found.pass_id]) if found.pass_id else {}
    return render_template(
        "desks/visitors/visit.html",
        visit=found,
        group=rows.group_of(session, found.leader_id or found.id),
        passages=seen.get(found.pass_id or "", []),
        inside=bool(found.pass_id and passages.inside(session, [found.pass_id])),
        form=form,
        now=time.time(),
        **words(),
    )


def visit_or_404(session: Session, visit_id: int) -> VisitInfo:
    """The visit; answers 404 where there is none."""
    found = rows.visit_by_id(session, visit_id)
    if found is None:
        refuse("not_found", f"visit {visit_id} does not exist")
    return found


def lists_of(session: Session, now: float) -> dict[str, Any]:
    """What the lists show: overdue first, then who is out, then who is expected today.

    The soonest due FIRST of each; counts are of all. The piece is fetched every few seconds.
    """
    text = request.args.get("q", "").strip()
    today = local_day(now)
    since, until = day_start(today) or 0.0, day_end(today) or 0.0
    states = (VisitState.OPEN, VisitState.EXPECTED, VisitState.LOST)
    all_out, all_overdue = rows.count_visits(session, now)
    out = rows.open_visits(session, limit=FIRST)
    expected = rows.expected_visits(session, since, until, limit=FIRST)
    overdue = [each for each in out if (each.due_at or 0) <= now]
    inside_now, by_gate = passages.visitors_by_gate(session, since)
    return {
        "q": text,
        "found": rows.search_visits(session, text, states) if text else None,
        "overdue": overdue,
        "out": out[len(overdue) :],
        "expected": expected,
        "all_out": all_out,
        "all_overdue": all_overdue,
        "all_expected": rows.count_expected(session, since, until),
        "inside": passages.inside(session, [each.pass_id for each in out if each.pass_id]),
        "inside_now": inside_now,
        "by_gate": by_gate,
        "now": now,
        **words(),
    }


def words() -> dict[str, Any]:
    """What choices and gates are called in the page's language."""
    at = 0 if language() == "th" else 1
    return {
        "purposes": {kind.value: pair[at] for kind, pair in PURPOSES.items()},
        "documents": {kind.value: pair[at] for kind, pair in DOCUMENTS.items()},
        "states": {state.value: pair[at] for state, pair in STATES.items()},
        "gate_names": gate_names(language()),
    }

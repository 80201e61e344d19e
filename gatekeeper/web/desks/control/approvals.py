"""Acts that wait for a second person: seen by who may decide and by who asked."""

from __future__ import annotations

import time

from flask import g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import UserError
from gatekeeper.office import approvals as office
from gatekeeper.office.approvals import ApprovalState, Asked
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.control.base import control, end_sessions, page
from gatekeeper.web.forms import OfficeForm
from gatekeeper.web.texts import language

__all__ = ["approvals", "decide"]


@control.get("/approvals")
def approvals() -> AnyResponse | str:
    """What waits, and what was decided lately."""
    return _page(OfficeForm())


@control.post("/approvals/<int:request_id>")
def decide(request_id: int) -> AnyResponse | str:
    """Approve or refuse."""
    form = OfficeForm()
    try:
        with acting() as session:
            office.expire(session, time.time())
            office.decide(
                session,
                request_id,
                approve=request.form.get("answer") == "approve",
                reason=request.form.get("reason", ""),
                actor=actor(),
                role=g.caller.role,
                now=time.time(),
            )
    except UserError as error:
        form.blame(error)
        return _page(form, 422)
    end_sessions()
    return redirect("/admin/approvals?done=1")


def _page(form: OfficeForm, status: int = 200) -> AnyResponse | str:
    with looking() as session:
        found = office.to_show(session, actor=actor(), role=g.caller.role)
    at, now = (0 if language() == "th" else 1), time.time()
    shown = [
        {
            "asked": each,
            "title": office.KINDS[each.kind].title[at],
            "what": office.KINDS[each.kind].summary(each.details)[at],
            "mine": _may_decide(each, now),
            "over": each.state is ApprovalState.OPEN and now >= each.expires_at,
        }
        for each in found
        if each.kind in office.KINDS
    ]
    answer: AnyResponse | str = page(
        "approvals.html", status, form=form, shown=shown, done="done" in request.args
    )
    return answer


def _may_decide(each: Asked, now: float) -> bool:
    return (
        each.state is ApprovalState.OPEN
        and now < each.expires_at
        and each.requested_by != actor()
        and g.caller.role in office.KINDS[each.kind].deciders
    )

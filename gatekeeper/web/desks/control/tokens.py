"""Tokens of devices and programs: made (their secret is shown once), revoked."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from gatekeeper.db import tokens as rows
from gatekeeper.db.users import Role
from gatekeeper.errors import UserError
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.control.base import (
    Checks,
    control,
    end_sessions,
    event_choices,
    gate_choices,
    page,
    role_names,
)
from gatekeeper.web.forms import Due, Length, OfficeForm, say

__all__ = ["new_token", "revoke_token", "tokens"]


class TokenForm(OfficeForm):
    """A new token."""

    name = StringField(validators=[Due("ชื่อโทเค็น", "a name"), Length(63)])
    role = RadioField(validators=[InputRequired()])
    gate = SelectField(validators=[Optional()])
    events = Checks(validators=[Optional()])


@control.get("/tokens")
def tokens() -> str:
    """Every token, revoked ones included."""
    with looking() as session:
        found = rows.list_tokens(session)
    return str(page("tokens.html", tokens=found, roles=dict(role_names())))


@control.route("/tokens/new", methods=["GET", "POST"])
def new_token() -> AnyResponse | str:
    """Make one; its secret stands in this answer and nowhere else."""
    form = TokenForm()
    form.role.choices = role_names()
    form.gate.choices = [("", say("ทุกประตู", "Every gate")), *gate_choices()]
    form.events.choices = event_choices()
    found: AnyResponse | str
    if form.validate_on_submit():
        try:
            with acting() as session:
                info, secret = rows.create_token(
                    session,
                    Role(form.role.data),
                    gate=form.gate.data or None,
                    events=form.events.limit(),
                    name=(form.name.data or "").strip(),
                    actor=actor(),
                )
            found = page("token_made.html", token=info, secret=secret)
            return found
        except UserError as error:
            form.blame(error)
    elif request.method == "POST" and not form.role.data:
        form.role.errors = [say("กรุณาเลือกบทบาท", "Please choose a role")]
    found = page("token_new.html", 200 if request.method == "GET" else 422, form=form)
    return found


@control.post("/tokens/<name>/revoke")
def revoke_token(name: str) -> AnyResponse:
    """Refuse it from now on."""
    with acting() as session:
        rows.revoke_token(session, name, actor())
    end_sessions()
    return redirect("/admin/tokens")

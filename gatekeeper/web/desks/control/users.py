"""Accounts: who may sign in, as what, for which gates and events; in force within a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import g, redirect, request
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from gatekeeper.db import user_admin
from gatekeeper.db import users as rows
from gatekeeper.db.engine import Session
from gatekeeper.db.users import Account, Role
from gatekeeper.errors import UserError
from gatekeeper.office import accounts as office
from gatekeeper.office import approvals
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
from gatekeeper.web.problems import refuse

__all__ = ["change_user", "new_user", "user", "users"]


class NewForm(OfficeForm):
    """A new account."""

    name = StringField(validators=[Due("ชื่อผู้ใช้", "a user name"), Length(63)])
    display_name = StringField(validators=[Optional(), Length(120)])
    role = RadioField(validators=[InputRequired()])
    gates = Checks(validators=[Optional()])
    events = Checks(validators=[Optional()])
    reason = TextAreaField(validators=[Optional(), Length(500)])


class ChangeForm(OfficeForm):
    """What is changed of an account; which fields count goes by the button."""

    role = RadioField(validators=[Optional()])
    gates = Checks(validators=[Optional()])
    events = Checks(validators=[Optional()])
    reason = TextAreaField(validators=[Optional(), Length(500)])


@control.get("/users")
def users() -> str:
    """Every account."""
    with looking() as session:
        found = rows.list_users(session)
    return str(page("users.html", accounts=found, roles=dict(role_names())))


@control.route("/users/new", methods=["GET", "POST"])
def new_user() -> AnyResponse | str:
    """Add an account; its owner sets the password by a one-time link."""
    form = NewForm()
    _choices(form, None)
    if not form.validate_on_submit():
        if request.method == "POST" and not form.role.data:
            form.role.errors = [say("กรุณาเลือกบทบาท", "Please choose a role")]
        return _answer("user_new.html", form)
    try:
        with acting() as session:
            made, secret = office.add(
                session,
                (form.name.data or "").strip(),
                Role(form.role.data),
                display_name=form.display_name.data or "",
                gates=form.gates.limit(),
                events=form.events.limit(),
                reason=form.reason.data or "",
                actor=actor(),
                actor_role=g.caller.role,
                now=time.time(),
            )
    except UserError as error:
        form.blame(error)
        return _answer("user_new.html", form)
    return _link_page(made, secret)


@control.get("/users/<name>")
def user(name: str) -> AnyResponse | str:
    """One account and what can be changed of it."""
    account = _account(name)
    form = ChangeForm(
        role=account.role.value, gates=account.gates or (), events=account.events or ()
    )
    return _user_page(account, form)


@control.post("/users/<name>/<act>")
def change_user(name: str, act: str) -> AnyResponse | str:
    """Role, scope, disable, enable, or a new link; `act` says which."""
    account = _account(name)
    do = _ACTS.get(act)
    if do is None:
        refuse("not_found")
    form = ChangeForm()
    _choices(form, account)
    if not form.validate():
        return _user_page(account, form, 422)
    try:
        with acting() as session:
            secret = do(session, account, form)
    except UserError as error:
        form.blame(error)
        return _user_page(account, form, 422)
    end_sessions()
    if secret:
        return _link_page(account, secret)
    return redirect(f"/admin/users/{name}?done={act}")


def _role(session: Session, account: Account, form: ChangeForm) -> None:
    office.change_role(
        session,
        account.name,
        Role(form.role.data or account.role),
        reason=form.reason.data or "",
        actor=actor(),
        actor_role=g.caller.role,
        now=time.time(),
    )


def _scope(session: Session, account: Account, form: ChangeForm) -> None:
    user_admin.set_scope(session, account.name, form.gates.limit(), form.events.limit(), actor())


def _disable(session: Session, account: Account, _: ChangeForm) -> None:
    office.disable(session, account.name, actor=actor())


def _enable(session: Session, account: Account, form: ChangeForm) -> None:
    office.enable(
        session,
        account.name,
        reason=form.reason.data or "",
        actor=actor(),
        actor_role=g.caller.role,
        now=time.time(),
    )


def _link(session: Session, account: Account, _: ChangeForm) -> str:
    return user_admin.invite(session, account.name, time.time(), actor())


_ACTS: dict[str, Callable[[Session, Account, ChangeForm], str | None]] = {
    "role": _role,
    "scope": _scope,
    "disable": _disable,
    "enable": _enable,
    "link": _link,
}


def _account(name: str) -> Account:
    with looking() as session:
        found = rows.user_by_name(session, name)
    if found is None:
        refuse("not_found")
    return found


def _choices(form: Any, account: Account | None) -> None:
    form.role.choices = role_names()
    known, gates = set(dict(gate_choices())), list(account.gates or ()) if account else []
    form.gates.choices = [*gate_choices(), *((gate, gate) for gate in gates if gate not in known)]
    form.events.choices = event_choices((account.events or ()) if account else ())


def _answer(name: str, form: OfficeForm) -> AnyResponse | str:
    found: AnyResponse | str = page(
        name, 200 if request.method == "GET" else 422, form=form, two=office.NEEDS_TWO
    )
    return found


def _user_page(account: Account, form: ChangeForm, status: int = 200) -> AnyResponse | str:
    _choices(form, account)
    with looking() as session:
        asked = approvals.is_asked(session, office.KIND, office.subject(account.name))
    found: AnyResponse | str = page(
        "user.html",
        status,
        account=account,
        form=form,
        asked=asked,
        roles=dict(role_names()),
        two=office.NEEDS_TWO,
        own=account.name == actor(),
        done=request.args.get("done", ""),
        now=time.time(),
    )
    return found


def _link_page(account: Account, secret: str) -> AnyResponse | str:
    """The link, shown this once; there is no address by which it is seen again."""
    link = f"{request.host_url}login/link/{secret}"
    two = account.disabled and account.role in office.NEEDS_TWO
    found: AnyResponse | str = page("user_link.html", account=account, link=link, two=two)
    return found

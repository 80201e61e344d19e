"""`gatekeeper user …` and `gatekeeper token …`: accounts of people, secrets of devices.

A password is never an argument: arguments are seen by every user of the machine. All acts
are in force at once, also for a running server, which looks accounts up as it goes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from gatekeeper import app
from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.db import tokens, user_admin, users
from gatekeeper.db.engine import Session, connect
from gatekeeper.db.events import event_by_slug
from gatekeeper.errors import UserError

__all__ = ["token", "user"]

_ROLES = click.Choice([role.value for role in users.Role])

_from_stdin = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from the first line of stdin; so without a terminal.",
)


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="What the account is for.")
@_from_stdin
@with_config
def add(settings: Config, name: str, role: str, password_stdin: bool) -> None:
    """Make an account; asks for its password."""
    password = _password(password_stdin)
    with _session(settings) as session:
        users.add_user(session, name, password, users.Role(role))
    click.echo(f"user {name} added, role {role}")


@user.command("passwd")
@click.argument("name")
@_from_stdin
@with_config
def passwd(settings: Config, name: str, password_stdin: bool) -> None:
    """Give an account another password; its sessions end."""
    password = _password(password_stdin)
    with _session(settings) as session:
        users.set_password(session, name, password)
    click.echo(f"password of {name} changed; its sessions have ended")


@user.command("disable")
@click.argument("name")
@with_config
def disable(settings: Config, name: str) -> None:
    """Nobody can sign in with the account any more; its sessions end."""
    with _session(settings) as session:
        users.disable_user(session, name)
    click.echo(f"user {name} disabled; its sessions have ended")


@user.command("enable")
@click.argument("name")
@with_config
def enable(settings: Config, name: str) -> None:
    """Undo `disable`."""
    with _session(settings) as session:
        users.enable_user(session, name)
    click.echo(f"user {name} enabled")


@user.command("role")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="What the account is for from now on.")
@with_config
def change_role(settings: Config, name: str, role: str) -> None:
    """Change a role without a second person: for when there is none. Recorded as done here."""
    with _session(settings) as session:
        user_admin.set_role(session, name, users.Role(role), "cli")
    click.echo(f"user {name} has role {role}; its sessions have ended")


@user.command("totp-reset")
@click.argument("name")
@with_config
def totp_reset(settings: Config, name: str) -> None:
    """A lost phone: one-time codes are set up anew at the next sign-in; sessions end."""
    with _session(settings) as session:
        user_admin.forget_second_factor(session, name, "cli")
    click.echo(f"one-time codes of {name} are forgotten; its sessions have ended")


@user.command("list")
@with_config
def list_users(settings: Config) -> None:
    """Every account: name, role, state, day it was made."""
    with _session(settings) as session:
        found = users.list_users(session)
    for each in found:
        state = "disabled" if each.disabled else "active"
        click.echo(f"{each.name}\t{each.role}\t{state}\t{_day(each.created_at)}")


@click.group()
def token() -> None:
    """Secrets of devices and programs that use the HTTP API."""


@token.command("create")
@click.option("--role", type=_ROLES, required=True, help="What its bearer may do.")
@click.option("--gate", help="The only gate it may speak for; default: any.")
@click.option("--event", "events", multiple=True, help="Only for this event; may be given again.")
@click.option("--name", default="", help="What to call it; default: made from gate or role.")
@with_config
def create(
    settings: Config, role: str, gate: str | None, events: tuple[str, ...], name: str
) -> None:
    """Make a token; prints its secret, which is not shown again."""
    if gate is not None and gate not in {known.id for known in settings.gates}:
        raise UserError(
            f"gate {gate!r} is not in the settings; "
            f"known: {', '.join(sorted(known.id for known in settings.gates)) or 'none'}"
        )
    with _session(settings) as session:
        for event in events:
            if event_by_slug(session, event) is None:
                raise UserError(f"event {event!r} does not exist", f"ไม่พบงาน “{event}”")
        info, secret = tokens.create_token(
            session, users.Role(role), gate=gate, events=list(events) or None, name=name
        )
    # The secret alone on stdout, so that a script can take it.
    click.echo(f"token {info.name} created; its secret is shown this once:", err=True)
    click.echo(secret)


@token.command("revoke")
@click.argument("name")
@with_config
def revoke(settings: Config, name: str) -> None:
    """The token is refused from now on."""
    with _session(settings) as session:
        tokens.revoke_token(session, name)
    click.echo(f"token {name} revoked")


@token.command("list")
@with_config
def list_tokens(settings: Config) -> None:
    """Every token: name, role, gate, state, day it was made."""
    with _session(settings) as session:
        found = tokens.list_tokens(session)
    for each in found:
        state = "revoked" if each.disabled else "active"
        gate = each.gate or "any gate"
        if each.events is not None:
            gate += f", events {' '.join(each.events)}"
        click.echo(f"{each.name}\t{each.role}\t{gate}\t{state}\t{_day(each.created_at)}")


def _password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    answer = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return str(answer)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


@contextmanager
def _session(settings: Config) -> Iterator[Session]:
    app.prepare_database(settings)
    database = connect(settings.database_url)
    try:
        with database.session() as session:
            yield session
    finally:
        database.close()

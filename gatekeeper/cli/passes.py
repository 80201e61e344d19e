"""`gatekeeper passes …`: list, show, step, and bulk acts from the command line.

Who acts is named by `--by`, an account that may do it: nobody checks and approves alone here
either. In force at once, also for a running server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from gatekeeper import app, thai
from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.db import users
from gatekeeper.db.engine import Session, connect
from gatekeeper.db.pass_lines import PassLine
from gatekeeper.db.pass_lists import (
    Choice,
    find_passes,
    history,
    one_pass,
    organisations,
    pass_ids_of,
)
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, Employment
from gatekeeper.office import bulk as office
from gatekeeper.office import passes as one_by_one
from gatekeeper.office.life_cycle import RENEWALS, TRANSITIONS
from gatekeeper.office.validity import midnight

__all__ = ["actor_of", "by_whom", "command"]

_STEPS = list(dict.fromkeys(act.value for _, act in [*TRANSITIONS, *RENEWALS]))
_ROLES = {users.Role.ISSUER, users.Role.ADMIN}

by_whom = click.option("--by", required=True, metavar="USER", help="The account that acts.")
_reason = click.option("--reason", default="", help="Why; it stays in the record.")
_until = click.option(
    "--until", metavar="DATE", help="New last day (22/11/2569, 2026-11-22), where a class asks."
)


@click.group()
def command() -> None:
    """Passes: look, take a step, many at once."""


@command.command("list")
@click.option("--text", default="", help="Part of a name, a pass number, a plate or a credential.")
@click.option("--class", "class_id", default="", help="Class of passes.")
@click.option("--state", type=click.Choice([state.value for state in PassState]))
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_config
def list_(
    settings: Config, text: str, class_id: str, state: str | None, limit: int, as_json: bool
) -> None:
    """Passes, the latest change first."""
    states = (PassState(state),) if state else ()
    with _session(settings, write=False) as session:
        choice = Choice(text=text, class_id=class_id, states=states)
        total, lines = find_passes(session, choice, limit=limit)
    for line in lines:
        click.echo(_json(line) if as_json else _text(line, settings))
    if not as_json:
        click.echo(f"{len(lines)} of {total}")


@command.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="JSON.")
@with_config
def show(settings: Config, number: str, as_json: bool) -> None:
    """One pass (its number or id) with its history."""
    with _session(settings, write=False) as session:
        pass_id = _id(session, number)
        line, lines = one_pass(session, pass_id), history(session, pass_id)
    if line is None:
        raise UserError(f"pass {number!r} is a guest's; it has no history here")
    if as_json:
        click.echo(_json(line))
        return
    click.echo(_text(line, settings))
    for each in reversed(lines):
        when = datetime.fromtimestamp(each.at, ZoneInfo(settings.site.timezone))
        parts = (f"{when:%Y-%m-%d %H:%M}", each.act.value, each.actor, each.reason)
        click.echo("  " + "  ".join(part for part in parts if part))


@command.command("step")
@click.argument("number")
@click.argument("act", type=click.Choice(_STEPS))
@by_whom
@_reason
@_until
@with_config
def step(settings: Config, number: str, act: str, by: str, reason: str, until: str | None) -> None:
    """Do ACT with the pass NUMBER, by the same rules as at the desk."""
    with _session(settings) as session:
        actor = actor_of(session, by)
        state = one_by_one.step(
            session,
            _id(session, number),
            Act(act),
            actor=actor,
            now=time.time(),
            reason=reason,
            zone=ZoneInfo(settings.site.timezone),
            valid_until=_end(settings, until),
        )
    click.echo(f"{number}: {state.value}")


@command.group("bulk")
def bulk() -> None:
    """Many passes in one act; can be taken back for 15 minutes."""


def _bulk_command(act: Act, text: str) -> None:
    @click.option("--class", "class_id", default="", help="Class of passes.")
    @click.option("--organisation", default="", help="Its name.")
    @click.option("--employment", type=click.Choice([each.value for each in Employment]))
    @click.option("--state", type=click.Choice([state.value for state in PassState]))
    @click.option("--yes", is_flag=True, help="Do it; without, only what would change is told.")
    @by_whom
    @_reason
    @_until
    @with_config
    def run(settings: Config, by: str, reason: str, until: str | None, **chosen: Any) -> None:
        _run_bulk(settings, act, by, reason, until, **chosen)

    run.__doc__ = text
    bulk.command(act.value)(run)


_bulk_command(Act.EXPIRE, "End passes now: a change of government, say.")
_bulk_command(Act.RENEW, "Renew passes by the rules of their classes.")
_bulk_command(Act.CHECK, "Check what was asked for, renewals included.")
_bulk_command(Act.APPROVE, "Approve what was checked, renewals included.")


@bulk.command("undo")
@click.argument("number", type=int)
@by_whom
@with_config
def undo(settings: Config, number: int, by: str) -> None:
    """Make every pass of bulk act NUMBER what it was, unless it changed since."""
    with _session(settings) as session:
        undone = office.undo(session, number, actor=actor_of(session, by), now=time.time())
    click.echo(f"{undone.count} passes are again what they were")
    for line in undone.left:
        click.echo(f"left as it is, changed since: {line.number}")


def _run_bulk(
    settings: Config,
    act: Act,
    by: str,
    reason: str,
    until: str | None,
    *,
    class_id: str,
    organisation: str,
    employment: str | None,
    state: str | None,
    yes: bool,
) -> None:
    with _session(settings, write=yes) as session:
        choice = Choice(
            class_id=class_id,
            organisation_id=_organisation(session, organisation),
            employment=employment or "",
            states=(PassState(state),) if state else (),
        )
        given: dict[str, Any] = {
            "actor": actor_of(session, by),
            "now": time.time(),
            "zone": ZoneInfo(settings.site.timezone),
            "reason": reason,
            "valid_until": _end(settings, until),
        }
        if yes:
            done = office.do_bulk(session, act, choice, **given)
            click.echo(
                f"bulk act {done.bulk_id}: {done.count} passes, {done.refused} left as they are; "
                f"`gatekeeper passes bulk undo {done.bulk_id}` takes it back within 15 minutes"
            )
            return
        seen = office.preview(session, act, choice, **given)
    click.echo(f"{act.value}: {seen.count} passes would change; add --yes to do it")
    for error, count in seen.refused:
        click.echo(f"left as they are: {count} x {error}")
    for line in seen.shown:
        click.echo("  " + _text(line, settings))


@contextmanager
def _session(settings: Config, *, write: bool = True) -> Iterator[Session]:
    app.prepare_database(settings)
    database = connect(settings.database_url)
    try:
        with database.session() if write else database.reading() as session:
            yield session
    finally:
        database.close()


def actor_of(session: Session, name: str) -> str:
    """The account that acts. Raises UserError where it may not."""
    found = next((each for each in users.list_users(session) if each.name == name), None)
    if found is None or found.disabled:
        raise UserError(f"user {name!r} does not exist or is disabled")
    if found.role not in _ROLES:
        raise UserError(f"user {name!r} has role {found.role.value}; issuer or admin is due")
    return found.name


def _id(session: Session, name: str) -> str:
    found = pass_ids_of(session, [name]).get(name)
    if found is None:
        raise UserError(f"pass {name!r} does not exist; a number as printed (PR-000123) is due")
    return found


def _organisation(session: Session, name: str) -> int | None:
    if not name:
        return None
    found = {text: number for number, text in organisations(session)}
    if name not in found:
        raise UserError(f"no pass belongs to organisation {name!r}")
    return found[name]


def _end(settings: Config, text: str | None) -> float | None:
    if not text:
        return None
    try:
        day = thai.parse_date(text)
    except ValueError as error:
        raise UserError(f"{text!r} is no date; 22/11/2569 or 2026-11-22 is due") from error
    return midnight(date.fromordinal(day.toordinal() + 1), ZoneInfo(settings.site.timezone))


def _text(line: PassLine, settings: Config) -> str:
    zone = ZoneInfo(settings.site.timezone)
    end = line.valid_until
    until = "open end" if end is None else f"{datetime.fromtimestamp(end - 1, zone):%Y-%m-%d}"
    return f"{line.number}  {line.state.value}  {line.class_id}  {until}  {line.name}"


def _json(line: PassLine) -> str:
    import msgspec

    end = line.valid_until
    told = {
        "id": line.id,
        "number": line.number,
        "class": line.class_id,
        "state": line.state.value,
        "renewal": line.renewal.value,
        "name": line.name,
        "organisation": line.organisation,
        "valid_until": None if end is None else datetime.fromtimestamp(end, UTC).isoformat(),
    }
    return msgspec.json.encode(told).decode()

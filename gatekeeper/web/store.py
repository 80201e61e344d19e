"""What the web asks of the main database; with desks/acting.py the only one to open a session.

Every method raises StoreError when the database is gone; who calls decides what can be
shown without it. Nothing is kept here.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from gatekeeper.db import changes, events, kept, passes, people, sessions, tokens, users
from gatekeeper.db.engine import Database
from gatekeeper.db.events import EventInfo
from gatekeeper.db.kept import Taken
from gatekeeper.db.people import Guest
from gatekeeper.db.tokens import TokenInfo
from gatekeeper.db.users import Account
from gatekeeper.model import Holder, unpack_holder
from gatekeeper.office import enrolment
from gatekeeper.office import passes as office
from gatekeeper.office.name_index import NameIndex
from gatekeeper.web.attendance import Invited
from gatekeeper.web.tags import tag_json

__all__ = ["Store"]


class Store:
    """The main database as pages and the API use it."""

    def __init__(self, database: Database) -> None:
        """Opens nothing."""
        self._database = database

    @property
    def database(self) -> Database:
        """For the desks, whose acts are functions of gatekeeper.office on a session."""
        return self._database

    def refresh_names(self, names: NameIndex) -> None:
        """Let the index of names take over what changed, so that no search waits for it."""
        with self._database.reading() as session:
            names.refresh(session)

    def authenticate(self, username: str, password: str) -> Account | None:
        """The account, if the password is right and the account is not disabled."""
        with self._database.reading() as session:
            return users.authenticate(session, username, password)

    def account(self, user_id: int) -> Account | None:
        """The account as it is now, disabled ones included."""
        with self._database.reading() as session:
            return users.user_by_id(session, user_id)

    def account_by_role(self, role: str) -> Account | None:
        """The first enabled account of a role (demo sign-in)."""
        with self._database.reading() as session:
            found = (each for each in users.list_users(session) if not each.disabled)
            return next((each for each in found if each.role == role), None)

    def choose_language(self, user_id: int, language: str) -> None:
        """Remember a person's language."""
        with self._database.session() as session:
            users.choose_language(session, user_id, language)

    def end_session(self, session_id: str, at: float, forget_before: float) -> None:
        """Remember that a session was ended."""
        with self._database.session() as session:
            kept.end_session(session, session_id, at, forget_before)

    def note_seen(self, seen: Mapping[str, float]) -> None:
        """Remember when each session was last used."""
        with self._database.session() as session:
            sessions.note_seen(session, seen)

    def ended_sessions(self) -> set[str]:
        """Every session that was ended and whose cookie may still be about."""
        with self._database.reading() as session:
            return kept.ended_sessions(session)

    def take_alert(self, site: str, event: str, taken: Taken) -> Taken:
        """Remember who took an alert; the first one stays."""
        with self._database.session() as session:
            return kept.take_alert(session, site, event, taken)

    def taken_alerts(self, site: str, each: int) -> dict[str, list[Taken]]:
        """The latest that were taken, by event."""
        with self._database.reading() as session:
            return kept.taken_alerts(session, site, each)

    def token(self, secret: str) -> TokenInfo | None:
        """What the bearer of `secret` may do; None for nothing."""
        with self._database.reading() as session:
            return tokens.token_by_secret(session, secret)

    def events(self) -> list[EventInfo]:
        """Every event, the latest first."""
        with self._database.reading() as session:
            return events.list_events(session)

    def search(self, text: str, event: str | None, limit: int) -> list[Guest]:
        """Passes whose holder's name has `text` in it; of `event` alone if given."""
        with self._database.reading() as session:
            return people.search_guests(session, event, text, limit)

    def by_number(self, number: str) -> Guest | None:
        """The pass with this number, `PR-000123`; None where there is none."""
        with self._database.reading() as session:
            return people.holder_of_number(session, number)

    def invited(self, slug: str) -> dict[str, Invited]:
        """Pass to invitation of every guest of an event."""
        with self._database.reading() as session:
            found = people.invited_groups(session, slug)
        return {pass_id: Invited(group, expected) for pass_id, group, expected in found}

    def missing(
        self,
        slug: str,
        arrived: Collection[str],
        *,
        group: str,
        text: str,
        vip: bool,
        offset: int,
        limit: int,
    ) -> tuple[int, list[Guest]]:
        """How many expected guests are not in `arrived`, and a page of them, VIPs first."""
        with self._database.reading() as session:
            return people.guests_except(
                session,
                slug,
                without=arrived,
                group=group,
                text=text,
                vip_first=True,
                vip_only=vip,
                offset=offset,
                limit=limit,
            )

    def changes(self) -> int:
        """Number of the latest change to passes."""
        with self._database.reading() as session:
            return changes.latest(session)

    def key_of(self, pass_id: str) -> str | None:
        """What the node knows a pass by: its credential, or its own key without one."""
        with self._database.reading() as session:
            found = passes.passes_by_id(session, [pass_id]).get(pass_id)
            return None if found is None else found.credential

    def holders(self, pass_ids: list[str]) -> dict[str, Holder]:
        """Holders of passes; the unknown are missing."""
        with self._database.reading() as session:
            found = passes.passes_by_id(session, pass_ids)
        holders = {pass_id: unpack_holder(each.holder) for pass_id, each in found.items()}
        return {pass_id: holder for pass_id, holder in holders.items() if holder is not None}

    def look_at_tag(self, credential: str) -> dict[str, Any]:
        """A tag that was tapped at a desk, judged. Raises CredentialError."""
        with self._database.reading() as session:
            return tag_json(enrolment.look_at(session, credential, time.time()))

    def revoke(self, credential: str, *, actor: str, note: str) -> str | None:
        """Revoke a card, and its pass; the id of that, or None where none is bound to it."""
        with self._database.session() as session:
            found = office.revoke_card(session, credential, actor=actor, now=time.time(), note=note)
            return found or None

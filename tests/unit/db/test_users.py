"""Accounts and tokens: who may come in, and that nobody learns who exists."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gatekeeper.db import audit, passwords, tokens, users
from gatekeeper.db.engine import Database
from gatekeeper.db.tables import Token, User
from gatekeeper.db.users import Role
from gatekeeper.errors import UserError

PASSWORD = "correct horse"


def niran(database: Database, role: Role = Role.GUARD) -> users.Account:
    """An account."""
    with database.session() as session:
        return users.add_user(session, "niran", PASSWORD, role)


def test_the_right_password_gives_the_account(database: Database) -> None:
    """However the name was typed."""
    account = niran(database)

    with database.reading() as session:
        assert users.authenticate(session, "niran", PASSWORD) == account
        assert users.authenticate(session, " Niran ", PASSWORD) == account


@pytest.mark.parametrize(("name", "password"), [("niran", "wrong horse"), ("nobody", PASSWORD)])
def test_a_wrong_one_gives_nothing(database: Database, name: str, password: str) -> None:
    """Neither says which of the two was wrong."""
    niran(database)

    with database.reading() as session:
        assert users.authenticate(session, name, password) is None


def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in hashes computed, which is where the time goes."""
    niran(database)
    tried: list[str] = []
    verify = passwords.verify

    def counted(stored: str, password: str) -> bool:
        tried.append(stored[:20])
        return verify(stored, password)

    monkeypatch.setattr(passwords, "verify", counted)
    with database.reading() as session:
        users.authenticate(session, "niran", "wrong horse")
        users.authenticate(session, "nobody", "wrong horse")

    assert len(tried) == 2
    assert tried[0] == tried[1]


def test_a_disabled_account_is_refused_even_with_the_right_password(database: Database) -> None:
    """And its sessions are over by their version."""
    before = niran(database)
    with database.session() as session:
        after = users.disable_user(session, "niran")

    with database.reading() as session:
        assert users.authenticate(session, "niran", PASSWORD) is None
        assert users.user_by_id(session, before.id) == after
    assert after.disabled
    assert after.session_version > before.session_version


def test_enabling_again_does_not_bring_old_sessions_back(database: Database) -> None:
    """Whoever stole the cookie stays out."""
    before = niran(database)
    with database.session() as session:
        users.disable_user(session, "niran")
        after = users.enable_user(session, "niran")

    assert not after.disabled
    assert after.session_version > before.session_version


def test_a_new_password_ends_sessions_and_the_old_password(database: Database) -> None:
    """In force with the commit."""
    before = niran(database)
    with database.session() as session:
        after = users.set_password(session, "niran", "battery staple")

    with database.reading() as session:
        assert users.authenticate(session, "niran", PASSWORD) is None
        assert users.authenticate(session, "niran", "battery staple") == after
    assert after.session_version > before.session_version


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "at least 10"),
        ("", "at least 10"),
        ("a" * 12, "different"),
        ("Password123", "common"),
        ("niran12345", "user's name"),
        ("x1y2z" * 100, "at most"),
    ],
)
def test_a_weak_password_is_refused_with_what_is_due(
    database: Database, password: str, problem: str
) -> None:
    """At creation as at change."""
    with database.session() as session, pytest.raises(UserError, match=problem):
        users.add_user(session, "niran", password, Role.GUARD)
    niran(database)
    with database.session() as session, pytest.raises(UserError, match=problem):
        users.set_password(session, "niran", password)


@pytest.mark.parametrize("name", ["", "n", "Niran", "ni ran", "-x", "a" * 64, "นิรันดร์", "a\n"])
def test_a_bad_name_is_refused(database: Database, name: str) -> None:
    """Names are typed at gates and stand in logs."""
    with database.session() as session, pytest.raises(UserError, match="user name"):
        users.add_user(session, name, PASSWORD, Role.GUARD)


def test_a_name_is_given_once(database: Database) -> None:
    """The second one is told so."""
    niran(database)
    with database.session() as session, pytest.raises(UserError, match="exists already"):
        users.add_user(session, "niran", PASSWORD, Role.ADMIN)


@pytest.mark.parametrize("act", [users.disable_user, users.enable_user])
def test_acts_on_nobody_are_refused(database: Database, act: object) -> None:
    """A typing error is not silently done."""
    assert callable(act)
    with database.session() as session, pytest.raises(UserError, match="does not exist"):
        act(session, "nobody")


def test_the_password_is_stored_nowhere_and_neither_is_the_secret(database: Database) -> None:
    """Only argon2id, and SHA-256 of what is random."""
    niran(database)
    with database.session() as session:
        _, secret = tokens.create_token(session, Role.DESK)
        user = session.scalars(select(User)).one()
        token = session.scalars(select(Token)).one()

    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in user.password_hash
    assert secret not in (token.secret_hash, token.name)


def test_accounts_are_listed_by_name(database: Database) -> None:
    """Disabled ones too."""
    with database.session() as session:
        for name, role in [("somchai", Role.ADMIN), ("apinya", Role.AUDITOR)]:
            users.add_user(session, name, PASSWORD, role)
        users.disable_user(session, "somchai")
        found = [(a.name, a.role, a.disabled) for a in users.list_users(session)]

    assert found == [("apinya", Role.AUDITOR, False), ("somchai", Role.ADMIN, True)]


def test_a_token_is_known_by_its_secret_until_it_is_revoked(database: Database) -> None:
    """With role and gate; a revoked one is as unknown as any other text."""
    with database.session() as session:
        info, secret = tokens.create_token(session, Role.GUARD, gate="north", name="scanner-1")
    with database.reading() as session:
        assert tokens.token_by_secret(session, secret) == info
        assert tokens.token_by_secret(session, secret[:-1]) is None
        assert tokens.token_by_secret(session, "\ud800") is None

    with database.session() as session:
        tokens.revoke_token(session, "scanner-1")

    with database.reading() as session:
        assert tokens.token_by_secret(session, secret) is None
        (left,) = tokens.list_tokens(session)
    assert (left.name, left.gate, left.disabled) == ("scanner-1", "north", True)


def test_two_tokens_never_share_a_secret_or_a_name(database: Database) -> None:
    """Names are made when none is given."""
    with database.session() as session:
        made = [tokens.create_token(session, Role.GUARD, gate="north") for _ in range(20)]
        with pytest.raises(UserError, match="exists already"):
            tokens.create_token(session, Role.GUARD, name=made[0][0].name)
        with pytest.raises(UserError, match="token name"):
            tokens.create_token(session, Role.GUARD, name="a b")
        with pytest.raises(UserError, match="does not exist"):
            tokens.revoke_token(session, "nothing")

    assert len({secret for _, secret in made}) == len({info.name for info, _ in made}) == 20


def test_who_did_what_is_on_record(database: Database) -> None:
    """Newest first, without passwords."""
    with database.session() as session:
        users.add_user(session, "niran", PASSWORD, Role.GUARD, actor="root")
        users.disable_user(session, "niran", actor="root")
        tokens.create_token(session, Role.DESK, name="d", actor="root")
        acts = [act[1:4] for act in audit.latest_acts(session)]

    assert acts == [
        ("root", "token.create", "token:d"),
        ("root", "user.disable", "user:niran"),
        ("root", "user.add", "user:niran"),
    ]

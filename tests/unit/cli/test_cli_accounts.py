"""`gatekeeper user` and `gatekeeper token`, as typed; in force for who is connected already."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gatekeeper.cli import program
from gatekeeper.config import Config
from gatekeeper.db import tokens, users
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.migrate import open_database
from gatekeeper.errors import StoreError, UserError

PASSWORD = "correct horse"

ADD = [sys.executable, "-m", "gatekeeper", "user", "add", "niran", "--role", "guard"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Database]:
    """What a running server has open."""
    (tmp_path / "gatekeeper.toml").write_text('[[gates]]\nid = "north"\n')
    database = open_database(Config(data=tmp_path).database_url)
    yield database
    database.close()


def typed(data: Path, *arguments: str, text: str = "") -> Result:
    """A command with its `--data`."""
    return CliRunner().invoke(program, [*arguments, "--data", str(data)], input=text)


def add(data: Path) -> Result:
    """The account of Niran."""
    return typed(
        data, "user", "add", "niran", "--role", "guard", "--password-stdin", text=PASSWORD + "\n"
    )


def account(database: Database) -> users.Account | None:
    """Who signs in as Niran now."""
    with database.reading() as session:
        return users.authenticate(session, "niran", PASSWORD)


def test_an_account_made_by_command_can_sign_in_at_once(server: Database, tmp_path: Path) -> None:
    """And is listed without its password."""
    assert add(tmp_path).exit_code == 0

    found = account(server)
    listed = typed(tmp_path, "user", "list").stdout.split("\t")
    assert found is not None
    assert listed[:3] == ["niran", "guard", "active"]


def test_a_deleted_user_does_not_stay_logged_in(server: Database, tmp_path: Path) -> None:
    """A session holds the version of before; enabling again does not bring it back."""
    add(tmp_path)
    before = account(server)
    assert before is not None

    assert typed(tmp_path, "user", "disable", "niran").exit_code == 0
    with server.reading() as session:
        disabled = users.user_by_id(session, before.id)
    assert typed(tmp_path, "user", "enable", "niran").exit_code == 0
    enabled = account(server)

    assert disabled is not None
    assert disabled.disabled
    assert enabled is not None
    assert enabled.session_version > disabled.session_version > before.session_version


def test_another_password_is_in_force_at_once(server: Database, tmp_path: Path) -> None:
    """The old one is over."""
    add(tmp_path)

    done = typed(tmp_path, "user", "passwd", "niran", "--password-stdin", text="battery staple\n")

    assert done.exit_code == 0
    assert account(server) is None


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("user", "add", "niran", "--role", "guard", "--password-stdin"), "at least 10"),
        (("user", "disable", "nobody"), "does not exist"),
        (("token", "revoke", "nothing"), "does not exist"),
        (("token", "create", "--role", "desk", "--gate", "nowhere"), "known: north"),
    ],
)
def test_what_cannot_be_is_said(
    server: Database, tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    """An error of ours, which the program shows as one line."""
    result = typed(tmp_path, *arguments, text="short\n")

    assert isinstance(result.exception, UserError)
    assert problem in str(result.exception)


@pytest.mark.parametrize(
    "arguments",
    [("user", "add", "niran"), ("user", "add", "niran", "--role", "king"), ("token", "create")],
)
def test_wrong_use_is_exit_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """No account without a role, no role that is none."""
    assert typed(tmp_path, *arguments).exit_code == 2


def test_a_secret_is_shown_once_and_known_until_revoked(server: Database, tmp_path: Path) -> None:
    """Alone on stdout, for scripts."""
    made = typed(tmp_path, "token", "create", "--role", "guard", "--gate", "north", "--name", "s1")
    secret = made.stdout.strip()
    with server.reading() as session:
        known = tokens.token_by_secret(session, secret)

    revoked = typed(tmp_path, "token", "revoke", "s1")
    listed = typed(tmp_path, "token", "list")

    with server.reading() as session:
        assert tokens.token_by_secret(session, secret) is None
    assert known is not None
    assert (known.name, known.gate, revoked.exit_code) == ("s1", "north", 0)
    assert secret not in listed.stdout
    assert listed.stdout.split("\t")[:4] == ["s1", "guard", "north", "revoked"]


def test_a_lost_database_is_not_made_anew(server: Database, tmp_path: Path) -> None:
    """The node has passes of it: an empty one would make strangers of everybody."""
    (tmp_path / "passes.copy").write_bytes(b"")
    (tmp_path / "main.sqlite3").unlink()

    result = add(tmp_path)

    assert isinstance(result.exception, StoreError)
    assert not (tmp_path / "main.sqlite3").exists()


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    """An empty pipe is no password: one line of error, and no waiting."""
    done = subprocess.run(
        [*ADD, "--data", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "at least 10 are due" in done.stderr


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    """What is typed does not come back."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [*ADD, "--data", str(tmp_path)], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        for prompt in (b"Password:", b"Repeat"):
            while prompt not in shown:
                shown += os.read(ours, 1024)
            os.write(ours, PASSWORD.encode() + b"\n")
        while b"added" not in shown:
            shown += os.read(ours, 1024)
        assert running.wait(60) == 0
    finally:
        running.kill()
        os.close(ours)

    assert PASSWORD.encode() not in shown
    database = connect(Config(data=tmp_path).database_url)
    assert account(database) is not None
    database.close()

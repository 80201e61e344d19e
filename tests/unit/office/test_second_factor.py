"""One-time codes: enrolled by a code, good once, near their time; recovery codes; lost phones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyotp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.db import user_admin, users
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database
from gatekeeper.db.users import Account, Role
from gatekeeper.office import second_factor
from gatekeeper.office.second_factor import STEP_S
from gatekeeper.vault import Vault

NOW = 1_795_000_005.0
STEP = int(NOW // STEP_S)


class Desk:
    """An account of a database, its device, and the vault."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.vault = Vault.of(folder)
        with database.session() as session:
            self.account: Account = users.add_user(session, "niran", "a long pass word", Role.ADMIN)
            second_factor.begin(session, self.account, self.vault)
        with database.reading() as session:
            found = second_factor.enrolment(session, self.account, self.vault, "ทำเนียบ")
        assert found is not None
        self.uri, self.device = found.uri, pyotp.TOTP(found.secret)

    def code(self, step: int) -> str:
        return self.device.generate_otp(step)

    def enrol(self, step: int = STEP) -> list[str]:
        with self.database.session() as session:
            codes = second_factor.confirm(session, self.account, self.vault, self.code(step), NOW)
        assert codes is not None
        return codes

    def check(self, code: str, now: float = NOW) -> bool:
        with self.database.session() as session:
            return second_factor.check(session, self.account, self.vault, code, now)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path / "keys")


def test_nothing_is_asked_for_before_a_code_proved_the_device(desk: Desk) -> None:
    """A secret that was shown and never scanned locks nobody out; a wrong code enrols nothing."""
    assert not desk.check(desk.code(STEP))
    with desk.database.session() as session:
        wrong = desk.code(STEP + 5)
        assert second_factor.confirm(session, desk.account, desk.vault, wrong, NOW) is None
        account = users.user_by_id(session, desk.account.id)
    assert account is not None
    assert not account.totp

    assert len(set(desk.enrol())) == 10

    with desk.database.reading() as session:
        account = users.user_by_id(session, desk.account.id)
        assert account is not None
        assert account.totp
        # Once enrolled the secret is never shown again, nor made anew.
        assert second_factor.enrolment(session, desk.account, desk.vault, "x") is None
    with desk.database.session() as session:
        second_factor.begin(session, desk.account, desk.vault)
        again = second_factor.confirm(session, desk.account, desk.vault, desk.code(STEP + 1), NOW)
        assert again is None


def test_a_reload_of_the_page_shows_the_same_secret(desk: Desk) -> None:
    """Else a phone that scanned the first picture would be of no use."""
    with desk.database.session() as session:
        second_factor.begin(session, desk.account, desk.vault)
        found = second_factor.enrolment(session, desk.account, desk.vault, "ทำเนียบ")

    assert found is not None
    assert found.uri == desk.uri
    assert pyotp.parse_uri(found.uri).name == "niran"
    picture = second_factor.picture(found.uri)
    assert picture.startswith(b"<?xml")
    assert b"<script" not in picture


@pytest.mark.parametrize(
    ("off", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False), (99, False)]
)
def test_a_code_is_good_one_step_around_its_time(desk: Desk, off: int, good: bool) -> None:
    """A phone may be half a minute wrong, not more."""
    desk.enrol(STEP - 1)
    later = NOW + 10 * STEP_S

    assert desk.check(desk.code(STEP + 10 + off), later) is good


def test_no_code_is_taken_twice_nor_an_older_one_after_it(desk: Desk) -> None:
    """Whoever looked over a shoulder has nothing; the code of the enrolment counts, too."""
    desk.enrol(STEP)
    assert not desk.check(desk.code(STEP))

    assert desk.check(f" {desk.code(STEP + 1)[:3]} {desk.code(STEP + 1)[3:]} ")
    for step in (STEP - 1, STEP, STEP + 1):
        assert not desk.check(desk.code(step))
    assert desk.check(desk.code(STEP + 2), NOW + STEP_S)


def test_thai_digits_are_digits(desk: Desk) -> None:
    """A Thai keyboard types them."""
    desk.enrol(STEP - 1)
    thai = desk.code(STEP).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))

    assert desk.check(thai)


def test_a_recovery_code_is_good_once_however_it_is_typed(desk: Desk) -> None:
    """Stored as hashes; its use is on record with how many are left."""
    first, second, *_ = desk.enrol()
    with desk.database.reading() as session:
        stored = user_admin.second_factor(session, desk.account.id)
    assert hashlib.sha256(first.replace("-", "").encode()).hexdigest() in stored.recovery
    assert not any(first in each for each in stored.recovery)

    assert desk.check(first.lower().replace("-", " "))
    assert not desk.check(first)
    assert desk.check(second)

    with desk.database.reading() as session:
        assert [act[2] for act in latest_acts(session)][:3] == [
            "user.recovery_code",
            "user.recovery_code",
            "user.totp_enrol",
        ]
        assert len(user_admin.second_factor(session, desk.account.id).recovery) == 8


def test_a_lost_phone_begins_anew_and_ends_every_session(desk: Desk) -> None:
    """Old codes and old recovery codes are worth nothing."""
    codes = desk.enrol()
    with desk.database.session() as session:
        account = user_admin.forget_second_factor(session, "niran", "cli")
        second_factor.begin(session, account, desk.vault)
        found = second_factor.enrolment(session, account, desk.vault, "x")

    assert account.session_version == desk.account.session_version + 1
    assert not account.totp
    assert found is not None
    assert found.secret != desk.device.secret
    assert not desk.check(codes[0])
    assert not desk.check(desk.code(STEP + 1))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=20))
def test_no_other_text_is_a_code(desk: Desk, text: str) -> None:
    """Nothing raises, nothing opens."""
    with desk.database.reading() as session:
        known = user_admin.second_factor(session, desk.account.id)
    if not known.confirmed:
        desk.enrol()

    assert not desk.check(text)

"""Guests found by what somebody types at a counter."""

from __future__ import annotations

import pytest

from gatekeeper.db import people
from gatekeeper.db.engine import Database
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.passes import set_credential_state
from gatekeeper.model import InvitationState, PassKind, PassState
from tests.unit.db.daily import add_pass

CARD = "epc:300833B2DDD9014000000001"

GUESTS = [
    GuestRow("1", "นาย", "กิตติ", "ใจดี", name_latin="Kitti Jaidee", group="ทูต", credential=CARD),
    GuestRow("2", "นางสาว", "ใจ", "กิตติวงศ์", group="ทูต", vip=True),
    GuestRow("3", "พลเอก", "แก้ว", "น้ำทิพย์", group="ทหาร"),
    GuestRow("4", "H.E. Mr.", "José", "Núñez", name_latin="José Núñez", reply="declined"),
    GuestRow("50", "นาย", "ไก่", "ใจดี", cancelled=True),
    GuestRow("5", "นาย", "นายิก", "ร้อย%", reply="accepted"),
]


@pytest.fixture
def guests(database: Database) -> Database:
    """A database with six guests of the gala and one of another event."""
    with database.session() as session:
        apply_guests(session, "gala", GUESTS)
        apply_guests(session, "other", [GuestRow("1", "นาย", "กิตติ", "อื่น")])
    return database


def found(database: Database, text: str, event: str | None = "gala") -> list[str]:
    """Numbers of the guests found, in order."""
    with database.reading() as session:
        return [g.external_key or "" for g in people.search_guests(session, event, text)]


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        ("กิต", ["1", "2"]),
        ("ิตติ", ["1", "2"]),
        ("กิตติ ใจดี", ["1"]),
        ("ใจดี กิตติ", ["1"]),
        ("นายกิตติ ใจดี", ["1"]),
        ("นาย กิตติ", ["1", "2"]),
        ("kitti", ["1"]),
        ("JAI", ["1"]),
        ("jose nunez", ["4"]),
        ("H.E. Mr. José", ["4"]),
        ("น\u0e4d\u0e49\u0e32ทิพย์", ["3"]),
        ("พลเอกแก้ว", ["3"]),
        ("นายิก", ["5"]),
        ("5", ["5"]),
        ("๕", ["5"]),
        ("ใจ", ["2", "1", "50"]),
        ("ไก่", ["50"]),
        ("%", ["5"]),
        ("_", []),
        ("", []),
        ("   ", []),
        ("ไม่มีใคร", []),
    ],
)
def test_a_guest_is_found_by_part_of_the_name(guests: Database, typed: str, due: list[str]) -> None:
    """Either script, any order, with or without title; beginnings of names first."""
    assert found(guests, typed) == due


def test_without_an_event_everybody_is_searched(guests: Database) -> None:
    """A badge holder's pass has no event."""
    assert sorted(found(guests, "กิตติ", None)) == ["1", "1", "2"]


def test_so_many_and_no_more(guests: Database) -> None:
    """A list that fits the screen."""
    with guests.reading() as session:
        assert len(people.search_guests(session, "gala", "ใจ", limit=2)) == 2


def test_a_guest_carries_what_the_guard_must_know(guests: Database) -> None:
    """The worse of pass and card, the invitation, the holder."""
    with guests.session() as session:
        set_credential_state(session, CARD, PassState.LOST, "officer")
        (kitti,) = people.search_guests(session, "gala", "kitti")
        (kai,) = people.search_guests(session, "gala", "ไก่")
        again = people.guest_of_pass(session, kitti.pass_id)

    assert kitti == again
    assert (kitti.credential, kitti.state, kitti.kind) == (CARD, PassState.LOST, PassKind.EVENT)
    assert (kitti.holder.name, kitti.holder.group) == ("นายกิตติ ใจดี", "ทูต")
    assert (kai.invitation, kai.credential) == (InvitationState.CANCELLED, None)


def test_a_pass_without_a_person_is_found_by_nobody(guests: Database) -> None:
    """A visitor card lies in its box."""
    with guests.session() as session:
        pass_id = add_pass(session, PassKind.VISITOR, label="V-01")

        assert people.guest_of_pass(session, pass_id) is None


def test_those_expected_are_neither_cancelled_nor_declined(guests: Database) -> None:
    """Their passes and groups."""
    with guests.reading() as session:
        groups = people.expected_groups(session, "gala")
        total, left = people.guests_except(session, "gala")

    assert sorted(groups.values()) == ["", "ทหาร", "ทูต", "ทูต"]
    assert total == 4
    assert {g.pass_id for g in left} == groups.keys()


def test_those_missing_come_in_dictionary_order_page_by_page(guests: Database) -> None:
    """Narrowed by group and name; without those who came."""
    with guests.reading() as session:
        _, everybody = people.guests_except(session, "gala")
        keys = [g.external_key for g in everybody]
        came = {everybody[0].pass_id}
        total, page = people.guests_except(session, "gala", without=came, offset=1, limit=2)
        envoys = people.guests_except(session, "gala", group="ทูต")
        named = people.guests_except(session, "gala", text="แก้ว")

    assert keys == ["1", "3", "2", "5"]
    assert (total, [g.external_key for g in page]) == (3, ["2", "5"])
    assert (envoys[0], named[0]) == (2, 1)

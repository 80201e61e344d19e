"""Opening the pass of a VIP, or of what is watched for, is on record before anything is shown."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import update

from gatekeeper.db.audit import acts
from gatekeeper.db.tables import Person
from gatekeeper.errors import StoreError
from gatekeeper.kinds_office import WatchKind
from gatekeeper.office import watchlist
from gatekeeper.office.watchlist import EntryDraft
from tests.unit.office.office_passes import add_badge, add_permit, pass_row

OPENED = [
    "/passes/{id}",
    "/passes/print/{id}",
    "/passes/print/{id}/preview.pdf",
    "/passes/print/{id}/front.png",
    "/passes/print/{id}/back.png",
]


def readings(house: Any, subject: str) -> list[tuple[str, str, str]]:
    """Actor, act and what was opened, of each recorded reading."""
    with house.database.reading() as session:
        found = acts(session, subject=subject)
    return [(act.actor, act.action, act.note) for act in found if act.action.endswith(".read")]


def badge(house: Any, *, vip: bool) -> tuple[str, int]:
    """A pass and whose it is."""
    pass_id = add_badge(house.database)
    person = pass_row(house.database, pass_id).person_id
    assert person is not None
    with house.database.session() as session:
        session.execute(update(Person).where(Person.id == person).values(vip=vip))
    return pass_id, person


@pytest.mark.parametrize("page", OPENED)
def test_a_vips_pass_is_not_opened_unseen(house: Any, page: str) -> None:
    """Who, whose, and through what."""
    pass_id, person = badge(house, vip=True)

    answer = house.client("issuer").get(page.format(id=pass_id))

    assert answer.status_code == 200
    ((actor, act, note),) = readings(house, f"person:{person}")
    assert (actor, act) == ("issuer", "person.read")
    assert pass_id in note


@pytest.mark.parametrize("page", OPENED)
def test_an_ordinary_persons_pass_is_opened_without_an_entry(house: Any, page: str) -> None:
    """The record of readings is of those it is meant for."""
    pass_id, person = badge(house, vip=False)

    assert house.client("issuer").get(page.format(id=pass_id)).status_code == 200

    assert readings(house, f"person:{person}") == []


def test_a_program_is_recorded_like_a_person(house: Any) -> None:
    """By the name of its token."""
    pass_id, person = badge(house, vip=True)

    answer = house.app.test_client().get(f"/api/v1/passes/{pass_id}", headers=house.api("auditor"))

    assert answer.status_code == 200
    assert [each[0] for each in readings(house, f"person:{person}")] == ["token:auditor"]


def test_a_specimen_for_a_program_is_recorded(house: Any) -> None:
    """Name and photo are on it."""
    pass_id, person = badge(house, vip=True)
    url = f"/api/v1/passes/{pass_id}/badge.pdf"

    answer = house.app.test_client().get(url, headers=house.api("issuer"))

    assert answer.status_code == 200
    ((actor, act, note),) = readings(house, f"person:{person}")
    assert (actor, act, note) == ("token:issuer", "person.read", f"badge of {pass_id}")


def test_a_vip_is_not_compared_unseen(house: Any) -> None:
    """Both pages that merge: whom with, and side by side, whichever of the two it is."""
    _, vip = badge(house, vip=True)
    _, other = badge(house, vip=False)
    client = house.client("issuer")

    for page in (f"{vip}/merge", f"{vip}/merge/{other}", f"{other}/merge/{vip}"):
        assert client.get(f"/people/{page}").status_code == 200

    assert readings(house, f"person:{vip}") == [("issuer", "person.read", "merge")] * 3
    assert readings(house, f"person:{other}") == []


def test_whoever_is_watched_for_is_recorded_as_well(house: Any) -> None:
    """A vehicle by its plate."""
    pass_id = add_permit(house.database)
    vehicle = pass_row(house.database, pass_id).vehicle_id
    with house.database.session() as session:
        from gatekeeper.db.vehicles import vehicle_record

        found = vehicle_record(session, vehicle or 0)
        assert found is not None
        draft = EntryDraft(WatchKind.PLATE, "trial", plate=found.plate, province=found.province)
        watchlist.add(session, house.services.vault, draft, actor="chief", now=time.time())

    assert house.client("issuer").get(f"/passes/{pass_id}").status_code == 200

    assert [each[1] for each in readings(house, f"vehicle:{vehicle}")] == ["vehicle.read"]


def test_what_cannot_be_recorded_is_not_shown(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database takes no entry: 503, and no name."""
    pass_id, _ = badge(house, vip=True)

    def gone() -> Any:
        raise StoreError("main database: gone")

    monkeypatch.setattr("gatekeeper.web.reading.acting", gone)
    answer = house.client("issuer").get(f"/passes/{pass_id}")

    assert answer.status_code == 503
    assert "ใจดี" not in answer.text

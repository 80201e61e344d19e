"""The pages that merge two vehicles: found, compared, done; refusals on top of the page."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from gatekeeper.db.holder_values import VehicleDraft
from gatekeeper.office.vehicles import add_vehicle, vehicle_of
from tests.unit.web.conftest import csrf

_serial = itertools.count(1000, 10)


@pytest.fixture
def two(house: Any) -> tuple[int, int]:
    """Two records of their own plates."""
    number = next(_serial)
    with house.database.session() as session:
        ids = [
            add_vehicle(
                session,
                VehicleDraft(f"2กข {number + each}", "เชียงใหม่", colour=colour),
                actor="ann",
                now=1.0,
            )
            for each, colour in enumerate(("ขาว", "ดำ"))
        ]
    return ids[0], ids[1]


def test_it_is_found_by_its_plate_compared_and_merged(house: Any, two: tuple[int, int]) -> None:
    """From the vehicle's page on; the old address leads to the record that stays."""
    client, (keep, gone) = house.client("issuer"), two
    with house.database.reading() as session:
        other = vehicle_of(session, gone)
    assert other is not None

    assert f'href="/vehicles/{keep}/merge"' in client.get(f"/vehicles/{keep}").text
    found = client.get(f"/vehicles/{keep}/merge", query_string={"q": other.plate}).text
    assert f'href="/vehicles/{keep}/merge/{gone}"' in found
    side_by_side = client.get(f"/vehicles/{keep}/merge/{gone}").text
    assert 'data-testid="take-colour"' in side_by_side
    form = {"csrf_token": csrf(client), "take-colour": "colour", "take-plate": ""}
    done = client.post(f"/vehicles/{keep}/merge/{gone}", data=form)

    assert done.headers["Location"] == f"/vehicles/{keep}?done=merged"
    assert client.get(f"/vehicles/{gone}").headers["Location"] == f"/vehicles/{keep}"
    with house.database.reading() as session:
        kept = vehicle_of(session, keep)
    assert kept is not None
    assert kept.colour == "ดำ"
    assert client.get(f"/vehicles/{keep}/merge/{gone}").status_code == 404


def test_a_record_is_not_merged_with_itself_or_nothing(house: Any, two: tuple[int, int]) -> None:
    """404, and never a fault."""
    client = house.client("issuer")

    assert client.get(f"/vehicles/{two[0]}/merge/{two[0]}").status_code == 404
    assert client.get(f"/vehicles/{two[0]}/merge/999999").status_code == 404
    assert client.get("/vehicles/999999/merge").status_code == 404
    nothing = client.get(f"/vehicles/{two[0]}/merge", query_string={"q": "ฮฮ 9999"}).text
    assert 'data-testid="found"' not in nothing


@pytest.mark.parametrize("role", ["guard", "desk", "protocol", "auditor"])
def test_others_merge_nothing(house: Any, two: tuple[int, int], role: str) -> None:
    """And are shown no button for it."""
    client = house.client(role)

    assert client.get(f"/vehicles/{two[0]}/merge/{two[1]}").status_code == 403
    assert f"/vehicles/{two[0]}/merge" not in client.get(f"/vehicles/{two[0]}").text

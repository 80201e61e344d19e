"""What a text may mean: a card in any printed form, a pass, a document, a plate, a name."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from gatekeeper.db import changes
from gatekeeper.db.engine import Database
from gatekeeper.db.tables import Audit, Credential, PassRow
from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.office import holders, vehicles
from gatekeeper.office.holder_search import search_people, search_vehicles
from gatekeeper.office.holders import PersonDraft, VehicleDraft, VehicleKind
from gatekeeper.vault import Vault

NOW = 1_790_000_000.0
VAULT = Vault(b"k" * 32)
CARD = "em4100:62E3086CED"
PASS = "0123456789abcdef"


def add_pass(database: Database, pass_id: str, card: str, **values: object) -> None:
    """A pass with its card."""
    row = {"id": pass_id, "state": "active", "note": "", "label": "", **values}
    with database.session() as session:
        session.execute(insert(PassRow), row)
        session.execute(insert(Credential), {"value": card, "pass_id": pass_id, "bound": True})


@pytest.fixture
def register(database: Database) -> tuple[Database, int, int]:
    """A person with a badge and a vehicle with its pass."""
    with database.session() as session:
        draft = PersonDraft(
            first_name="นายกิตติ ใจดี",
            document_kind=DocumentKind.PASSPORT,
            document_number="AA 1234567",
        )
        person = holders.add_person(session, draft, vault=VAULT, actor="ann", now=NOW)
        owned = VehicleDraft("1กก 1234 กทม.", make="โตโยต้า", person_id=person)
        vehicle = vehicles.add_vehicle(session, owned, actor="ann", now=NOW)
    add_pass(database, PASS, CARD, kind="badge", person_id=person, number="S-000123")
    add_pass(
        database, "b" * 16, "w26:12:345", kind="vehicle", vehicle_id=vehicle, number="V-000007"
    )
    return database, person, vehicle


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (CARD, "credential"),
        ("62e3086ced", "credential"),
        ("62:E3:08:6C:ED", "credential"),
        ("3808980205", "credential"),  # E3086CED in decimal, as printed in ten digits
        ("008,27885", "credential"),  # 08 and 6CED: the printed short form
        ("๐๐๘,๒๗๘๘๕", "credential"),
        ("S-000123", "pass"),
        ("s-000123/2", "pass"),
        (PASS, "pass"),
        ("aa1234567", "document"),
        ("กิตติ", "name"),
    ],
)
def test_a_person_is_found_by_whatever_names_them(
    register: tuple[Database, int, int], text: str, by: str
) -> None:
    """And the page says what the text was taken for."""
    database, person, _ = register
    with database.reading() as session:
        found = search_people(session, text, vault=VAULT)

    assert ([each.id for each in found.people], found.total) == ([person], 1)
    assert found.by == by or by == "pass"


def test_a_document_is_found_whole_only_and_never_without_the_key(
    register: tuple[Database, int, int],
) -> None:
    """Part of a number finds nobody; nor does another installation's key."""
    database, _, _ = register
    with database.reading() as session:
        for text, vault in (
            ("AA12345", VAULT),
            ("AA1234567", None),
            ("AA1234567", Vault(b"x" * 32)),
        ):
            assert search_people(session, text, vault=vault).total == 0


@pytest.mark.parametrize(
    "text",
    ["1กก1234", "กก", "1กก 12", "๑๒๓๔", "1กก 1234 กรุงเทพฯ", "V-000007", "w26:12:345", "012,00345"],
)
def test_a_vehicle_is_found_by_part_of_its_plate_its_card_and_its_pass(
    register: tuple[Database, int, int], text: str
) -> None:
    """With spaces or without, the province behind it or not."""
    database, _, vehicle = register
    with database.reading() as session:
        found = search_vehicles(session, text)

    assert [each.id for each in found.vehicles] == [vehicle]


def test_a_vehicles_passes_show_the_new_plate_at_gates(
    register: tuple[Database, int, int],
) -> None:
    """The change sequence moves, the label is the new plate, the act is recorded."""
    database, person, vehicle = register
    with database.session() as session:
        start = changes.latest(session)
        draft = VehicleDraft("2ขข 99", "ชบ.", make="โตโยต้า", person_id=person)
        assert vehicles.change_vehicle(session, vehicle, draft, actor="bob", now=NOW + 1)
        assert not vehicles.change_vehicle(session, vehicle, draft, actor="bob", now=NOW + 2)

    with database.reading() as session:
        assert [key for _, key, _ in changes.changes_since(session, start)] == ["w26:12:345"]
        label = session.scalar(select(PassRow.label).where(PassRow.vehicle_id == vehicle))
        act = session.execute(select(Audit).where(Audit.action == "vehicle.change")).scalar_one()
    assert label == "2ขข 99 ชลบุรี"
    assert act.before == {"plate": "1กก 1234", "province": "กรุงเทพมหานคร"}
    assert act.after == {"plate": "2ขข 99", "province": "ชลบุรี"}


def test_plate_and_province_belong_to_one_vehicle(register: tuple[Database, int, int]) -> None:
    """However they are written; another province is another vehicle."""
    database, _, vehicle = register
    again = VehicleDraft("๑กก-๑๒๓๔", "Bangkok", kind=VehicleKind.OFFICIAL)
    with pytest.raises(AlreadyOnRecord) as refused, database.session() as session:
        vehicles.add_vehicle(session, again, actor="ann", now=NOW)
    with database.session() as session:
        other = vehicles.add_vehicle(session, VehicleDraft("1กก 1234", "ตาก"), actor="ann", now=NOW)
        assert vehicles.find_vehicle_by_plate(session, "1กก1234", "กทม.") == vehicle
        assert vehicles.find_vehicle_by_plate(session, "1กก 1234 ตาก") == other
        assert vehicles.find_vehicle_by_plate(session, "1กก 1234") is None

    assert (refused.value.kind, refused.value.row) == ("vehicle", vehicle)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (VehicleDraft("กก"), "plate"),
        (VehicleDraft("กก 1", "เมืองลับแล"), "province"),
        (VehicleDraft("กก 1 กทม.", "ตาก"), "province"),
        (VehicleDraft("กก 1", person_id=999), "person_id"),
        (VehicleDraft("กก 1", make="ก" * 201), "make"),
    ],
)
def test_what_a_vehicle_cannot_be_is_refused_at_its_field(
    database: Database, draft: VehicleDraft, field: str
) -> None:
    """In both languages; nothing is written."""
    with pytest.raises(UserError) as refused, database.session() as session:
        vehicles.add_vehicle(session, draft, actor="ann", now=NOW)

    assert (refused.value.field, refused.value.th != str(refused.value)) == (field, True)
    with database.reading() as session:
        assert search_vehicles(session, "").total == 0

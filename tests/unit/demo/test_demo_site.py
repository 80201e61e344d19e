"""The made-up site: its lanes, its settings, and a directory in which nothing is ever lost."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gatekeeper import config
from gatekeeper.db.engine import connect
from gatekeeper.db.visitor_cards import list_cards
from gatekeeper.db.visits import expected_visits
from gatekeeper.demo.people import CrowdPerson, fill, write_people
from gatekeeper.demo.scenario import FAULTS, write_scenario
from gatekeeper.demo.site import EVENT, lanes_of, prepare
from gatekeeper.errors import ImportFault, UserError
from gatekeeper.model import Direction

BOTH = frozenset({"epc", "em4100"})


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings file alone shall speak."""
    monkeypatch.delenv("DATA", raising=False)
    monkeypatch.delenv("PORT", raising=False)


@pytest.mark.parametrize(("count", "uhf", "lf"), [(1, 1, 0), (2, 1, 1), (4, 2, 2), (5, 3, 2)])
def test_entrances_are_uhf_and_low_frequency_by_turns(count: int, uhf: int, lf: int) -> None:
    """And there is one exit that reads both kinds of tag."""
    *entrances, exit_ = lanes_of(count)

    assert [lane.readers[0].driver for lane in entrances] == ["r2000"] * uhf + ["rdm6300"] * lf
    assert exit_.direction is Direction.OUT
    assert {reader.scheme for reader in exit_.readers} == BOTH
    assert all(reader.antennas == 2 for reader in entrances[0].readers)


@pytest.mark.parametrize("count", [0, -1, 33])
def test_an_impossible_number_of_lanes_is_refused(count: int) -> None:
    """By the number seen and the numbers due."""
    with pytest.raises(UserError, match=f"lanes: {count} seen; 1 to 32"):
        lanes_of(count)


def test_the_settings_written_are_settings_that_load(tmp_path: Path) -> None:
    """Every gate admits the event's guests, every reader serves a gate that exists."""
    lanes = lanes_of(4)

    settings = config.load(prepare(tmp_path / "demo", lanes, 8123))

    assert settings.demo
    assert settings.web.port == 8123
    assert [gate.id for gate in settings.gates] == [lane.gate for lane in lanes]
    assert {gate.event for gate in settings.gates} == {EVENT}
    assert len(settings.readers) == 6


def test_an_earlier_demo_is_set_aside_and_not_erased(tmp_path: Path) -> None:
    """Its journal is still there after two more demos."""
    data = tmp_path / "demo"
    prepare(data, lanes_of(1), 8123)
    (data / "journal.sqlite3").write_text("first")

    prepare(data, lanes_of(1), 8123)
    (data / "journal.sqlite3").write_text("second")
    prepare(data, lanes_of(1), 8123)

    kept = sorted(file.read_text() for file in data.glob("earlier/*/journal.sqlite3"))
    assert kept == ["first", "second"]
    assert not (data / "journal.sqlite3").exists()


def test_a_directory_with_something_else_is_refused(tmp_path: Path) -> None:
    """A demo never touches what is not its own."""
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(UserError, match="holds something that is no demo"):
        prepare(tmp_path, lanes_of(1), 8123)

    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_every_fate_is_dealt_out_and_true_in_the_database(tmp_path: Path) -> None:
    """The crowd's file has one line a guest, and each kind of trouble at least once."""
    settings = config.load(prepare(tmp_path / "demo", lanes_of(4), 8123))

    site = fill(settings, guests=60, guests_file=None, doors_open_at=2e9, schemes=BOTH, seed=7)

    kinds = {person.kind for person in site.people}
    assert len(site.people) == 60
    assert kinds >= {"ok", "revoked", "lost", "suspended", "cancelled", "expired", "other_event"}
    assert len({account.password for account in site.accounts}) == len(site.accounts) == 6


def test_without_a_lane_for_them_nobody_gets_a_card(tmp_path: Path) -> None:
    """One UHF lane: every guest has a UHF tag."""
    settings = config.load(prepare(tmp_path / "demo", lanes_of(1), 8123))

    site = fill(
        settings,
        guests=20,
        guests_file=None,
        doors_open_at=2e9,
        schemes=frozenset({"epc"}),
        seed=7,
    )

    assert {person.credential.partition(":")[0] for person in site.people} == {"epc"}


def test_a_list_with_a_faulty_row_is_refused_by_row(tmp_path: Path) -> None:
    """As any other import."""
    settings = config.load(prepare(tmp_path / "demo", lanes_of(1), 8123))
    file = tmp_path / "guests.csv"
    file.write_text("ชื่อ,นามสกุล,หมายเลขบัตร\nกิตติ,ใจดี,300833B2DDD9014000000001\nมานี,ดีใจ,xyz\n")

    with pytest.raises(ImportFault, match=r"guests\.csv: row 3: "):
        fill(settings, guests=1, guests_file=file, doors_open_at=2e9, schemes=BOTH, seed=7)


@pytest.mark.parametrize("faults", [False, True])
def test_the_scenario_names_every_reader_and_the_people(tmp_path: Path, faults: bool) -> None:
    """What the simulator reads is TOML with the lanes' readers, and faults when asked for."""
    lanes, people = lanes_of(4), tmp_path / "people.json"
    write_people([CrowdPerson("epc:300833B2DDD9014000000001", "lost")], people)

    file = tmp_path / "reception.toml"
    write_scenario(file, lanes, people, doors_open_at=2e9, seed=3, speed=20.0, faults=faults)

    tree = tomllib.loads(file.read_text())
    assert [reader["id"] for reader in tree["readers"]] == [
        reader.id for lane in lanes for reader in lane.readers
    ]
    assert tree.get("faults", {}) == (FAULTS if faults else {})
    assert tree["people"] == "people.json"
    assert people.read_text() == '[{"credential":"epc:300833B2DDD9014000000001","kind":"lost"}]'


@pytest.mark.parametrize("lanes", [1, 4])
def test_the_visitor_desk_can_be_tried(tmp_path: Path, lanes: int) -> None:
    """A dozen free cards that the site's gates open for, and visitors expected, one a group."""
    made = lanes_of(lanes)
    file = prepare(tmp_path / "demo", made, 8080)
    settings = config.load(file)
    schemes = frozenset(r.scheme for lane in made for r in lane.readers if lane.entrance)

    fill(settings, guests=5, guests_file=None, doors_open_at=2e9, schemes=schemes, seed=7)

    database = connect(settings.database_url)
    with database.reading() as session:
        cards = list_cards(session)
        expected = expected_visits(session, 0, 4e9)
    database.close()
    assert settings.visitors.gates == tuple(lane.gate for lane in made)
    assert [card.number for card in cards] == [f"{n:03d}" for n in range(1, 13)]
    assert {card.credential.partition(":")[0] for card in cards} <= schemes
    assert (len(expected), sum(visit.leader_id is not None for visit in expected)) == (6, 3)

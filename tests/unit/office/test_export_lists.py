"""Lists out and in again unchanged; nothing in them runs; who and when stand in them."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from gatekeeper.db.audit import acts
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.events import ensure_event
from gatekeeper.db.guests import apply_guests
from gatekeeper.db.holder_values import PersonDraft, VehicleDraft
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import Act, DocumentKind, Employment
from gatekeeper.office import holders, passes, vehicles
from gatekeeper.office.export_lists import FORMATS, export_list
from gatekeeper.office.import_guests import import_guests
from gatekeeper.office.import_lists import import_list
from gatekeeper.office.import_passes import PassImport
from gatekeeper.office.import_people import PeopleImport, VehicleImport
from gatekeeper.office.list_cells import plain, written
from gatekeeper.office.sample import sample_guests
from gatekeeper.office.text import clean, damage
from gatekeeper.vault import Vault

ZONE = ZoneInfo("Asia/Bangkok")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).timestamp()
WHO: dict[str, Any] = {"actor": "malee", "now": NOW}

_LETTERS = st.sampled_from("กขคงจฉชญณทนปพมยรลวสหอaBcÉñ ่้าิ.-=+@'\"–,;\t๑2")
TEXTS = st.text(_LETTERS, max_size=12).map(clean).filter(lambda text: not damage(text))
NAMES = TEXTS.filter(lambda text: any(map(str.isalpha, text)))


def fill(database: Database, vault: Vault, texts: list[list[str]]) -> None:
    """People with a vehicle and passes each; some of the same name."""
    with database.session() as session:
        for number, (first, last, latin, position, organisation, note) in enumerate(texts):
            draft = PersonDraft(
                first_name=first, last_name=last, name_latin=latin, position=position,
                organisation=organisation, employment=Employment.OFFICIAL if number % 2 else None,
                phone="+66 2 123 4567" if number % 3 else "", vip=number % 4 == 0,
                document_kind=DocumentKind.PASSPORT if number % 2 else None,
                document_number=f"AA{number:06d}" if number % 2 else "",
            )  # fmt: skip
            person = holders.add_person(session, draft, vault=vault, **WHO)
            car = VehicleDraft(f"1กก {number + 1}", "กรุงเทพมหานคร", make=position, note=note)
            vehicle = vehicles.add_vehicle(session, replace(car, person_id=person), **WHO)
            for class_id, mine in (("official", {"person_id": person}),
                                   ("private_vehicle", {"vehicle_id": vehicle})):  # fmt: skip
                made = passes.request_pass(session, class_id, zone=ZONE, **WHO, **mine)
                if number % 2:
                    passes.step(session, made, Act.REFUSE, reason="trial", actor="s", now=NOW)


def again(database: Database, vault: Vault, kind: str, path: Path) -> Any:
    """What the import makes of an export."""
    importers: dict[str, Any] = {
        "people": lambda: PeopleImport(vault=vault, **WHO),
        "vehicles": lambda: VehicleImport(vault=vault, **WHO),
        "passes": lambda: PassImport(vault=vault, zone=ZONE, gates=frozenset(), **WHO),
    }
    return import_list(database, path, importers[kind]())


@given(
    texts=st.lists(st.tuples(NAMES, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS).map(list), max_size=6),
    suffix=st.sampled_from(FORMATS),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_goes_out_comes_back_unchanged(
    tmp_path: Path,
    _migrated_sqlite: Path,  # noqa: PT019 (its value is the file)
    texts: list[list[str]],
    suffix: str,
) -> None:
    """Whatever stands in the texts, in every format: as many rows unchanged as there are."""
    file = tmp_path / "main.sqlite3"
    file.unlink(missing_ok=True)
    shutil.copy(_migrated_sqlite, file)
    database, vault = connect(f"sqlite:///{file}"), Vault.of(tmp_path)
    try:
        fill(database, vault, texts)
        for kind, rows in (("people", 1), ("vehicles", 1), ("passes", 2)):
            path = tmp_path / f"{kind}.{suffix}"
            count = export_list(database, kind, path, zone=ZONE, **WHO)
            report = again(database, vault, kind, path) if count else None
            if report is not None:
                assert (report.faults, report.unchanged, report.rows) == ((), count, count)
            assert count == rows * len(texts)
    finally:
        database.close()


@given(text=st.text(max_size=20).map(clean).filter(lambda text: not damage(text)))
def test_every_clean_text_is_read_as_it_was_written(text: str) -> None:
    """Marks of texts are taken off again, and no more than that."""
    assert plain(written(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "＝1", "\t=1"])
def test_no_cell_runs(sqlite: Database, tmp_path: Path, text: str) -> None:
    """OWASP "CSV Injection": not in CSV, and in a workbook no cell is a formula."""
    vault = Vault.of(tmp_path)
    fill(sqlite, vault, [["กิตติ", "ใจดี", "", "x", "", text]])
    for suffix in ("csv", "xlsx"):
        export_list(sqlite, "vehicles", tmp_path / f"out.{suffix}", zone=ZONE, **WHO)

    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@＝\t")]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert again(sqlite, vault, "vehicles", tmp_path / "out.csv").unchanged == 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_who_and_when_stand_in_the_file_and_in_the_audit(
    database: Database, tmp_path: Path, suffix: str
) -> None:
    """In the first line, or as a program reads it; no document's number is anywhere."""
    vault = Vault.of(tmp_path)
    fill(database, vault, [["กิตติ", "ใจดี", "", "", "", ""], ["เกศินี", "", "", "", "", ""]])
    path = tmp_path / f"people.{suffix}"

    count = export_list(database, "people", path, zone=ZONE, **WHO)

    if suffix == "json":
        head = json.loads(path.read_text(encoding="utf-8"))["exported"]
        assert (head["by"], head["at"]) == ("malee", "2026-11-22T03:00:00+00:00")
    elif suffix == "csv":
        first = path.read_text(encoding="utf-8-sig").splitlines()[0]
        assert "malee" in first
        assert "2569" in first
    else:
        first = load_workbook(path).active["A1"].value
        assert "malee" in first
        assert "2569" in first
    assert count == 2
    assert b"AA000001" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    with database.reading() as session:
        act = next(act for act in acts(session) if act.action == "export.list")
    assert (act.subject, act.actor) == ("list:people", "malee")
    assert act.after == {"format": suffix, "rows": 2}


@pytest.mark.parametrize("suffix", FORMATS)
def test_guests_come_back_unchanged(database: Database, tmp_path: Path, suffix: str) -> None:
    """The list of an event; an event that does not exist is said to be so."""
    rows = [guest.row for guest in sample_guests(120, 5)]
    with database.session() as session:
        ensure_event(session, "gala")
        assert apply_guests(session, "gala", rows).imported == 120
    path = tmp_path / f"guests.{suffix}"

    assert export_list(database, "guests", path, zone=ZONE, event="gala", **WHO) == 120
    report = import_guests(database, path, "gala")

    assert (report.faults, report.unchanged) == ((), 120)
    with pytest.raises(UserError):
        export_list(database, "guests", tmp_path / "no.csv", zone=ZONE, event="none", **WHO)
    with pytest.raises(UserError):
        export_list(database, "guests", tmp_path / "no.pdf", zone=ZONE, event="gala", **WHO)
    assert not list(tmp_path.glob("no.*"))

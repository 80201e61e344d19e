"""What the pass office keeps, backed up, put back elsewhere, and worked with there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from gatekeeper.cli.examine import Finding, examine
from gatekeeper.config import Config, DatabaseSettings
from gatekeeper.db.audit import acts
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.holder_values import PersonDraft, VehicleDraft
from gatekeeper.db.migrate import upgrade
from gatekeeper.db.passes import bind_credential, pass_by_credential
from gatekeeper.db.tables import Base, Person
from gatekeeper.errors import VaultError
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, DocumentKind, WatchKind
from gatekeeper.office import bulk_export, holders, passes, vehicles, watchlist
from gatekeeper.office.bulk_export import Order
from gatekeeper.office.watchlist import EntryDraft, Subject
from gatekeeper.vault import Vault
from gatekeeper.worker.backup import back_up
from gatekeeper.worker.restore import restore

ZONE = ZoneInfo("Asia/Bangkok")
NOW = time.time()
CARD = "uid:047BCB51962280"
NUMBER = "1101700230708"


def fill(database: Database, vault: Vault) -> None:
    """A person with photo and sealed document, a vehicle, a pass in force, a watchlist entry, a
    request that waits for a second person."""
    who = {"actor": "malee", "now": NOW}
    with database.session() as session:
        draft = PersonDraft(
            first_name="นายกิตติ ใจดี", organisation="กองกลาง", photo="p1.jpg",
            document_kind=DocumentKind.NATIONAL_ID, document_number=NUMBER,
        )  # fmt: skip
        person = holders.add_person(session, draft, vault=vault, keep_document=True, **who)
        vehicles.add_vehicle(session, VehicleDraft("1กก 1234 กทม.", person_id=person), **who)
        made = passes.request_pass(session, "official", person_id=person, zone=ZONE, **who)
        for act, actor in (
            (Act.CHECK, "somsri"),
            (Act.APPROVE, "niran"),
            (Act.MAKE, "somsri"),
            (Act.HAND_OVER, "somsri"),
            (Act.ACTIVATE, "somsri"),
        ):
            if act is Act.HAND_OVER:
                bind_credential(session, made, CARD)
            passes.step(session, made, act, actor=actor, now=NOW, zone=ZONE)
        entry = EntryDraft(
            WatchKind.DOCUMENT, reason="trial",
            document_kind=DocumentKind.PASSPORT, document_number="AA123456",
        )  # fmt: skip
        watchlist.add(session, vault, entry, **who)
        bulk_export.ask(session, Order("people", "csv"), reason="trial", role="issuer", **who)


@pytest.fixture
def offices(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Config, Config]]:
    """An installation at work, and the settings of a machine where nothing is yet."""
    data, place = tmp_path / "data", tmp_path / "elsewhere"
    for folder, name, content in (
        ("photos", "p1.jpg", b"a face"),
        ("documents", "d1.pdf", b"a letter"),
    ):
        (data / folder).mkdir(parents=True)
        (data / folder / name).write_bytes(content)
    url = "" if database_url.startswith("sqlite") else database_url
    config = Config(data=data, database=DatabaseSettings(url))
    upgrade(config.database_url)
    database = connect(config.database_url)
    fill(database, Vault.of(data))
    database.close()
    if url:
        server = request.getfixturevalue("postgres")
        url = server.create("template0")
    yield config, Config(data=place, database=DatabaseSettings(url))
    if url:
        server.drop(url)


def test_a_restored_pass_office_works_on(offices: tuple[Config, Config], tmp_path: Path) -> None:
    """Sealed numbers open, documents are found, the pass is in force, what waited waits, the
    record of acts is whole, photos and documents are there, and the next number follows."""
    before, after = offices
    back_up(before, tmp_path / "backup")
    restore(after, tmp_path / "backup")
    vault, database = Vault.of(after.data), connect(after.database_url)

    with database.session() as session:
        kind = DocumentKind.NATIONAL_ID
        person = holders.find_by_document(session, vault, kind, NUMBER)
        sealed = session.scalar(select(Person.document_sealed).where(Person.id == person))
        assert vault.unseal(sealed, holders.DOCUMENT_SEAL) == NUMBER
        found = pass_by_credential(session, CARD)
        assert found is not None
        assert found.state is PassState.ACTIVE
        subject = Subject(
            "person", document_hash=vault.fingerprint(DocumentKind.PASSPORT.value, "AA123456")
        )
        assert watchlist.consult(session, subject, place="desk", actor="x", now=NOW).stops
        assert [each.kind for each in bulk_export.orders_of(session, "malee")] == ["bulk_export"]
        assert {"pass.approve", "watch.add"} <= {act.action for act in acts(session, limit=99)}
        other = holders.add_person(
            session, PersonDraft(first_name="นางใหม่"), vault=vault, actor="malee", now=NOW
        )
        passes.request_pass(session, "official", person_id=other, actor="malee", now=NOW, zone=ZONE)
    database.close()
    assert (after.data / "photos" / "p1.jpg").read_bytes() == b"a face"
    assert (after.data / "documents" / "d1.pdf").read_bytes() == b"a letter"
    assert (after.data / "personal.key").stat().st_mode & 0o077 == 0


def test_every_table_of_the_office_comes_back_row_by_row(
    offices: tuple[Config, Config], tmp_path: Path
) -> None:
    """As many rows in each table, and most of them were filled."""
    before, after = offices
    back_up(before, tmp_path / "backup")
    restore(after, tmp_path / "backup")

    counts = []
    for config in offices:
        database = connect(config.database_url)
        with database.reading() as session:
            counts.append(
                {
                    table.name: session.scalar(select(func.count()).select_from(table))
                    for table in Base.metadata.sorted_tables
                }
            )
        database.close()
    assert counts[0] == counts[1]
    due = (
        "person",
        "vehicle",
        "pass",
        "pass_act",
        "credential",
        "watch_entry",
        "approval",
        "audit",
    )
    assert [name for name in due if not counts[0][name]] == []


def test_without_the_key_of_personal_data_sealed_numbers_stay_shut(
    offices: tuple[Config, Config], tmp_path: Path
) -> None:
    """So a backup must hold it; this is what its loss means."""
    before, after = offices
    back_up(before, tmp_path / "backup")
    restore(after, tmp_path / "backup")
    (after.data / "personal.key").unlink()
    vault, database = Vault.of(after.data), connect(after.database_url)

    with database.reading() as session:
        sealed = session.scalar(select(Person.document_sealed))
    database.close()
    with pytest.raises(VaultError):
        vault.unseal(sealed, holders.DOCUMENT_SEAL)


def test_doctor_says_when_there_was_no_backup_for_too_long(
    offices: tuple[Config, Config], tmp_path: Path
) -> None:
    """A new installation is given its days; then the last one is named, or that there is none."""
    config = offices[0]
    load_or_create_key(config.data / "journal.key")
    week = 8 * 86_400

    def finding() -> Finding:
        return next(each for each in examine(config) if each.what == "backup")

    fresh = finding()
    os.utime(config.data / "journal.key", (NOW - week, NOW - week))
    never = finding()
    back_up(config, tmp_path / "backup")
    done = finding()
    os.utime(config.data / "last-backup", (NOW - week, NOW - week))
    old = finding()

    assert [each.ok for each in (fresh, never, done, old)] == [True, False, True, False]
    assert str(tmp_path / "backup") in old.seen
    assert never.remedy

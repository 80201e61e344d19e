"""A guest list is no way around the watchlist either, and no way to ask it unseen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.db import guests
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.changes import all_passes
from gatekeeper.db.engine import Database
from gatekeeper.db.watchlist import hits
from gatekeeper.kinds_office import WatchKind
from gatekeeper.office import import_guests as room
from gatekeeper.office import watchlist
from gatekeeper.office.import_guests import import_guests
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.vault import Vault

WATCHED, ALIKE, OTHER, FAULTY = (
    "1,นายกิตติ ใจดี,,62E3086CE1",
    "2,นายกิตติ ใจดีดี,,62E3086CE2",
    "3,นางสาวเกศินี แสงทอง,,62E3086CE3",
    "4,นายขจร วงศ์ไทย,many,",
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A key of its own."""
    return Vault.of(tmp_path)


def watch(database: Database, vault: Vault, **what: Any) -> None:
    """Somebody or something is watched for from now on."""
    with database.session() as session:
        draft = EntryDraft(reason="trial", instruction="ต่อ 11", **what)
        watchlist.add(session, vault, draft, actor="chief", now=time.time())


def take(database: Database, folder: Path, *rows: str, **how: Any) -> room.ImportReport:
    """A guest list, taken."""
    file = folder / "list.csv"
    file.write_text("\n".join(["ลำดับ,ชื่อ-สกุล,ผู้ติดตาม,เลขบัตร", *rows]), encoding="utf-8")
    return import_guests(database, file, "gala", actor="malee", **how)


def stopped_at_gates(database: Database) -> dict[str, bool]:
    """Whether gates stop each card."""
    with database.reading() as session:
        return {one.credential[-2:]: one.watched for one in all_passes(session)}


def meetings(database: Database) -> list[tuple[str, str, str]]:
    """`(match, subject's kind, place)` of each hit on record."""
    with database.reading() as session:
        _, found = hits(session, time.time(), open_questions=False)
    return sorted((hit.match, hit.subject_kind, hit.place) for hit, _ in found)


def acts(database: Database) -> list[str]:
    """What was recorded of the watchlist for who sent the list."""
    with database.reading() as session:
        found = latest_acts(session, 50)
    return sorted(a.action for a in found if a.actor == "malee" and a.action.startswith("watch."))


def test_a_watched_guest_is_on_the_list_and_stopped_at_every_gate(
    database: Database, tmp_path: Path, vault: Vault
) -> None:
    """The same name stops and is told with its row; one alike is a question; others walk in."""
    watch(database, vault, kind=WatchKind.PERSON, name="นายกิตติ ใจดี")

    report = take(database, tmp_path, WATCHED, ALIKE, OTHER)

    assert report.imported == 3
    assert report.watched == ((2, "ต่อ 11"),)
    assert report.questions == 1
    assert report.to_json()["watchlist"]["stopped"] == [{"row": 2, "instruction": "ต่อ 11"}]
    assert stopped_at_gates(database) == {"E1": True, "E2": False, "E3": False}
    assert meetings(database) == [("exact", "person", "import"), ("near", "person", "import")]


@pytest.mark.parametrize(
    "how", [{"dry_run": True}, {}, {"partial": True}], ids=["dry", "all", "part"]
)
def test_a_list_that_leaves_nothing_is_no_way_to_ask_unseen(
    database: Database, tmp_path: Path, vault: Vault, how: dict[str, bool]
) -> None:
    """A dry run, a list with a fault, and a row refused among good ones are on record."""
    watch(database, vault, kind=WatchKind.PERSON, name="นายกิตติ ใจดี")
    rows = [WATCHED] if how.get("dry_run") else [WATCHED, FAULTY]

    report = take(database, tmp_path, *rows, **how)

    assert report.imported == int(how != {})
    assert report.watched == ((2, "ต่อ 11"),)
    assert acts(database) == ["watch.exact"]
    kept = "partial" in how
    assert meetings(database) == ([("exact", "person", "import")] if kept else [])
    assert stopped_at_gates(database) == ({"E1": True} if kept else {})


def test_who_was_on_the_list_before_is_met_by_the_next_one(
    database: Database, tmp_path: Path, vault: Vault
) -> None:
    """Also where the list is refused: the record that was there before is stopped."""
    take(database, tmp_path, WATCHED)
    watch(database, vault, kind=WatchKind.PERSON, name="นายกิตติ ใจดี")

    report = take(database, tmp_path, WATCHED, FAULTY)

    assert (report.imported, report.watched) == (0, ((2, "ต่อ 11"),))
    assert stopped_at_gates(database) == {"E1": True}


def test_a_watched_card_on_a_list_is_told(database: Database, tmp_path: Path, vault: Vault) -> None:
    """Whoever it is given to."""
    watch(database, vault, kind=WatchKind.CREDENTIAL, credential="em4100:62E3086CE3")

    report = take(database, tmp_path, WATCHED, OTHER)

    assert report.watched == ((3, "ต่อ 11"),)
    assert stopped_at_gates(database) == {"E1": False, "E3": True}


def test_what_is_watched_for_meanwhile_is_met_too(
    database: Database, tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entered after the rows were compared, before they are taken: in neither look otherwise."""
    real = guests.newest_person

    def meanwhile(session: Any) -> int:
        draft = EntryDraft(
            kind=WatchKind.PERSON, reason="x", instruction="ต่อ 11", name="นายกิตติ ใจดี"
        )
        watchlist.add(session, vault, draft, actor="chief", now=time.time())
        return real(session)

    monkeypatch.setattr(room, "newest_person", meanwhile)

    assert take(database, tmp_path, WATCHED, OTHER).watched == ((2, "ต่อ 11"),)
    assert stopped_at_gates(database) == {"E1": True, "E3": False}

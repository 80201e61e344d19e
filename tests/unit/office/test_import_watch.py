"""A list is no way around the watchlist, and no way to ask it unseen; on both kinds of database."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database
from gatekeeper.db.holder_lists import each_pass, known_people
from gatekeeper.db.watchlist import hits
from gatekeeper.kinds_office import DocumentKind, WatchKind
from gatekeeper.office import watchlist
from gatekeeper.office.import_guests import ImportReport
from gatekeeper.office.import_lists import Importer, import_list
from gatekeeper.office.import_passes import PassImport
from gatekeeper.office.import_people import PeopleImport, VehicleImport
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.vault import Vault

NOW = 1_795_312_800.0
HEADER = ["ชื่อ-สกุล", "หน่วยงาน", "เลขประจำตัวประชาชน", "โทรศัพท์"]
WATCHED = ["นายกิตติ ใจดี", "กองกลาง", "", ""]
ALIKE = ["นายกิตติ ใจดีดี", "กองกลาง", "", ""]
OTHER = ["นางสาวเกศินี แสงทอง", "กองคลัง", "", ""]
FAULTY = ["นายขจร วงศ์ไทย", "กองคลัง", "", "no number"]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A key of its own."""
    return Vault.of(tmp_path)


def watch(database: Database, vault: Vault, kind: WatchKind, **what: Any) -> None:
    """Somebody or something is watched for from now on."""
    with database.session() as session:
        draft = EntryDraft(kind, reason="trial", instruction="เรียกหัวหน้าเวร ต่อ 11", **what)
        watchlist.add(session, vault, draft, actor="chief", now=NOW)


def take(database: Database, path: Path, vault: Vault, kind: str, **how: Any) -> ImportReport:
    """A list of `people`, `vehicles`, `passes` or passes in force (`active`), taken."""
    who: dict[str, Any] = {"vault": vault, "actor": "malee", "now": NOW}
    importer: Importer
    if kind in ("people", "vehicles"):
        importer = PeopleImport(**who) if kind == "people" else VehicleImport(**who)
    else:
        rest = {"zone": ZoneInfo("Asia/Bangkok"), "gates": frozenset[str](), "reason": "a list"}
        importer = PassImport(**who, **rest, as_active=kind == "active")
    return import_list(database, path, importer, **how)


def meetings(database: Database) -> list[tuple[str, str, str]]:
    """`(match, subject's kind, place)` of each hit on record."""
    with database.reading() as session:
        _, found = hits(session, NOW, open_questions=False)
    return sorted((hit.match, hit.subject_kind, hit.place) for hit, _ in found)


def acts(database: Database) -> list[str]:
    """What was done with the watchlist by this list, in the record."""
    with database.reading() as session:
        found = latest_acts(session, 50)
    return [act.action for act in found if act.actor == "malee" and act.action.startswith("watch.")]


def people_on_record(database: Database) -> int:
    """How many."""
    with database.reading() as session:
        return len(list(known_people(session)))


def test_who_is_watched_for_comes_on_record_with_the_meeting_and_is_told(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """The row of the same name is told with its instruction; of the alike one only that there is
    one, with a question for those who decide."""
    watch(database, vault, WatchKind.PERSON, name="กิตติ ใจดี")

    report = take(database, write_csv([HEADER, WATCHED, ALIKE, OTHER]), vault, "people")

    assert (report.imported, report.faults) == (3, ())
    assert report.watched == ((2, "เรียกหัวหน้าเวร ต่อ 11"),)
    assert report.questions == 1
    assert report.to_json()["watchlist"] == {
        "stopped": [{"row": 2, "instruction": "เรียกหัวหน้าเวร ต่อ 11"}],
        "questions": 1,
    }
    assert meetings(database) == [("exact", "person", "import"), ("near", "person", "import")]


def test_the_same_again_meets_again_although_nothing_changes(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """A row that leaves the record as it is is no harmless one."""
    path = write_csv([HEADER, WATCHED])
    take(database, path, vault, "people")
    watch(database, vault, WatchKind.PERSON, name="กิตติ ใจดี")

    again = take(database, path, vault, "people")

    assert (again.unchanged, [row for row, _ in again.watched or ()]) == (1, [2])
    assert meetings(database) == [("exact", "person", "import")]


def test_a_document_is_known_whatever_the_name(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """Its fingerprint is compared."""
    watch(
        database, vault, WatchKind.DOCUMENT,
        document_kind=DocumentKind.NATIONAL_ID, document_number="1101700230708",
    )  # fmt: skip
    row = [*OTHER[:2], "1-1017-00230-70-8", ""]

    report = take(database, write_csv([HEADER, row]), vault, "people")

    assert [each for each, _ in report.watched or ()] == [2]


@pytest.mark.parametrize("how", [{"dry_run": True}, {}])
def test_a_list_that_leaves_nothing_leaves_the_meeting(
    database: Database, write_csv: Any, vault: Vault, how: dict[str, bool]
) -> None:
    """A dry run, or a fault in another row: nobody asks the watchlist unseen."""
    watch(database, vault, WatchKind.PERSON, name="กิตติ ใจดี")

    report = take(database, write_csv([HEADER, WATCHED, FAULTY]), vault, "people", **how)

    assert [row for row, _ in report.watched or ()] == [2]
    assert people_on_record(database) == 0
    assert acts(database) == ["watch.exact"]
    assert meetings(database) == []


def test_a_dry_run_of_somebody_on_record_leaves_the_hit(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """The gates deny them from then on, although the list changed nothing."""
    path = write_csv([HEADER, WATCHED])
    take(database, path, vault, "people")
    watch(database, vault, WatchKind.PERSON, name="กิตติ ใจดี")

    take(database, path, vault, "people", dry_run=True)

    assert meetings(database) == [("exact", "person", "import")]


def test_a_plate_is_met_and_one_sign_off_is_a_question(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """However it is written."""
    watch(database, vault, WatchKind.PLATE, plate="1กก 1234", province="กรุงเทพมหานคร")
    rows = [["ทะเบียน", "จังหวัด"], ["๑กก-๑๒๓๔", "กทม."], ["1กก 1235", "กทม."], ["ฮฮ 9", "ระยอง"]]

    report = take(database, write_csv(rows), vault, "vehicles")

    assert (report.imported, report.questions) == (3, 1)
    assert [row for row, _ in report.watched or ()] == [2]
    assert meetings(database) == [("exact", "vehicle", "import"), ("near", "vehicle", "import")]


PASS_HEADER = ["ประเภทบัตร", "ชื่อ-สกุล", "หน่วยงาน", "แท็ก"]


@pytest.mark.parametrize("kind", ["passes", "active"])
@pytest.mark.parametrize("partial", [True, False])
def test_no_pass_is_asked_for_or_taken_over_for_who_is_watched_for(
    database: Database, write_csv: Any, vault: Vault, kind: str, partial: bool
) -> None:
    """The row is refused, and the meeting outlives the refusal."""
    take(database, write_csv([HEADER, WATCHED, OTHER]), vault, "people")
    watch(database, vault, WatchKind.PERSON, name="กิตติ ใจดี")
    rows = [PASS_HEADER, ["official", *WATCHED[:2], ""], ["official", *OTHER[:2], ""]]

    report = take(database, write_csv(rows), vault, kind, partial=partial)

    assert [(fault.row, fault.code) for fault in report.faults] == [(2, "watchlisted")]
    assert "หัวหน้าเวร" in report.faults[0].message.th
    with database.reading() as session:
        assert len(list(each_pass(session))) == (1 if partial else 0)
    assert meetings(database) == [("exact", "person", "import")]


def test_a_like_name_may_ask_for_a_pass_but_brings_none_in_force(
    database: Database, write_csv: Any, vault: Vault
) -> None:
    """Two people check and approve the first; the second is left to the desk."""
    take(database, write_csv([HEADER, ALIKE]), vault, "people")
    watch(database, vault, WatchKind.PERSON, name="กิตติ ใจดี")
    path = write_csv([PASS_HEADER, ["official", *ALIKE[:2], ""]])

    active = take(database, path, vault, "active")
    asked = take(database, path, vault, "passes")

    assert [fault.code for fault in active.faults] == ["watchlisted"]
    assert (asked.imported, asked.faults, asked.questions) == (1, (), 1)
    assert meetings(database) == [("near", "person", "import")]


def test_a_watched_tag_is_not_taken_over(database: Database, write_csv: Any, vault: Vault) -> None:
    """Whoever holds it."""
    take(database, write_csv([HEADER, OTHER]), vault, "people")
    watch(database, vault, WatchKind.CREDENTIAL, credential="uid:047BCB51962280")
    rows = [PASS_HEADER, ["official", *OTHER[:2], "04 7B CB 51 96 22 80"]]

    report = take(database, write_csv(rows), vault, "active")

    assert [fault.code for fault in report.faults] == ["watchlisted"]
    assert acts(database) == ["watch.exact"]

"""`gatekeeper passes …`: the desk's rules from the command line, in the name of an account."""

from __future__ import annotations

import io
import json
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from gatekeeper import app, config
from gatekeeper.cli import main
from gatekeeper.db import users
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.passes import pass_of_card
from gatekeeper.db.prints import prints_of
from gatekeeper.db.users import Role
from tests.unit.office.office_passes import add_badge, pass_row

Run = Callable[..., tuple[int, str, str]]
PASSWORD = "a long trial pass word"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The installation's own, with accounts."""
    settings = config.load(data=tmp_path / "data", port=0)
    app.prepare_database(settings)
    made = connect(settings.database_url)
    with made.session() as session:
        for name, role in (
            ("malee", Role.ISSUER),
            ("niran", Role.ISSUER),
            ("somchai", Role.GUARD),
            ("gone", Role.ADMIN),
        ):
            users.add_user(session, name, PASSWORD, role)
        users.disable_user(session, "gone")
    yield made
    made.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the program: exit status, output, errors."""
    monkeypatch.setenv("LANG", "C.UTF-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        command = ["gatekeeper", "passes", *arguments, "--data", str(tmp_path / "data")]
        monkeypatch.setattr(sys, "argv", command)
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        output = capsys.readouterr()
        return status, output.out, output.err

    return call


def badge(database: Database, state: str = "requested", **values: object) -> tuple[str, str]:
    """A pass: its id and number."""
    pass_id = add_badge(database, state, **values)
    return pass_id, pass_row(database, pass_id).number or ""


def state(database: Database, pass_id: str) -> str:
    """As stored."""
    return pass_row(database, pass_id).state


def test_passes_are_listed_narrowed_and_shown(run: Run, database: Database) -> None:
    """As lines and as JSON; one with its history."""
    _, one = badge(database, "active", name="มานะ")
    _, two = badge(database, "requested", name="ชูใจ")

    status, all_, _ = run("list")
    assert (status, all_.splitlines()[-1]) == (0, "2 of 2")
    narrowed = [
        json.loads(line) for line in run("list", "--state", "active", "--json")[1].splitlines()
    ]
    assert [each["number"].partition("/")[0] for each in narrowed] == [one]
    assert run("list", "--text", two)[1].splitlines()[-1] == "1 of 1"
    run("step", two, "check", "--by", "malee")
    shown = run("show", two)
    assert shown[0] == 0
    assert "check  malee" in shown[1]
    assert json.loads(run("show", two, "--json")[1])["state"] == "checked"
    assert run("show", "OF-999999")[0] == 1


def test_nobody_checks_and_approves_alone(run: Run, database: Database) -> None:
    """The rule of the desk; what was refused changes nothing, and is said in one line."""
    pass_id, number = badge(database, requested_by="somsri", checked_by="", approved_by="")

    assert run("step", number, "check", "--by", "malee")[0] == 0
    status, out, said = run("step", number, "approve", "--by", "malee")

    assert (status, out, len(said.splitlines())) == (1, "", 1)
    assert state(database, pass_id) == "checked"
    assert run("step", number, "approve", "--by", "niran")[1] == f"{number}: approved\n"
    assert state(database, pass_id) == "approved"


@pytest.mark.parametrize("who", ["somchai", "gone", "nobody"])
def test_only_an_account_that_may_acts(run: Run, database: Database, who: str) -> None:
    """Not a guard, not a disabled administrator, not a made-up name."""
    pass_id, number = badge(database)

    status, _, said = run("step", number, "check", "--by", who)

    assert status == 1
    assert who in said
    assert state(database, pass_id) == "requested"


def test_an_act_needs_its_reason_and_a_date_is_a_date(run: Run, database: Database) -> None:
    """Wrong use ends with words."""
    pass_id, number = badge(database, "active")

    assert run("step", number, "suspend", "--by", "malee")[0] == 1
    assert run("step", number, "renew", "--by", "malee", "--until", "31/31/31")[0] == 1
    assert run("step", number, "fly", "--by", "malee")[0] == 2
    assert run("step", number, "suspend", "--by", "malee", "--reason", "สอบสวน")[0] == 0
    assert state(database, pass_id) == "suspended"


def test_many_are_previewed_ended_and_brought_back(run: Run, database: Database) -> None:
    """Without --yes nothing is done; the undo makes each what it was."""
    passes = [badge(database, "active")[0] for _ in range(3)]
    chosen = ("--class", "official", "--state", "active", "--reason", "เปลี่ยนรัฐบาล", "--by", "malee")

    seen = run("bulk", "expire", *chosen)
    assert (seen[0], seen[1].splitlines()[0]) == (
        0, "expire: 3 passes would change; add --yes to do it",
    )  # fmt: skip
    assert {state(database, each) for each in passes} == {"active"}
    done = run("bulk", "expire", *chosen, "--yes")
    assert done[0] == 0
    assert {state(database, each) for each in passes} == {"expired"}
    number = done[1].split(":")[0].removeprefix("bulk act ")
    back = run("bulk", "undo", number, "--by", "malee")

    assert (back[0], back[1]) == (0, "3 passes are again what they were\n")
    assert {state(database, each) for each in passes} == {"active"}
    assert run("bulk", "undo", number, "--by", "malee")[0] == 1
    assert run("bulk", "expire", "--organisation", "ไม่มี", "--by", "malee")[0] == 1


def test_badges_are_printed_to_a_new_file_and_recorded(
    run: Run, database: Database, tmp_path: Path
) -> None:
    """For its owner alone; again only with a reason, and never over another file."""
    pass_id, number = badge(database, "approved")
    out = tmp_path / "badges.pdf"

    assert run("print", number, "--out", str(out), "--form", "cards", "--by", "malee")[0] == 0

    assert len(PdfReader(out).pages) == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with database.reading() as session:
        (job,) = prints_of(session, pass_id)
    assert (job.actor, job.layout) == ("malee", "cards")
    assert run("print", number, "--out", str(out), "--by", "malee")[0] == 1
    again = tmp_path / "again.pdf"
    assert run("print", number, "--out", str(again), "--by", "malee")[0] == 1
    assert not again.exists(), "what is refused leaves no file"
    assert run("print", number, "--out", str(again), "--by", "malee", "--reason", "ชำรุด")[0] == 0


def test_all_of_a_class_that_wait_are_printed_once(
    run: Run, database: Database, tmp_path: Path
) -> None:
    """Then none waits."""
    for _ in range(3):
        badge(database, "approved")
    chosen = ("--class", "official", "--by", "malee", "--out")

    assert run("print", *chosen, str(tmp_path / "a.pdf"))[1].startswith("3 passes")
    assert run("print", *chosen, str(tmp_path / "b.pdf"))[0] == 1
    assert not (tmp_path / "b.pdf").exists()


@pytest.mark.parametrize("wrong", [(), ("OF-000001", "--class", "official")])
def test_either_numbers_or_a_class(
    run: Run, database: Database, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    """Neither, or both, is wrong use."""
    assert run("print", *wrong, "--out", str(tmp_path / "x.pdf"), "--by", "malee")[0] == 2


def test_what_cannot_be_written_is_not_printed(
    run: Run, database: Database, tmp_path: Path
) -> None:
    """Nothing is recorded before there is a file to hold it."""
    pass_id, number = badge(database, "approved")

    nowhere = str(tmp_path / "none" / "x.pdf")
    assert run("print", number, "--out", nowhere, "--by", "malee")[0] == 1
    assert run("print", number, "--out", str(tmp_path / "x.pdf"), "--by", "somchai")[0] == 1

    with database.reading() as session:
        assert prints_of(session, pass_id) == []
    assert not (tmp_path / "x.pdf").exists()


def test_a_card_printers_file_goes_out_and_its_tags_come_back(
    run: Run, database: Database, tmp_path: Path
) -> None:
    """A dry run binds nothing; a fault binds nothing; then all are bound."""
    pass_id, number = badge(database, "approved")
    out, table = tmp_path / "cards.zip", tmp_path / "tags.csv"
    assert run("print-file", number, "--out", str(out), "--by", "malee")[0] == 0
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        assert any(name.endswith(".csv") for name in archive.namelist())
    run("step", number, "make", "--by", "malee")
    table.write_text(f"pass_number,tag\n{number},04AABBCCDDEEFF\n", encoding="utf-8")

    def bound() -> str | None:
        with database.reading() as session:
            return pass_of_card(session, "uid:04AABBCCDDEEFF")

    assert run("read-back", str(table), "--by", "malee", "--dry-run")[0] == 0
    assert bound() is None
    told = json.loads(run("read-back", str(table), "--by", "malee", "--json")[1])
    assert (told["bound"], told["faults"], bound()) == (1, [], pass_id)

    table.write_text("pass_number,tag\nOF-999999,04AABBCCDDEE00\n", encoding="utf-8")
    status, said, _ = run("read-back", str(table), "--by", "malee")
    assert status == 1
    assert "tags.csv:2:" in said

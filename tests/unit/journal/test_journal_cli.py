"""`gatekeeper journal`: what it prints, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.cli.journal import plain
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import EntryKind, JournalEntry, Reason

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|calc", 'he said "no"', "ก,ข\r\nค"]


@pytest.fixture
def data(folder: Path) -> Path:
    with JournalWriter(folder / "journal.sqlite3", load_or_create_key(folder / "journal.key")) as j:
        j.append(JournalEntry(at=1_795_360_120.1234, gate="in1", reason=Reason.GRANTED)).wait(5)
        for note in NASTY:
            j.append(JournalEntry(at=1.0, kind=EntryKind.NODE, note=note, rssi_dbm=-5.0)).wait(5)
    return folder


def run(*arguments: object, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gatekeeper", "journal", *map(str, arguments)]
    command += ["--data", str(data)] if data else []
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def exported(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_entry_is_shown_with_its_time_verdict_and_class() -> None:
    entry = JournalEntry(
        seq=3, at=1_795_360_120.1234, reason=Reason.ALREADY_IN, first_seen_at=1_795_360_000.0
    )

    assert plain(entry) == {
        "seq": 3,
        "at": "2026-11-22T15:08:40.123Z",
        "kind": "decision",
        "reason": "already_in",
        "first_seen_at": "2026-11-22T15:06:40.000Z",
        "verdict": "denied",
        "class": "amber",
    }


def test_a_time_beyond_every_calendar_is_shown_as_it_is() -> None:
    assert plain(JournalEntry(at=1e30))["at"] == "1e+30"


def test_export_gives_every_entry_after_a_number(data: Path, folder: Path) -> None:
    everything = run("export", data=data)
    part = run("export", "--since", 7, "-o", folder / "out.jsonl", data=data)

    lines = exported(everything.stdout)
    assert [line["seq"] for line in lines] == list(range(1, 10))
    assert (lines[0]["verdict"], lines[0]["class"]) == ("granted", "green")
    assert [line.get("note") for line in lines[1:]] == NASTY
    assert part.stdout == ""
    assert exported((folder / "out.jsonl").read_text("utf-8")) == lines[7:]


def test_no_cell_of_the_csv_is_a_formula(data: Path, folder: Path) -> None:
    run("export", "--format", "csv", "-o", folder / "out.csv", data=data)
    content = (folder / "out.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    assert content.startswith(b"\xef\xbb\xbf")
    assert len(rows) == 9
    for row, note in zip(rows[1:], NASTY, strict=True):
        assert row["note"].removeprefix("'") == note
        texts = [value for name, value in row.items() if value and name != "rssi_dbm"]
        assert not [text for text in texts if text[0] in "=+-@\t\r|%"]
        assert float(row["rssi_dbm"]) == -5.0


def test_tail_shows_the_last_entries(data: Path) -> None:
    assert [line["seq"] for line in exported(run("tail", "-n", 3, data=data).stdout)] == [7, 8, 9]
    assert run("tail", "-n", 0, data=data).stdout == ""


def test_tail_follows(data: Path) -> None:
    command = [sys.executable, "-m", "gatekeeper", "journal", "tail", "-f", "-n", "1"]
    with subprocess.Popen(
        [*command, "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        key = load_or_create_key(data / "journal.key")
        with JournalWriter(data / "journal.sqlite3", key) as journal:
            journal.append(JournalEntry(at=1.0, kind=EntryKind.NODE, note="new")).wait(5)
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)

    assert (first["seq"], second["seq"], second["note"]) == (9, 10, "new")
    assert "Traceback" not in errors


def test_verify_says_that_all_is_whole_and_notes_the_end(data: Path) -> None:
    done = run("verify", data=data)
    result = json.loads(run("verify", "--json", data=data).stdout)

    assert done.returncode == 0
    assert done.stdout == f"Whole: 9 entries. The last one's hash: {result['head']}\n"
    assert (result["ok"], result["entries"]) == (True, 9)


def test_verify_names_the_first_bad_entry_and_fails(data: Path) -> None:
    connection = sqlite3.connect(data / "journal.sqlite3")
    connection.execute("UPDATE entry SET body = x'7b7d' WHERE seq = 4")
    connection.commit()
    connection.close()
    done = run("verify", data=data)
    result = json.loads(run("verify", "--json", data=data).stdout)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("NOT WHOLE: first bad entry 4: ")
    assert (result["ok"], result["first_bad"]) == (False, 4)


@pytest.mark.parametrize("command", ["verify", "tail", "export"])
def test_where_there_is_no_journal_one_line_says_so(folder: Path, command: str) -> None:
    done = run(command, data=folder)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "no journal was written here" in done.stderr
    assert list(folder.iterdir()) == []


def test_wrong_use_is_told_apart_from_failure(data: Path) -> None:
    assert run("export", "--since", "x", data=data).returncode == 2
    assert run("mend", data=data).returncode == 2
    assert run("export", "-o", data / "no" / "where", data=data).returncode == 1

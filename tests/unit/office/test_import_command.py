"""`gatekeeper import guests` as a person or a program calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.cli import main
from tests.unit.office.conftest import HEADER, Write

Run = Callable[..., tuple[int, str, str]]
GOOD = [HEADER, ["1", "นาย", "กิตติ", "ใจดี", "", "1", "0", "ตอบรับ", "62E3086CED"]]
BAD = [*GOOD, ["2", "นาง", "มานี", "ใจงาม", "", "1", "สอง", "ตอบรับ", ""]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the program: `run(file, *options)` gives exit status, output and errors."""
    monkeypatch.setenv("LANG", "C.UTF-8")

    def call(file: Path, *options: str) -> tuple[int, str, str]:
        arguments = ["import", "guests", str(file), "--data", str(tmp_path / "data"), *options]
        monkeypatch.setattr(sys, "argv", ["gatekeeper", *arguments])
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        output = capsys.readouterr()
        return status, output.out, output.err

    return call


def test_the_report_has_the_agreed_shape(run: Run, write_csv: Write) -> None:
    """Exactly these keys; exit 1 because something was refused."""
    status, out, err = run(write_csv(BAD), "--event", "gala", "--json")

    assert (status, err) == (1, "")
    assert json.loads(out) == {
        "rows": 2,
        "imported": 0,
        "updated": 0,
        "unchanged": 0,
        "faults": [
            {
                "row": 3,
                "column": "ผู้ติดตาม",
                "code": "companions_not_a_number",
                "message": {
                    "th": "จำนวนผู้ติดตามไม่ใช่ตัวเลข (สอง)",
                    "en": "companions is not a number (สอง)",
                },
            }
        ],
    }


def test_exit_status_tells_whether_all_was_taken(run: Run, write_csv: Write) -> None:
    """0 all taken, 1 something refused, 2 wrong use."""
    assert run(write_csv(GOOD), "--event", "gala", "--json")[0] == 0
    assert run(write_csv(BAD), "--event", "gala", "--json", "--partial")[0] == 1
    assert run(write_csv(BAD), "--event", "gala", "--json", "--dry-run")[0] == 1
    assert run(write_csv(GOOD))[0] == 2
    assert run(write_csv(GOOD), "--event", "gala", "--colour")[0] == 2


@pytest.mark.parametrize(
    ("options", "language", "fault", "count"),
    [
        ([], "C.UTF-8", "จำนวนผู้ติดตามไม่ใช่ตัวเลข", "2 แถว: เพิ่ม 0 ปรับปรุง 0 ไม่เปลี่ยน 0 ไม่รับ 1"),
        ([], "en_GB.UTF-8", "companions is not a number", "2 rows: 0 new"),
        (["--lang", "en"], "th_TH.UTF-8", "companions is not a number", "1 refused"),
        (["--lang", "th"], "en_US.UTF-8", "จำนวนผู้ติดตามไม่ใช่ตัวเลข", "ไม่ได้นำเข้าแถวใดเลย"),
    ],
)
def test_people_read_it_in_their_language(
    run: Run, write_csv: Write, monkeypatch: pytest.MonkeyPatch,
    options: list[str], language: str, fault: str, count: str,
) -> None:  # fmt: skip
    """A table of faults and a line of counts, in Thai unless English is asked for."""
    monkeypatch.setenv("LANG", language)

    _, out, _ = run(write_csv(BAD), "--event", "gala", *options)

    assert fault in out
    assert count in out
    assert "  3  " in f" {out}"


def test_columns_without_a_meaning_are_told(run: Run, write_csv: Write) -> None:
    """So that a misspelt header is noticed."""
    rows = [["ชื่อ", "โต๊ะ", "ที่นั่งง"], ["ก ข", "1", "2"]]

    assert "ที่นั่งง" in run(write_csv(rows), "--event", "gala")[1]


def test_a_file_that_cannot_be_read_is_one_line(run: Run, tmp_path: Path) -> None:
    """On stderr, in the language of the reader, without a traceback."""
    thai = run(tmp_path / "none.csv", "--event", "gala")
    english = run(tmp_path / "none.csv", "--event", "gala", "--lang", "en")

    for status, out, err in (thai, english):
        assert (status, out) == (1, "")
        assert err.count("\n") == 1
    assert "เปิดไฟล์ไม่ได้" in thai[2]
    assert "cannot be read" in english[2]


def test_many_faults_are_cut_for_people_only(run: Run, write_csv: Write) -> None:
    """Two hundred on screen, all of them as JSON."""
    rows = [["ลำดับ", "ชื่อ", "โต๊ะ"], *([str(n), "", "1"] for n in range(300))]
    path = write_csv(rows)

    assert "และอีก 100 รายการ" in run(path, "--event", "gala")[1]
    assert len(json.loads(run(path, "--event", "gala", "--json")[1])["faults"]) == 300


def test_a_terminal_sees_a_bar_and_a_pipe_does_not(tmp_path: Path, reception: Path) -> None:
    """The bar is on stderr, and the report on stdout stays pure."""
    command = [
        sys.executable, "-m", "gatekeeper", "import", "guests", str(reception),
        "--event", "gala", "--json", "--data",
    ]  # fmt: skip
    piped = subprocess.run(
        [*command, str(tmp_path / "a")], capture_output=True, timeout=60, check=True
    )
    ours, theirs = os.openpty()
    seen = subprocess.Popen(
        [*command, str(tmp_path / "b")],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    shown = _until_closed(ours)
    output, _ = seen.communicate(timeout=60)

    assert piped.stderr == b""
    assert json.loads(piped.stdout) == json.loads(output)
    assert "อ่านไฟล์".encode() in shown or b"Reading" in shown


def _until_closed(terminal: int) -> bytes:
    """All that is written to a terminal until its other end is closed."""
    shown = b""
    try:
        while data := os.read(terminal, 65536):
            shown += data
    except OSError:
        pass  # Linux ends a terminal without writers so
    finally:
        os.close(terminal)
    return shown

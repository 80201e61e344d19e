"""What holds for every command: exit codes, one line of error, options that all take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.cli import COMMANDS
from gatekeeper.cli.demo import Terminal
from gatekeeper.demo.people import Account, Site
from gatekeeper.demo.site import lanes_of

FRAME = "0236324533303836434544303803"


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gatekeeper", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("decode", "rdm6300"),
        ("user", "add", "somebody"),
        ("token", "create", "--role", "king"),
        ("explain", "em4100:62E3086CED"),
        ("serve", "--port", "99999"),
    ],
)
def test_wrong_use_is_exit_2_and_one_line(arguments: tuple[str, ...]) -> None:
    """A script shows it whole; a choice of values does not make it several lines."""
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("gatekeeper: ")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_says_what_it_does(command: str) -> None:
    """Help is asked for, so it goes to stdout and is no failure."""
    done = run(command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    usage, said = done.stdout.split("\n\n")[:2]
    assert usage.startswith("Usage: ")
    assert said.strip()
    assert not said.lstrip().startswith("Options:")


def test_commands_that_need_no_settings_take_where_they_lie_all_the_same(tmp_path: Path) -> None:
    """A script gives the same options to every command."""
    decoded = run("decode", "rdm6300", "--hex", FRAME, "--data", str(tmp_path))
    listed = run("readers", "--json", "--config", str(tmp_path / "gatekeeper.toml"))

    assert json.loads(decoded.stdout)["credential"] == "em4100:62E3086CED"
    assert listed.returncode == 0


def test_a_time_before_all_calendars_is_wrong_use(tmp_path: Path) -> None:
    """Bangkok is seven hours ahead of year 1."""
    settings = tmp_path / "gatekeeper.toml"
    settings.write_text('[[gates]]\nid = "north"\n', encoding="utf-8")
    where = ("--config", str(settings), "--gate", "north")

    done = run("explain", "em4100:62E3086CED", *where, "--at", "0001-01-01T00:00")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr


def test_a_password_comes_down_a_pipe_where_there_is_no_terminal(tmp_path: Path) -> None:
    """Its first line; one that is too short is still refused."""
    add = ("user", "add", "--role", "guard", "--data", str(tmp_path))

    assert run(*add, "somchai", stdin="a long trial pass word\n").returncode == 0
    assert run(*add, "somsri", stdin="").returncode == 1


def test_the_demo_prints_addresses_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into a file, or on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    account = Account(name="guard", role="guard", password="made up")

    Terminal().open("http://127.0.0.1:18711", lanes_of(1), Site(people=(), accounts=(account,)))

    printed = capsys.readouterr().err
    for page in ("events/reception/live", "checkpoint/uhf-1", "login"):
        assert f"http://127.0.0.1:18711/{page}" in printed


@pytest.mark.parametrize("frames", [1, 900])
def test_nowhere_to_write_is_one_line_and_exit_1(frames: int) -> None:
    """Found while printing, or only at the end, when the buffer is emptied."""
    command = [sys.executable, "-m", "gatekeeper", "decode", "rdm6300", "--hex", FRAME * frames]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )

    assert (done.returncode, done.stderr) == (1, "gatekeeper: No space left on device\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_report_of_what_is_wrong_is_an_error_as_well(tmp_path: Path, as_json: bool) -> None:
    """One line on stderr; none beside JSON, which already says all to whoever reads both."""
    guests = tmp_path / "guests.csv"
    guests.write_text("first name,last name,table\n,,7\n=1,B,1\n", encoding="utf-8")
    settings = tmp_path / "gatekeeper.toml"
    settings.write_text('[[gates]]\nid = "north"\n', encoding="utf-8")
    where = ("--config", str(settings), *(["--json"] if as_json else []))

    imported = run("import", "guests", str(guests), "--event", "gala", *where)
    examined = run("doctor", *where)

    for done in (imported, examined):
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 0 if as_json else 1)
        assert done.stdout


@pytest.mark.parametrize("closed", [0, 1, 2])
@pytest.mark.parametrize(
    "arguments", [("decode", "rdm6300", "-"), ("readers",), ("readers", "--json"), ("nonsense",)]
)
def test_a_closed_stream_of_the_caller_is_no_defect(
    closed: int, arguments: tuple[str, ...]
) -> None:
    """As of a daemon's starter. Nothing that is opened later takes the stream's place."""
    words = " ".join(arguments)

    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "from gatekeeper.cli import main; main()" {words} {closed}>&-',
         sys.executable],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )  # fmt: skip

    assert b"Traceback" not in done.stderr
    assert done.returncode == (2 if arguments == ("nonsense",) else 0)


def test_nothing_takes_the_place_of_a_closed_stream() -> None:
    """A child of the program would write its words into it."""
    code = (
        "from gatekeeper.cli import _fill_closed_streams as fill; fill();"
        "import os, sys; print(os.open('/dev/zero', os.O_RDONLY), file=sys.stderr)"
    )

    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" 0>&- 1>&-', sys.executable, code],
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )

    assert int(done.stderr) > 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--speed"),
        ("readers", "capture", "rdm6300", "/dev/null", "FILE", "--seconds"),
        ("readers", "probe", "/dev/null", "--listen"),
        ("readers", "replay", __file__, "--decode", "--speed"),
        ("readers", "thai-id", "--wait"),
        ("readers", "watch", "rdm6300", "/dev/null", "--seconds"),
    ],
)
@pytest.mark.parametrize("value", ["nan", "-nan", "-inf", "many"])
def test_what_is_no_number_is_wrong_use(arguments: tuple[str, ...], value: str) -> None:
    """NaN passes every comparison with a bound."""
    done = run(*arguments, value)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gatekeeper: Invalid value for '--")


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("cli.journal", {"sqlalchemy", "flask", "fpdf", "openpyxl"}),
        ("cli.explain", {"sqlalchemy", "flask", "fpdf", "openpyxl"}),
        ("cli.readers", {"sqlalchemy", "flask", "fpdf", "openpyxl"}),
        ("cli.decode", {"sqlalchemy", "flask", "fpdf", "openpyxl"}),
        ("cli.doctor", {"flask", "fpdf", "openpyxl"}),
        ("node.process", {"sqlalchemy", "flask", "fpdf", "openpyxl"}),
        ("worker.process", {"flask", "fpdf", "openpyxl"}),
        ("web.application", {"fpdf", "openpyxl"}),
    ],
)
def test_nothing_waits_for_a_library_that_it_may_never_use(module: str, spared: set[str]) -> None:
    """A process that was killed is back sooner, and a person at a terminal does not wait."""
    program = f"import sys, gatekeeper.{module}; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert spared.isdisjoint(done.stdout.split())

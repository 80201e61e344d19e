"""The main job, end to end: simulated readers, real drivers, journal, screens, reconciliation."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import psutil
import pytest
import requests
from harness import free_port

RUN_S = 300
GUESTS = 90
LIST = Path(__file__).parents[1] / "data" / "guests_reception.xlsx"
HEAD_ROWS = 4
"""Titles and names of columns above the first guest, at least."""


def begin_of_list(path: Path) -> Path:
    """An office's workbook as it came (title rows, merged cells, Thai digits), its first guests."""
    book = openpyxl.load_workbook(LIST)
    for sheet in book.worksheets:
        sheet.delete_rows(GUESTS + HEAD_ROWS + 1, sheet.max_row)
    book.save(path)
    return path


def demo(data: Path, *options: str) -> list[str]:
    """The demo's command line on a free port."""
    command = [sys.executable, "-m", "gatekeeper", "demo", "--data", str(data)]
    return [*command, "--port", str(free_port()), *options]


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The options alone shall speak."""
    monkeypatch.delenv("DATA", raising=False)
    monkeypatch.delenv("PORT", raising=False)


@pytest.mark.slow
@pytest.mark.timeout(RUN_S + 30)
@pytest.mark.parametrize("wires", ["sound", "faulty", "office's list, faulty"])
def test_a_reception_ends_with_nobody_missed_and_nobody_judged_wrongly(
    tmp_path: Path, wires: str
) -> None:
    """Over sound wires and over damaged, unplugged and silent ones; the chain is whole after."""
    data = tmp_path / "demo"
    guests = ["--guests", str(GUESTS)]
    if "list" in wires:
        guests = ["--guests-file", str(begin_of_list(tmp_path / "list.xlsx"))]
    options = ["--until-done", "--headless", "--json", "--speed", "120", *guests]
    options += ["--faults"] if "faulty" in wires else []

    done = subprocess.run(
        demo(data, *options), capture_output=True, text=True, timeout=RUN_S, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["missed"], result["wrong_accept"], result["wrong_refuse"]) == (0, 0, 0)
    assert (result["wrong_reason"], result["unexpected"]) == (0, 0)
    assert result["journaled"] == result["presentations"] >= GUESTS
    assert result["by_reason"]["granted"] > GUESTS / 2
    assert result["tap_to_durable_ms"]["p50"] is not None
    assert result["tap_to_feed_ms"]["p50"] is not None
    verify = [sys.executable, "-m", "gatekeeper", "journal", "verify", "--data", str(data)]
    assert subprocess.run(verify, check=False, capture_output=True).returncode == 0


def wait_for_line(process: subprocess.Popen[str], text: str, seconds: float) -> bool:
    """Whether `text` appears on the process's standard error in time."""
    seen = threading.Event()

    def look() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if text in line:
                seen.set()

    threading.Thread(target=look, daemon=True).start()
    return seen.wait(seconds)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_however_a_demo_ends_nothing_of_it_stays_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C ends it cleanly with exit 0; even kill -9 leaves no process."""
    process = subprocess.Popen(
        demo(tmp_path / "demo", "--guests", "30", "--speed", "60"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert wait_for_line(process, "Ctrl-C ends it", 90)
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 5

        os.kill(process.pid, number)
        status = process.wait(60)

        assert status == (0 if number is signal.SIGINT else -signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == []
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A demo under way: its directory and its port."""
    data, port = tmp_path_factory.mktemp("running") / "demo", free_port()
    command = [sys.executable, "-m", "gatekeeper", "demo", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--guests", "30", "--speed", "60"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert wait_for_line(process, "Ctrl-C ends it", 90)
        yield data, port
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_a_second_demo_on_the_same_data_is_refused_and_disturbs_nothing(
    running: tuple[Path, int],
) -> None:
    """One line that names the running process; the first goes on (its fixture looks)."""
    data, _ = running
    before = sorted(p.name for p in data.iterdir() if p.suffix in {".sqlite3", ".key", ".toml"})

    second = subprocess.run(
        demo(data, "--guests", "30"), capture_output=True, text=True, timeout=60, check=False
    )

    assert second.returncode == 1
    assert "running already" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert [name for name in before if not (data / name).exists()] == []


@pytest.mark.parametrize("role", ["guard", "protocol", "admin"])
def test_one_click_signs_in_on_this_machine(running: tuple[Path, int], role: str) -> None:
    """The sign-in page offers each role as a button, and the button opens the pages."""
    url = f"http://127.0.0.1:{running[1]}"
    with requests.Session() as session:
        page = session.get(f"{url}/login", timeout=10).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        assert f'data-testid="demo-{role}"' in page

        form = {"csrf_token": token[1], "role": role, "next": "/checkpoint/uhf-1"}
        answer = session.post(f"{url}/login/demo", data=form, timeout=10)

    assert answer.status_code == 200
    assert 'data-testid="verdict"' in answer.text


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--guests", "0"], "--guests"),
        (["--lanes", "99"], "--lanes"),
        (["--speed", "0"], "--speed"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    tmp_path: Path, options: list[str], complaint: str
) -> None:
    """Before anything is started."""
    done = subprocess.run(
        demo(tmp_path / "demo", *options), capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "demo").exists()

"""How fast a guest list of 100,000 rows is imported, and what it costs beside mere reading."""

from __future__ import annotations

import csv
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from gatekeeper.db.migrate import open_database
from gatekeeper.office.export import write_csv, write_xlsx
from gatekeeper.office.import_guests import import_guests
from gatekeeper.office.sample import sample_guests

ROWS = 100_000


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found is not None
    return int(found[1]) / 1024


def _read_csv(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in csv.reader(file):
            pass


def _read_xlsx(path: Path) -> None:
    sheet = load_workbook(path, read_only=True).active
    assert sheet is not None
    for _ in sheet.iter_rows(values_only=True):
        pass


def _row(name: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
    return {"name": f"import: {name}", "value": value, "unit": unit, **more}


def run() -> list[dict[str, Any]]:
    """Import a CSV, the same again, and a workbook; the peak of memory comes last."""
    with tempfile.TemporaryDirectory() as folder:
        lists = {kind: Path(folder) / f"list.{kind}" for kind in ("csv", "xlsx")}
        write_csv(lists["csv"], (guest.row for guest in sample_guests(ROWS, 1)))
        write_xlsx(lists["xlsx"], (guest.row for guest in sample_guests(ROWS, 1)))
        database = open_database(f"sqlite:///{folder}/main.sqlite3")
        first = _seconds(lambda: import_guests(database, lists["csv"], "gala"))
        again = _seconds(lambda: import_guests(database, lists["csv"], "gala"))
        peak = _peak_mb()
        other = open_database(f"sqlite:///{folder}/other.sqlite3")
        sheet = _seconds(lambda: import_guests(other, lists["xlsx"], "gala"))
        bare_csv = _seconds(lambda: _read_csv(lists["csv"]))
        bare_xlsx = _seconds(lambda: _read_xlsx(lists["xlsx"]))
        database.close()
        other.close()
    by_csv = {"baseline": bare_csv, "baseline_name": "csv.reader alone", "aim": "<= 60 s"}
    by_xlsx = {"baseline": bare_xlsx, "baseline_name": "openpyxl read_only alone"}
    return [
        _row("100,000 new guests, CSV", first, "s", ratio=first / bare_csv, **by_csv),
        _row("the same file again", again, "s", ratio=again / bare_csv, **by_csv),
        _row(
            "100,000 new guests, XLSX",
            sheet,
            "s",
            ratio=sheet / bare_xlsx,
            **by_xlsx,
            aim="<= 60 s",
        ),
        _row("peak memory, CSV", peak, "MB"),
    ]

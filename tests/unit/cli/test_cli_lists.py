"""`gatekeeper import people|vehicles|passes` and `gatekeeper export`, as a person calls them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the program: exit status, output, errors."""
    monkeypatch.setenv("LANG", "C.UTF-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        command = ["gatekeeper", *arguments, "--data", str(tmp_path / "data")]
        monkeypatch.setattr(sys, "argv", command)
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        output = capsys.readouterr()
        return status, output.out, output.err

    return call


def write(tmp_path: Path, text: str, name: str = "list.csv") -> str:
    """A file; its path."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_office_moves_in_and_its_lists_come_out_and_back(run: Run, tmp_path: Path) -> None:
    """People, vehicles, badges in force; out as XLSX, and in again without a change."""
    people = write(tmp_path, "ชื่อ,นามสกุล,หน่วยงาน\nนายกิตติ,ใจดี,กองกลาง\n", "people.csv")
    cars = write(tmp_path, "plate,province,owner\n1กก 1234,กทม.,นายกิตติ ใจดี\n", "cars.csv")
    old = write(tmp_path, "number,class,name,tag\nA-1,official,นายกิตติ ใจดี,62E3086CED\n", "old.csv")

    assert json.loads(run("import", "people", people, "--json")[1])["imported"] == 1
    assert run("import", "vehicles", cars)[0] == 0
    assert run("import", "passes", old, "--as-active")[0] == 2
    assert run("import", "passes", old, "--as-active", "--reason", "บัตรเดิมปี ๒๕๖๙")[0] == 0

    for kind in ("people", "vehicles", "passes"):
        out = str(tmp_path / f"{kind}.xlsx")
        assert run("export", kind, out, "--as", "somsri")[0] == 0
        assert run("export", kind, out, "--as", "somsri")[0] == 2
        status, said, _ = run("import", kind, out, "--json")
        report = json.loads(said)
        assert (status, report["rows"], report["unchanged"]) == (0, 1, 1), report


def test_a_refused_row_is_told_in_both_languages(run: Run, tmp_path: Path) -> None:
    """As with guests: exit 1, row, column, code, sentences."""
    file = write(tmp_path, "name,organisation,email\nนายหนึ่ง,กอง,nowhere\n")

    status, out, err = run("import", "people", file, "--json")

    fault = json.loads(out)["faults"][0]
    assert (status, err) == (1, "")
    assert (fault["row"], fault["column"], fault["code"]) == (2, "email", "email_invalid")
    assert fault["message"]["th"]
    assert fault["message"]["en"]


def test_wrong_use_of_an_export_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    """Guests need an event, and nothing else has one; a name says the format."""
    out = str(tmp_path / "x.csv")

    assert run("export", "guests", out, "--as", "x")[0] == 2
    assert run("export", "people", out, "--event", "gala", "--as", "x")[0] == 2
    assert run("export", "guests", out, "--event", "none", "--as", "x")[0] == 1
    assert run("export", "people", str(tmp_path / "x.pdf"), "--as", "x")[0] == 1
    assert not (tmp_path / "x.csv").exists()

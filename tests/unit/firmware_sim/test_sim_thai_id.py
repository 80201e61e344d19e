"""The simulated identity card answers the published commands, and each fault does what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.thai_id import FAULTS, ThaiIdCard

ROOT = Path(__file__).parents[3]
FILE = ROOT / "tests" / "vectors" / "thai_id.json"
HEX: dict[str, str] = {
    vector["id"]: vector["hex"] for vector in json.loads(FILE.read_text("utf-8"))["vectors"]
}


def talk(card: ThaiIdCard, *commands: str) -> list[str]:
    answers = [card.answer(bytes.fromhex(command)) for command in commands]
    return ["" if answer is None else answer.hex().upper() for answer in answers]


def names_of(*ids: str) -> list[str]:
    return [HEX[identity] for identity in ids]


def test_a_field_is_chosen_and_then_fetched() -> None:
    commands = names_of("thai-select", "thai-cid", "thai-getrsp-new", "thai-name-en")

    assert talk(ThaiIdCard(), *commands, "00C0000064") == [
        "610A",
        HEX["thai-more"],
        HEX["thai-cid-rsp"],
        "6164",
        HEX["thai-nameen-rsp"],
    ]


def test_the_thai_name_and_the_birth_are_those_of_the_vectors() -> None:
    card = ThaiIdCard(["direct"])
    commands = names_of("thai-select", "thai-name-th", "thai-birth", "thai-gender")

    assert talk(card, *commands) == [
        "610A",
        HEX["thai-nameth-rsp"],
        HEX["thai-birth-rsp"],
        "319000",
    ]


def test_an_older_chip_is_asked_with_p2_01() -> None:
    card = ThaiIdCard(old=True)
    commands = names_of("thai-select", "thai-cid", "thai-getrsp-new", "thai-getrsp-old")

    assert card.atr[:2] == bytes.fromhex("3B67")
    assert talk(card, *commands)[2:] == ["6B00", HEX["thai-cid-rsp"]]


def test_its_atr_spells_what_it_is() -> None:
    assert ThaiIdCard().atr.hex().upper() == HEX["thai-atr-3130"]
    assert b"NID" not in ThaiIdCard(["foreign"]).atr


def test_nothing_is_told_before_the_application_is_chosen() -> None:
    assert talk(ThaiIdCard(), HEX["thai-cid"], HEX["thai-getrsp-new"]) == ["6D00", "6D00"]


FETCHED: dict[str, list[Any]] = {
    "foreign": ["6A82", "6D00", "6D00"],
    "bad_check_digit": ["610A", "610D", HEX["thai-cid-bad-rsp"]],
    "blank": ["610A", "610D", "FF" * 13 + "9000"],
    "short": ["610A", "610D", HEX["thai-cid-rsp"][:12] + "9000"],
    "no_status": ["", "", HEX["thai-cid-rsp"][:-4]],
    "direct": ["610A", HEX["thai-cid-rsp"], "9000"],
    "swallowed": ["610A", "9000", HEX["thai-cid-rsp"]],
    "wrong_le": ["610A", "6C0D", "9000"],
    "endless": ["610A", "610D", "6120"],
    "mute": ["", "", ""],
}


@pytest.mark.parametrize("fault", FETCHED)
def test_a_fault_does_what_its_name_says(fault: str) -> None:
    commands = names_of("thai-select", "thai-cid", "thai-getrsp-new")

    assert talk(ThaiIdCard([fault]), *commands) == FETCHED[fault]


def test_names_are_torn_or_without_separators_and_pieces_end() -> None:
    ask = names_of("thai-select", "thai-name-th")

    assert "FFFE80" in talk(ThaiIdCard(["torn_name", "direct"]), *ask)[1]
    assert "23" not in talk(ThaiIdCard(["no_separators", "direct"]), *ask)[1]
    pieces = talk(ThaiIdCard(["pieces"]), *ask, *["00C0000064"] * 4)[2:]
    assert [piece[-4:] for piece in pieces] == ["6144", "6124", "6104", "9000"]
    assert "".join(piece[:-4] for piece in pieces) + "9000" == HEX["thai-nameth-rsp"]
    failing = talk(ThaiIdCard(["read_error", "direct"]), *ask, HEX["thai-cid"])
    assert failing[2] == "6F00"
    assert {*FETCHED, "torn_name", "no_separators", "pieces", "read_error"} == set(FAULTS)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'burnt' seen; one of foreign, .+ is due"):
        ThaiIdCard(["burnt"])


def test_the_command_ends_with_its_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firmware_sim.thai_id", "--vpcd", "127.0.0.1:1", "--dir", tmp_path],
        input=b"",
        capture_output=True,
        timeout=30,
        cwd=ROOT,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

"""A Thai identity card in a real service's reader: it is read, or one goes on by hand."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from typing import Any

import pytest
from click.testing import CliRunner, Result

from firmware_sim.pcscd import Pcscd
from firmware_sim.thai_id import PERSON, ThaiIdCard
from gatekeeper.cli.reader_thai_id import command
from gatekeeper.errors import ConfigError
from gatekeeper.readers.by_hand import ByHand, Trouble
from gatekeeper.readers.desk_card import read_thai_id
from gatekeeper.readers.facts import TRAFFIC
from gatekeeper.readers.scard import Service
from gatekeeper.readers.thai_id import BirthDate, ThaiId

pytestmark = pytest.mark.needs_pcscd
DESK = "Desk"
NAME = Pcscd.full_name(DESK)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["--reader", NAME, *arguments], catch_exceptions=False)


def test_a_card_is_read_with_the_least_of_it(bench: Any) -> None:
    bench.serve(DESK)
    bench.thai_id(DESK, ThaiIdCard())

    result = run("--wait", "10", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "result": "read",
        "number": "•••••••••3441",
        "name_th": {"title": "นาย", "first": "สมชาย", "middle": "", "last": "ใจดี"},
        "name_en": {"title": "Mr.", "first": "Somchai", "middle": "", "last": "Jaidee"},
    }


def test_the_rest_is_told_when_asked_for(bench: Any) -> None:
    bench.serve(DESK)
    bench.thai_id(DESK, ThaiIdCard(old=True))

    result = run("--wait", "10", "--birth-date", "--show-number")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "1101700203441",
        "นายสมชาย ใจดี",
        "Mr. Somchai Jaidee",
        "1983-05-12",
    ]
    assert result.stderr == "… insert the card / เสียบบัตร\n"


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("foreign", "not_thai_id"),
        ("torn_name", "damaged"),
        ("bad_check_digit", "check_digit"),
        ("read_error", "damaged"),
    ],
)
def test_what_cannot_be_read_goes_on_by_hand(bench: Any, fault: str, trouble: str) -> None:
    bench.serve(DESK)
    bench.thai_id(DESK, ThaiIdCard([fault]))

    result = run("--wait", "10", "--json")

    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["result"], told["reason"]) == ("by_hand", trouble)
    assert "กรอกข้อมูลเอง" in told["message"]["th"]
    assert told["message"]["en"].endswith("by hand.")
    assert not any(value in result.output for value in PERSON.values() if len(value) > 1)


def test_the_words_come_in_both_languages(bench: Any) -> None:
    bench.serve(DESK)

    result = run()

    assert result.exit_code == 1
    assert result.output == (
        "ไม่พบบัตรในเครื่องอ่าน โปรดเสียบบัตรใหม่ หรือกรอกข้อมูลเอง\n"
        f"No card is in the reader; insert it again, or enter the data by hand. "
        f"(no_card: {NAME}: no card)\n"
    )


def test_a_gate_s_card_at_the_desk_is_no_identity_card(bench: Any) -> None:
    bench.serve(DESK)
    bench.tap(DESK, "uid:04A1B2C3D4E5F6")

    outcome = read_thai_id(NAME, wait_s=10.0)

    assert isinstance(outcome, ByHand)
    assert outcome.trouble is Trouble.NOT_THAI_ID


def test_a_chip_that_never_answers_costs_no_more_than_a_moment(bench: Any) -> None:
    bench.serve(DESK)
    line = bench.thai_id(DESK, ThaiIdCard(["mute"]))
    with Service() as service:
        known = service.state(NAME).known
        while not service.state(NAME, known, 500).present:
            known = service.state(NAME).known
    began = time.monotonic()

    outcome = read_thai_id(NAME, read_s=0.5)

    assert isinstance(outcome, ByHand)
    assert outcome.trouble is Trouble.SILENT
    assert time.monotonic() - began < 5.0
    bench.do(line.remove)
    (left,) = (t for t in threading.enumerate() if t.name == "desk-card")
    left.join(20)
    assert not left.is_alive(), "the call has come back with the card's going"


def test_a_card_that_is_pulled_out_is_to_be_put_in_again(bench: Any) -> None:
    class Pulled(ThaiIdCard):
        def answer(self, command: bytes) -> bytes | None:
            if len(self.asked) == 3:
                line.remove()
                return None
            return super().answer(command)

    bench.serve(DESK)
    line = bench.thai_id(DESK, Pulled())

    outcome = read_thai_id(NAME, wait_s=10.0)

    assert isinstance(outcome, ByHand)
    assert outcome.trouble is Trouble.REMOVED


def test_a_card_that_another_program_holds_is_said_to_be_so(bench: Any) -> None:
    from smartcard import scard

    bench.serve(DESK)
    bench.thai_id(DESK, ThaiIdCard())
    assert isinstance(read_thai_id(NAME, wait_s=10.0), ThaiId)
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    code, handle, _ = scard.SCardConnect(context, NAME, scard.SCARD_SHARE_EXCLUSIVE, 3)
    assert code == 0

    outcome = read_thai_id(NAME)

    scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)
    assert isinstance(outcome, ByHand)
    assert outcome.trouble is Trouble.IN_USE


def test_no_reader_and_no_service_go_on_by_hand(bench: Any) -> None:
    service = bench.serve(DESK)
    no_reader = read_thai_id("Omnikey")
    service.stop()
    no_service = read_thai_id("Omnikey")

    assert isinstance(no_reader, ByHand)
    assert no_reader.trouble is Trouble.NO_READER
    assert f"'{NAME}'" in no_reader.detail
    assert isinstance(no_service, ByHand)
    assert no_service.trouble is Trouble.NO_SERVICE


def test_without_pyscard_it_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)

    with pytest.raises(ConfigError, match="pyscard is not installed"):
        read_thai_id()


def test_no_log_holds_what_is_in_the_card(bench: Any, caplog: Any) -> None:
    """Not even at the level of wire bytes, where other readers tell all."""
    bench.serve(DESK)
    bench.thai_id(DESK, ThaiIdCard(["direct"]))
    with caplog.at_level(TRAFFIC, "gatekeeper.readers"):
        outcome = read_thai_id(NAME, wait_s=10.0, birth=True)

    assert isinstance(outcome, ThaiId)
    assert outcome.birth == BirthDate(1983, 5, 12)
    assert "desk > 80B0000402000D < 15 bytes, 9000" in caplog.text
    logged = caplog.text.upper()
    assert not any(v.encode("tis-620").hex().upper() in logged for v in PERSON.values() if v[1:])
    assert PERSON["number"] not in logged
    assert logging.getLogger("gatekeeper.readers").isEnabledFor(logging.WARNING)

"""Card answers through PC/SC: published ones mean what they should, and none makes it raise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.credential import canonical, is_untrusted
from gatekeeper.model import ReasonClass
from gatekeeper.readers.apdu import GET_UID, STEPS_MAX, card_type, read_uid
from gatekeeper.readers.facts import Counters
from gatekeeper.readers.pcsc_lights import BEEP_OFF, Lights, is_done, signal

VECTORS = Path(__file__).parents[2] / "vectors"


def load(name: str) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((VECTORS / name).read_text("utf-8"))["vectors"]
    return vectors


PCSC = {vector["id"]: vector for vector in load("pcsc.json")}
ATRS = [name for name in PCSC if name.startswith("atr-")]
QUESTIONS = [
    name
    for name, vector in PCSC.items()
    if vector["hex"].startswith("FFCA00") and not name.startswith("ccid")
]


class Card:
    """Answers in turn, and keeps the questions."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.asked = list(answers), list[bytes]()

    def __call__(self, command: bytes) -> bytes:
        self.asked.append(command)
        return self.answers.pop(0)


@pytest.mark.parametrize("name", ATRS)
def test_an_atr_tells_the_type_of_a_card(name: str) -> None:
    told = card_type(bytes.fromhex(PCSC[name]["hex"]))

    if PCSC[name]["valid"]:
        assert told == PCSC[name]["decode"]["meaning"].split(" (")[0].split(" EV1")[0]
    else:
        assert told == f"ATR {PCSC[name]['hex']}"


def test_an_identity_card_is_named_and_an_unknown_card_shown_in_hex() -> None:
    for vector in load("thai_id.json"):
        if "atr" in vector["decode"]:
            assert card_type(bytes.fromhex(vector["hex"])) == "Thai national ID card"
    assert card_type(bytes.fromhex("3B00")) == "ATR 3B00"
    assert card_type(b"") == "ATR "


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_published_answer_means_what_its_document_says(name: str) -> None:
    due = PCSC[name]["decode"]
    card = Card(*(bytes.fromhex(r) for r in due.get("responses", [due.get("response")])))

    answer = read_uid(card)

    assert [c.hex().upper() for c in card.asked] == due.get("commands", ["FFCA000000"])
    if "error" in due or "garbage" in due:
        assert answer.credential == ""
        assert answer.error == due.get("error", "")
        assert answer.text
        assert (answer.garbage or "") == due.get("garbage", answer.garbage or "")
    else:
        uid = due.get("credential") or f"uid:{due['response'][:-4]}"
        assert answer.credential == uid
        assert answer.text == ""


@pytest.mark.parametrize("vector", load("uid.json"), ids=lambda vector: vector["id"])
def test_uids_of_all_sizes_are_handed_on_whether_trusted_or_not(vector: dict[str, Any]) -> None:
    """Doubting is the gate's work; it refuses what cannot be enrolled."""
    answer = read_uid(Card(bytes.fromhex(vector["hex"]) + b"\x90\x00"))

    assert answer.credential == f"uid:{vector['hex']}"
    assert is_untrusted(answer.credential) == (vector["decode"].get("enrol") is False)


@given(st.lists(st.binary(max_size=300), min_size=STEPS_MAX, max_size=STEPS_MAX))
def test_no_answers_make_it_raise_or_ask_without_end(answers: list[bytes]) -> None:
    card = Card(*answers)

    answer = read_uid(card)

    assert card.asked[0] == GET_UID
    assert len(card.asked) <= STEPS_MAX
    if answer.credential:
        assert canonical(answer.credential) == answer.credential
    else:
        assert answer.text
        assert answer.error or answer.garbage
        assert len(answer.text) < 120


@pytest.mark.parametrize("status", ["6300", "6A81", "6FFF", "9100"])
def test_what_is_said_of_a_strange_answer_holds_no_number_of_a_card(status: str) -> None:
    """It is shown on screens, as the reader's trouble."""
    answer = read_uid(Card(bytes.fromhex("04A1B2C3D4E5F6" + status)))

    assert not answer.credential
    assert status in answer.text
    assert "A1B2" not in answer.text


@given(st.binary(max_size=12), st.sampled_from([b"\x90\x00", b"\x62\x82"]))
def test_a_uid_is_four_seven_or_ten_bytes_and_nothing_else(data: bytes, status: bytes) -> None:
    answer = read_uid(Card(data + status))

    assert bool(answer.credential) == (len(data) in (4, 7, 10))


@pytest.mark.parametrize(
    ("shown", "buzzer", "name"),
    [
        (ReasonClass.GREEN, True, "apdu-acr-green"),
        (ReasonClass.AMBER, True, "apdu-acr-amber"),
        (ReasonClass.RED, False, "apdu-acr-red-still"),
    ],
)
def test_a_decision_is_shown_with_the_reader_s_own_command(
    shown: ReasonClass, buzzer: bool, name: str
) -> None:
    assert signal(shown, buzzer=buzzer).hex().upper() == PCSC[name]["hex"]


@pytest.mark.parametrize("shown", list(ReasonClass))
def test_no_light_stays_on_for_whoever_comes_next(shown: ReasonClass) -> None:
    lights, on, off, times = signal(shown, buzzer=True)[3], *signal(shown, buzzer=True)[5:8]

    assert lights & 0b11 == 0, "both are off at the end"
    assert lights & 0b1100 == 0b1100, "and that counts for both"
    assert (on + off) * times <= 6, "the reader reads no card meanwhile"


@pytest.mark.parametrize("name", ["apdu-acr-led-ok", "apdu-acr-led-init", "apdu-acr-picc"])
def test_success_is_90_and_the_state_of_the_lights(name: str) -> None:
    assert is_done(bytes.fromhex(PCSC[name]["decode"]["response"]))


@pytest.mark.parametrize("answer", ["", "90", "6300", "900000"])
def test_what_is_not_done_counts(answer: str) -> None:
    counters = Counters()
    Lights("acr122u", counters, buzzer=True).take(bytes.fromhex(answer))

    assert counters.errors == {"lights_refused": 1}


def test_the_last_of_several_decisions_is_shown_once() -> None:
    lights = Lights("acr122u", Counters(), buzzer=True)
    lights.want(ReasonClass.GREEN)
    lights.want(ReasonClass.RED)

    assert lights.waiting
    assert lights.due("any", card=False) == [signal(ReasonClass.RED, buzzer=True)]
    assert not lights.waiting
    assert lights.due("any", card=True) == [BEEP_OFF], "which needs a card, and is told once"
    assert lights.due("any", card=True) == []


@pytest.mark.parametrize(
    ("kind", "reader", "has"),
    [
        ("auto", "ACS ACR122U PICC Interface 00 00", True),
        ("auto", "acs acr122u", True),
        ("auto", "HID Omnikey 5022", False),
        ("acr122u", "Gate 0 00 00", True),
        ("none", "ACS ACR122U", False),
    ],
)
def test_lights_are_those_of_the_reader_s_name_or_of_the_settings(
    kind: str, reader: str, has: bool
) -> None:
    lights = Lights(kind, Counters(), buzzer=True)
    lights.want(ReasonClass.GREEN)

    assert bool(lights.due(reader, card=True)) == has
    assert not lights.waiting

"""Numbers as they are printed on cards: found among the cards that are known, never guessed."""

from __future__ import annotations

import pytest

from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.model import Pass, Presentation
from gatekeeper.node.printed import with_card_meant

CARD = "em4100:1F00644BB6"  # printed 0006572982 and 100,19382


def index(*credentials: str) -> CredentialIndex:
    made = CredentialIndex()
    made.replace([(c, pack(Pass(id=c, credential=c))) for c in credentials], 1)
    return made


def meant(text: str, *known: str) -> str:
    shown = Presentation(gate="g", reader="r", credential=text, frames=3)
    found = with_card_meant(shown, index(*known))
    assert (found.gate, found.reader, found.frames) == ("g", "r", 3)
    return found.credential


@pytest.mark.parametrize("text", ["0006572982", "100,19382"])
def test_a_printed_number_is_the_known_card_that_ends_so(text: str) -> None:
    assert meant(text, CARD, "em4100:1F00644BB7") == CARD


@pytest.mark.parametrize("text", ["0006572982", "100,19382"])
def test_a_printed_number_of_nobody_is_an_unknown_card(text: str) -> None:
    assert meant(text, "em4100:0102030405") == "em4100:0000644BB6"


@pytest.mark.parametrize("text", ["0006572982", "100,19382"])
def test_of_several_cards_none_is_taken(text: str) -> None:
    assert meant(text, CARD, "em4100:0000644BB6") == f"qr:{text}"


def test_fewer_printed_digits_may_mean_more_cards() -> None:
    """3 + 5 digits leave out 16 bits, 10 digits 8 of them."""
    other = "em4100:1F01644BB6"

    assert meant("0006572982", CARD, other) == CARD
    assert meant("100,19382", CARD, other) == "qr:100,19382"


def test_decimal_digits_are_never_read_as_a_number_in_hexadecimal() -> None:
    assert meant("0006572982", "em4100:0006572982") == "em4100:0000644BB6"


@pytest.mark.parametrize("credential", ["em4100:0006572982", "qr:0006572982", "uid:00644BB6"])
def test_what_has_a_scheme_is_left_alone(credential: str) -> None:
    assert meant(credential, CARD) == credential


def test_a_damaged_pass_decides_nothing() -> None:
    class Broken(CredentialIndex):
        def known_by_print(self, value: int, bits: int) -> set[str]:
            raise ValueError("damaged")

    shown = Presentation(gate="g", reader="r", credential="0006572982")

    assert with_card_meant(shown, Broken()) is shown

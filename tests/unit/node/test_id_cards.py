"""Identity cards at desks: what a reader gives becomes an answer, whatever it gives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from gatekeeper.config import DeskSettings
from gatekeeper.errors import ConfigError, UserError
from gatekeeper.link.messages import IdCard
from gatekeeper.node.id_cards import LONGEST_WAIT_S, IdCards
from gatekeeper.readers.by_hand import ByHand, Trouble
from gatekeeper.readers.thai_id import Name, ThaiId

NUMBER = "1101700203441"
CARD = ThaiId(NUMBER, Name("นาย", "สมชาย", "", "ใจดี"), Name("Mr.", "Somchai", "A.", "Jaidee"))
DESK = DeskSettings(id="front", id_card_reader="ACS")


def reading(outcome: ThaiId | ByHand) -> tuple[IdCards, list[tuple[str, float]]]:
    asked: list[tuple[str, float]] = []

    def read(part: str, *, wait_s: float) -> ThaiId | ByHand:
        asked.append((part, wait_s))
        return outcome

    return IdCards([DESK], read), asked


def test_a_card_gives_its_number_and_names_from_the_desks_own_reader() -> None:
    """The reader is the one that the settings name for the desk."""
    cards, asked = reading(CARD)

    answer = cards.read("front", 2.0)

    assert answer.card == IdCard(NUMBER, "นาย", "สมชาย", "ใจดี", "Mr. Somchai A. Jaidee")
    assert asked == [("ACS", 2.0)]


@pytest.mark.parametrize("trouble", Trouble)
def test_what_cannot_be_read_is_said_in_both_languages(trouble: Trouble) -> None:
    """The desk goes on by hand, and knows why."""
    cards, _ = reading(ByHand(trouble, "detail"))

    answer = cards.read("front", 0.0)

    assert answer.card is None
    assert (answer.reason, bool(answer.th), bool(answer.en)) == (trouble.value, True, True)


def test_a_missing_library_is_a_sentence_and_no_fault() -> None:
    """Where pyscard is not installed, the desk works by hand."""

    def read(_part: str, *, wait_s: float) -> ThaiId | ByHand:
        raise ConfigError(f"pyscard is not installed ({wait_s})")

    assert IdCards([DESK], read).read("front", 0.0).reason == Trouble.NO_SERVICE


@pytest.mark.parametrize("wait", [1e9, float("inf"), float("nan"), -1.0])
def test_nobody_waits_for_a_card_for_long(wait: float) -> None:
    """A caller cannot hold a thread of the node."""
    cards, asked = reading(CARD)

    cards.read("front", wait)

    assert 0.0 <= asked[0][1] <= LONGEST_WAIT_S


def test_two_pages_do_not_read_one_reader_at_once() -> None:
    """The second is told that the card is in use; the first gets its card."""
    begun, end = threading.Event(), threading.Event()

    def read(_part: str, *, wait_s: float) -> ThaiId | ByHand:
        begun.set()
        assert end.wait(10), wait_s
        return CARD

    cards = IdCards([DESK], read)
    first: list[Callable[[], object] | object] = []
    thread = threading.Thread(target=lambda: first.append(cards.read("front", 0.0).card))
    thread.start()
    assert begun.wait(10)

    second = cards.read("front", 0.0)

    end.set()
    thread.join(10)
    assert (second.card, second.reason) == (None, Trouble.IN_USE)
    assert [getattr(card, "number", None) for card in first] == [NUMBER]


def test_a_desk_that_nobody_defined_is_refused() -> None:
    """Its name is in the message, so that the settings can be mended."""
    cards, _ = reading(CARD)

    with pytest.raises(UserError, match="'back' is not defined"):
        cards.read("back", 0.0)


def test_no_number_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Neither for a card that was read nor for its answer's text form in an error."""
    cards, _ = reading(CARD)

    with caplog.at_level(logging.DEBUG):
        cards.read("front", 0.0)

    assert NUMBER not in caplog.text

"""Identity cards at desks: read when a desk asks, one at a time, and forgotten with the answer.

The node does it because contact readers hang on its machine and the web must not wait in its
place; no gate is concerned, nothing is recorded, and the number is in no log. What cannot be
read is an answer in words, never an error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from gatekeeper.config import DeskSettings
from gatekeeper.errors import ConfigError, UserError
from gatekeeper.link.messages import IdCard, IdCardAnswer
from gatekeeper.node.head import bounded
from gatekeeper.readers.by_hand import ByHand, Trouble
from gatekeeper.readers.desk_card import read_thai_id
from gatekeeper.readers.thai_id import Name, ThaiId

__all__ = ["LONGEST_WAIT_S", "IdCards"]

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 10.0
"""For a card to be put in: a desk that waits longer asks again."""

Read = Callable[..., ThaiId | ByHand]


class IdCards:
    """The contact readers of the desks. Asked from many threads."""

    def __init__(self, desks: Iterable[DeskSettings], read: Read = read_thai_id) -> None:
        """Opens nothing; `read` is `read_thai_id` but in tests."""
        self._desks = {desk.id: desk for desk in desks}
        self._read = read
        self._busy = {desk: threading.Lock() for desk in self._desks}

    def read(self, desk: str, wait_s: float) -> IdCardAnswer:
        """The card at `desk`. Raises UserError where the settings know no such desk."""
        settings = self._desks.get(desk)
        if settings is None:
            raise UserError(f"desk {desk!r} is not defined")
        lock = self._busy[desk]
        if not lock.acquire(blocking=False):
            return _by_hand(ByHand(Trouble.IN_USE, "another page reads it"))
        try:
            wait = bounded(wait_s, LONGEST_WAIT_S)
            return _told(desk, self._read(settings.id_card_reader, wait_s=wait))
        except ConfigError as error:
            log.warning("desk %s: %s", desk, error)
            return _by_hand(ByHand(Trouble.NO_SERVICE, str(error)))
        finally:
            lock.release()


def _told(desk: str, outcome: ThaiId | ByHand) -> IdCardAnswer:
    if isinstance(outcome, ByHand):
        log.info("desk %s: identity card not read (%s): %s", desk, outcome.trouble, outcome.detail)
        return _by_hand(outcome)
    thai, latin = outcome.name_th, outcome.name_en
    card = IdCard(
        number=outcome.number,
        title=thai.title,
        first_name=_given(thai),
        last_name=thai.last,
        name_latin=" ".join(part for part in (latin.title, _given(latin), latin.last) if part),
    )
    return IdCardAnswer(card=card)


def _given(name: Name) -> str:
    return f"{name.first} {name.middle}".strip()


def _by_hand(outcome: ByHand) -> IdCardAnswer:
    return IdCardAnswer(card=None, reason=outcome.trouble.value, th=outcome.th, en=outcome.en)

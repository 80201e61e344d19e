"""A contact card at a desk: found, read once and left, within a time that a person waits.

The calls of the card service may never come back (a chip that does not answer), so they are
made in a thread that is left behind if it comes to that; it ends when its call does.
"""

from __future__ import annotations

import logging
import threading
import time

from gatekeeper.errors import CardError, TransportError
from gatekeeper.readers.by_hand import ByHand, Trouble
from gatekeeper.readers.facts import TRAFFIC
from gatekeeper.readers.pcsc_watch import choose
from gatekeeper.readers.scard import Card, Cause, Service, cause_of
from gatekeeper.readers.thai_id import ThaiId, read_card

__all__ = ["READ_S", "read_thai_id"]

READ_S = 8.0
"""A whole card takes one to two seconds; a chip may take its time for a single answer."""
STEP_MS = 200
IN_USE = 0x8010000B
"""Another program holds the card for itself (SCARD_E_SHARING_VIOLATION)."""

log = logging.getLogger("gatekeeper.readers")


def read_thai_id(
    part: str = "", *, wait_s: float = 0.0, birth: bool = False, read_s: float = READ_S
) -> ThaiId | ByHand:
    """Read the Thai identity card in the reader whose name contains `part`.

    Waits `wait_s` for a card and `read_s` for its answers. Raises ConfigError where pyscard is
    not installed; everything else that can go wrong at a desk is a ByHand.
    """
    desk = _Desk(part, time.monotonic() + wait_s, birth=birth)
    thread = threading.Thread(target=desk.run, name="desk-card", daemon=True)
    thread.start()
    thread.join(wait_s + read_s)
    if thread.is_alive():
        return ByHand(Trouble.SILENT, f"no answer within {read_s:.0f} s")
    if isinstance(desk.outcome, ThaiId | ByHand):
        return desk.outcome
    raise desk.outcome


class _Desk:
    """One attempt."""

    def __init__(self, part: str, until: float, *, birth: bool) -> None:
        self.outcome: ThaiId | ByHand | BaseException = ByHand(Trouble.SILENT)
        self._part, self._until, self._birth = part, until, birth

    def run(self) -> None:
        """Sets `outcome`."""
        try:
            with Service() as service:
                self.outcome = self._look(service)
        except CardError as error:
            self.outcome = _by_hand(error)
        except BaseException as error:
            self.outcome = error

    def _look(self, service: Service) -> ThaiId | ByHand:
        try:
            reader = choose(service.readers(), self._part)
        except CardError:
            raise
        except TransportError as error:
            return ByHand(Trouble.NO_READER, str(error))
        state = service.state(reader)
        while not state.present:
            left_ms = round((self._until - time.monotonic()) * 1000)
            if left_ms <= 0:
                return ByHand(Trouble.NO_CARD, f"{reader}: no card")
            state = service.state(reader, state.known, min(left_ms, STEP_MS))
        if state.mute:
            return ByHand(Trouble.DAMAGED, f"{reader}: the chip does not answer to power")
        with service.connect(reader) as card:
            return read_card(lambda command: _transmit(card, command), state.atr, birth=self._birth)


def _transmit(card: Card, command: bytes) -> bytes:
    """As the card answers; the log is told how much, and not what."""
    answer = card.transmit(command)
    if log.isEnabledFor(TRAFFIC):
        sent, status = command.hex().upper(), answer[-2:].hex().upper()
        log.log(TRAFFIC, "desk > %s < %d bytes, %s", sent, len(answer), status)
    return answer


def _by_hand(error: CardError) -> ByHand:
    troubles = {Cause.SERVICE: Trouble.NO_SERVICE, Cause.READER: Trouble.NO_READER}
    cause = cause_of(error.code)
    if error.code == IN_USE:
        return ByHand(Trouble.IN_USE, str(error))
    if cause is Cause.CARD:
        # Also a chip that is put in askew, or wakes up too late: the same remedy.
        return ByHand(Trouble.REMOVED, str(error))
    return ByHand(troubles.get(cause, Trouble.DAMAGED), str(error))

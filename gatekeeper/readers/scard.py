"""The smart-card service (PC/SC) as this house uses it: the only room that imports pyscard.

pyscard is imported when a service is opened, so that everything else works where it is not
installed. Its plain functions are used and not its objects: those keep handles until the
garbage collector comes, and print noise when the service has gone by then. What is opened
here is closed here.

Any call may block for as long as a card, a reader or the service likes; callers hold a
thread for it. A context is used by one thread at a time. Every fault is a CardError with the
service's own number, or a ConfigError that says what to install.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum, auto
from types import ModuleType, TracebackType
from typing import Any, Self

from gatekeeper.errors import CardError, ConfigError

__all__ = ["Card", "CardState", "Cause", "Service", "cause_of"]

ESCAPE = 0x42000000 + 3500
"""Control code of the readers' own commands (SCARD_CTL_CODE(3500) of pcsc-lite; the "escape"
of libccid, which takes it only where ifdDriverOptions in its Info.plist has bit 0001)."""

INSTALL = (
    "the Python package pyscard is not installed; "
    "apt-get install swig gcc python3-dev libpcsclite-dev, then make setup or pip install pyscard"
)
START = "a running service is due (apt-get install pcscd; systemctl start pcscd)"

log = logging.getLogger("gatekeeper.readers")


class Cause(Enum):
    """What a fault of the service is about, and so what to do."""

    SERVICE = auto()
    """The service itself: a new context is needed, later."""
    READER = auto()
    """The reader is gone or unknown."""
    CARD = auto()
    """The card went, was exchanged or was reset: connect anew."""
    OTHER = auto()
    """Anything else: of this card at this moment."""


_CAUSES = {
    Cause.SERVICE: {
        0x80100001,  # internal error
        0x80100003,  # invalid handle: the service that gave it is no more
        0x80100006,  # no memory: more contexts than the service has
        0x80100012,  # shut down
        0x8010001D,  # service not available; an old context says so for ever
        0x8010001E,  # service stopped
        0x80100031,  # too busy
    },
    Cause.READER: {0x80100009, 0x80100017, 0x8010002E},
    Cause.CARD: {
        0x8010000C,  # no card
        0x80100016,  # removed within the service's own poll
        0x80100066,  # does not answer to power
        0x80100067,  # not powered
        0x80100068,  # reset by another program
        0x80100069,  # removed
    },
}
NO_TIME, REMOVED, READER_GONE = 0x8010000A, 0x80100069, 0x80100017
CHANGED, UNKNOWN, UNAVAILABLE, PRESENT, MUTE = 0x02, 0x04, 0x08, 0x20, 0x200
"""Bits of a reader's state."""


def cause_of(code: int) -> Cause:
    """What the service's fault number `code` is about."""
    return next((cause for cause, codes in _CAUSES.items() if code in codes), Cause.OTHER)


@dataclass(frozen=True, slots=True)
class CardState:
    """What the service says of a reader."""

    known: int
    """To be given back at the next question; its upper half counts insertions and removals."""
    atr: bytes

    @property
    def present(self) -> bool:
        """Whether a card is there."""
        return bool(self.known & PRESENT)

    @property
    def mute(self) -> bool:
        """Whether the card that is there does not answer to power."""
        return bool(self.known & MUTE)

    @property
    def changes(self) -> int:
        """Insertions and removals that the service has counted."""
        return self.known >> 16


class Service:
    """One context. `open()` takes it, `close()` gives it back."""

    def __init__(self) -> None:
        self._scard: Any = None
        self._context: Any = None

    def open(self) -> None:
        """Raises ConfigError where pyscard is not installed, CardError where no service runs."""
        self.close()
        self._scard = _library()
        code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_SYSTEM)
        if _number(code) != 0:
            raise self._fault(code, "smart-card service", START)
        self._context = context

    def close(self) -> None:
        """Give the context back, also to a service that has gone. Never raises."""
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def readers(self) -> list[str]:
        """Names of the connected readers, in the service's order."""
        code, names = self._scard.SCardListReaders(self._context, [])
        if _number(code) != 0 and cause_of(_number(code)) is not Cause.READER:
            raise self._fault(code, "smart-card service", START)
        return [str(name) for name in names]

    def state(self, reader: str, known: int = 0, wait_ms: int = 0) -> CardState:
        """What is at `reader`; returns as soon as it differs from `known`, or after `wait_ms`."""
        code, states = self._scard.SCardGetStatusChange(self._context, wait_ms, [(reader, known)])
        if _number(code) not in (0, NO_TIME):
            raise self._fault(code, reader, "its state is due")
        _, event, atr = states[0]
        if event & (UNKNOWN | UNAVAILABLE):
            raise self._fault(READER_GONE, reader, "a connected reader is due")
        return CardState(event & ~CHANGED, bytes(atr))

    def connect(self, reader: str) -> Card:
        """The card at `reader`, shared with other programs."""
        s = self._scard
        code, handle, protocol = s.SCardConnect(
            self._context, reader, s.SCARD_SHARE_SHARED, s.SCARD_PROTOCOL_T0 | s.SCARD_PROTOCOL_T1
        )
        if _number(code) != 0:
            raise self._fault(code, reader, "a card is due")
        return Card(s, reader, handle, protocol)

    def escape(self, reader: str, command: bytes) -> bytes:
        """The answer of `reader` itself, with no card needed; few drivers allow it."""
        s = self._scard
        code, handle, protocol = s.SCardConnect(
            self._context, reader, s.SCARD_SHARE_DIRECT, s.SCARD_PROTOCOL_UNDEFINED
        )
        if _number(code) != 0:
            raise self._fault(code, reader, "the reader itself is due")
        with Card(s, reader, handle, protocol) as card:
            code, answer = s.SCardControl(card.handle, ESCAPE, list(command))
            if _number(code) != 0:
                raise self._fault(code, reader, f"an answer to {command.hex().upper()} is due")
        return bytes(byte & 0xFF for byte in answer)

    def _fault(self, code: int, what: str, due: str) -> CardError:
        return _fault(self._scard, code, what, due)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Card:
    """A card in a reader, connected. `close()` leaves it as it is for others."""

    def __init__(self, scard: ModuleType, reader: str, handle: Any, protocol: int) -> None:
        self.reader, self.handle = reader, handle
        self._scard, self._protocol = scard, protocol

    def transmit(self, command: bytes) -> bytes:
        """The card's whole answer to `command`. Waits for it as long as the card likes."""
        code, answer = self._scard.SCardTransmit(self.handle, self._protocol, list(command))
        if _number(code) != 0:
            raise _fault(self._scard, code, self.reader, "an answer of the card is due")
        if not answer:
            # What some drivers make of a card that goes while it is asked.
            raise _fault(self._scard, REMOVED, self.reader, "an answer of the card is due")
        return bytes(byte & 0xFF for byte in answer)

    def close(self) -> None:
        """Give the handle back; harmless where card, reader or service have gone."""
        handle, self.handle = self.handle, None
        if handle is not None:
            self._scard.SCardDisconnect(handle, self._scard.SCARD_LEAVE_CARD)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _library() -> Any:
    try:
        from smartcard import scard
    except ModuleNotFoundError as error:
        raise ConfigError(INSTALL) from error
    except ImportError as error:
        what = f"pyscard cannot be loaded ({error}); apt-get install libpcsclite1"
        raise ConfigError(what) from error
    return scard


def _number(code: int) -> int:
    """pyscard gives the service's numbers with a sign on some machines."""
    return code & 0xFFFFFFFF


def _fault(scard: Any, code: int, what: str, due: str) -> CardError:
    number = _number(code)
    if cause_of(number) is Cause.SERVICE:
        due = START
    words = str(scard.SCardGetErrorMessage(number)).strip().rstrip(".")
    return CardError(f"{what}: {words} ({number:08X}) seen; {due}", number)

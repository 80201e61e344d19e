"""Driver of Wiegand readers behind a serial converter: it listens; each number is one tap.

What the bits mean and how the converter writes them are settings (`format`, `form`), never
guessed: two formats have 37 bits, and eight digits may be decimal or hexadecimal. The wire
has no presence and no check but two parity bits, so a number is one tap, and a repeat within
`gone_after_ms` is the same one. One frame decides: the reader sends no second. A number that
was damaged and still fits is another card's number, mostly nobody's; `docs/readers/wiegand.md` says
what follows from that.
"""

from __future__ import annotations

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CodecError, ConfigError
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.wiegand import WiegandCodec
from gatekeeper.readers.facts import Family
from gatekeeper.readers.serial_reader import SerialReader, baud_option, gone_option

__all__ = ["WiegandReader"]


class WiegandReader(SerialReader):
    """Wiegand numbers over a serial line, one a tap."""

    title = "Wiegand reader (26, 34 or 37 bits) through a serial converter"
    wire = "wiegand"
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        # No silence of a tag, of which the wire tells nothing: a repeat within it is the same tap.
        gone_after_s=1.0,
        proves_alive=False,
    )
    options = (baud_option(9600), gone_option(family), *WiegandCodec.options)

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        try:
            super().__init__(settings, clock, transport)
        except CodecError as error:
            raise ConfigError(f"reader {settings.id!r}: {error}") from error

    def problem(self) -> str:
        """Garbage may also be another form than the one that was named."""
        problem = super().problem()
        return (
            f"{problem}, or form and format of the converter" if "garbage" in problem else problem
        )

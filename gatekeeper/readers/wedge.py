"""Driver of readers and scanners that play a keyboard, on Linux: each line of keys is a scan.

The device is taken for this process (input_device.py), its keys are read by code, and what a
line means is told by the settings (typed.py): of itself a wedge proves neither that it is a
reader nor what it reads. So it belongs to a supervised desk. Of several wedges each is named
by its own path; a wedge that is plugged in again is found by it.

People are told from machines by rhythm: keys that come slower than a quarter of a second
apart never make a line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.wedge import WedgeCodec
from gatekeeper.readers.facts import Family
from gatekeeper.readers.input_device import InputTransport, grab_device
from gatekeeper.readers.serial_reader import gone_option
from gatekeeper.readers.typed import TEXT_OPTIONS, TypedReader

__all__ = ["WedgeReader"]


class WedgeReader(TypedReader):
    """Texts from an input device, one a scan."""

    title = "Reader or scanner that plays a keyboard (HID wedge), Linux"
    wire = "wedge"
    line = "input"
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        gone_after_s=1.2,
        proves_alive=False,
    )
    options = (gone_option(family), *TEXT_OPTIONS, *WedgeCodec.options)
    grab: ClassVar[Callable[[int], None]] = staticmethod(grab_device)
    """How the device is taken."""

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        try:
            line = transport or InputTransport(settings.url, type(self).grab)
        except ConfigError as error:
            raise ConfigError(f"reader {settings.id!r}: {error}") from error
        super().__init__(settings, clock, line)

    def problem(self) -> str:
        """Lines that are none: typed by hand, or by a device set up for another keyboard."""
        if not super().problem():
            return ""
        return (
            "several lines in a row were none: check what ends a line (end), and that the device "
            "is set to a US keyboard"
        )

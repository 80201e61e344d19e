"""Driver of Parallax 28140 / 28340 readers: it enables the reader and listens.

There is no check on the wire, so a number counts when it came twice. A frame takes 50 ms at
2400 baud and comes about ten times a second, so two frames may be half a second apart when
damaged ones lie between.

The reader works only while /ENABLE is low. On the USB version that is the DTR line, which is
raised on opening; the serial version has its own wire for it. A line without DTR (a pty, a
serial server in raw mode) is taken as it is.
"""

from __future__ import annotations

from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.parallax import ParallaxCodec
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.serial_reader import SerialReader, baud_option, gone_option
from gatekeeper.readers.transport import SerialTransport

__all__ = ["ParallaxReader"]


class ParallaxReader(SerialReader):
    """125 kHz, pushes each frame by itself while it is enabled."""

    title = "Parallax RFID card reader 28140 / 28340, 125 kHz (EM4100)"
    wire = "parallax"
    family = Family(
        frames_needed=2,
        frames_within_s=0.55,
        gone_after_s=0.6,
        proves_alive=False,
    )
    probe = Probe(bauds=(2400,))
    options = (
        baud_option(2400),
        gone_option(family),
        Option("enable", "What enables the reader: dtr (the USB version), or none where its "
               "/ENABLE pin is wired low.", "dtr", choices=("dtr", "none")),
        *ParallaxCodec.options,
    )  # fmt: skip

    def on_open(self, now_ns: int) -> None:
        """Enable the reader."""
        if self.chosen["enable"] == "dtr" and isinstance(self.transport, SerialTransport):
            self.transport.raise_dtr()

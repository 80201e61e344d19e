"""Driver of QR and barcode scanners on a serial line: it listens; each text is a scan.

A scanner that is held before a code says it again and again (some twice a second), which
counts once for `gone_after_ms`. Nothing proves it alive but a scan. What a text means: typed.py.
"""

from __future__ import annotations

from gatekeeper.readers.codecs.scanner import ScannerCodec
from gatekeeper.readers.facts import Family
from gatekeeper.readers.serial_reader import baud_option, gone_option
from gatekeeper.readers.typed import TEXT_OPTIONS, TypedReader

__all__ = ["ScannerReader"]


class ScannerReader(TypedReader):
    """Texts over a serial line, one a scan."""

    title = "QR or barcode scanner on USB serial or RS-232"
    wire = "scanner"
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        gone_after_s=1.2,
        proves_alive=False,
    )
    options = (baud_option(9600), gone_option(family), *TEXT_OPTIONS, *ScannerCodec.options)

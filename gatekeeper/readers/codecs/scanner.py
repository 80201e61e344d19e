"""QR and barcode scanners on USB serial (CDC-ACM) or RS-232: a line of text a scan.

The text is the credential as it stands (`qr:…`), printable ASCII, at most 512 characters.
Cheap scanners drop or mangle what is not ASCII, so a line with such a byte, or with a control
character, is refused whole: its rest is not a shorter text. What a text means, and whether it
may be a card's number, is the driver's business. CR is what scanners send behind a text as
they leave the factory; CR LF and nothing are common settings (makers' manuals).
"""

from __future__ import annotations

import re

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.lines import END_OPTION, ENDS, LineCodec

__all__ = ["TEXT_MAX", "ScannerCodec", "text_of"]

TEXT_MAX = 512
"""As long as a credential may be."""
SCHEME = "qr:"
_TEXT = re.compile(rb"[ -~]+")


def text_of(frame: Frame, wire: str) -> str:
    """The text of a Tag that `wire` is to carry. Raises CodecError where it cannot be."""
    if not isinstance(frame, Tag) or not frame.credential.startswith(SCHEME):
        raise CodecError(f"{wire}: {frame!r} seen; a tag with a qr credential is due")
    text = frame.credential.removeprefix(SCHEME)
    if text != text.strip() or not 0 < len(text) <= TEXT_MAX or not _TEXT.fullmatch(text.encode()):
        raise CodecError(
            f"{wire}: {len(text)} characters seen; 1 to {TEXT_MAX} printable ASCII are due"
        )
    return text


class ScannerCodec(LineCodec):
    """Bytes of a scanner to tags."""

    wire = "scanner"
    line_max = TEXT_MAX
    longest = TEXT_MAX + 2
    options = (END_OPTION,)

    def encode(self, frame: Frame) -> bytes:
        """The line of a Tag with a qr credential."""
        return text_of(frame, self.wire).encode("ascii") + ENDS[self._end]

    def _read(self, text: bytes) -> tuple[str, Details] | GarbageReason:
        line = text.rstrip(b"\r\n") if self._end == "silence" else text
        if not _TEXT.fullmatch(line) or not (said := line.decode("ascii").strip()):
            return GarbageReason.FRAMING
        return SCHEME + said, ()

"""Card numbers of a session replaced by made-up ones, so that the file may be given away.

A card keeps one stand-in through the whole session, of the same scheme and length. A tag's
frame is made anew by the codec of the wire, and believed only when a decoder reads the
stand-in from as many bytes. What cannot be made anew so (damaged frames, in which a number
may stand in part; frames that list several cards) is blanked with zeros, and counted. What
the host sent is left as it is: no driver sends a card's number.

Bytes keep their number and their time; a piece waits until the frames in it are known.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import string
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from msgspec import structs

from gatekeeper.errors import CodecError
from gatekeeper.readers.capture import QUIET_US, Direction, Piece
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Answer, Frame, Tag

__all__ = ["Masker", "stand_in"]

_WIEGAND_WIDTHS = {"w26": (8, (16,)), "w34": (16, (16,)), "w37": (16, (19, 35))}
"""Bits of facility and of card; w37 has two forms."""


def stand_in(credential: str, key: bytes) -> str:
    """A made-up credential of the same scheme and length, the same for the same one.

    What says how far a UID can be trusted, its first byte, is kept.
    """
    scheme, _, value = credential.partition(":")
    dice = hmac.new(key, credential.encode(), hashlib.sha512).digest()
    if scheme in _WIEGAND_WIDTHS:
        facility, card = (int(part) for part in value.split(":"))
        width, widths = _WIEGAND_WIDTHS[scheme]
        bits = next((bits for bits in widths if card < 1 << bits), 35)
        made = int.from_bytes(dice[:2], "big") % (1 << width) if facility else 0
        return f"{scheme}:{made}:{int.from_bytes(dice[2:10], 'big') % (1 << bits)}"
    if scheme == "qr":
        return "qr:" + "".join(map(_other_character, value, _stream(dice)))
    kept = 2 if scheme == "uid" else 0
    return f"{scheme}:{value[:kept]}{dice.hex().upper()[: len(value) - kept]}"


def _stream(dice: bytes) -> Iterator[int]:
    """As many dice as are asked for."""
    while True:
        yield from dice
        dice = hashlib.sha512(dice).digest()


def _other_character(character: str, die: int) -> str:
    """A digit for a digit, a letter for a letter: a text keeps its form."""
    for alphabet in (string.digits, string.ascii_uppercase, string.ascii_lowercase):
        if character in alphabet:
            return alphabet[die % len(alphabet)]
    return character if character.isascii() else "?"


class Masker:
    """Pieces in, pieces without card numbers out, in the same order."""

    def __init__(self, wire: str, options: Mapping[str, object], key: bytes) -> None:
        """Raises CodecError for a wire that has no codec."""
        self._wire, self._options, self._key = wire, options, key
        self._codec = make_codec(wire, options)
        self._waiting: deque[Piece] = deque()
        self._ready = bytearray()
        self._heard_us = 0
        self._cards: set[bytes] = set()
        self.masked = 0
        """Tag reads that were made anew."""
        self.blanked = 0
        """Frames and pieces of garbage of which nothing but the length is left."""

    def feed(self, piece: Piece) -> list[Piece]:
        """What can be given out now that `piece` has come."""
        if self._codec.pending and piece.t_us - self._heard_us >= QUIET_US:
            self._take(self._codec.idle())
        self._waiting.append(piece)
        if piece.direction is Direction.IN:
            self._heard_us = piece.t_us
            self._take(self._codec.feed(piece.data))
        elif piece.direction is Direction.LOST:
            self._take(self._codec.idle())
        return list(self._given_out())

    def end(self) -> list[Piece]:
        """The rest."""
        self._take(self._codec.idle())
        return list(self._given_out())

    def _given_out(self) -> Iterator[Piece]:
        while self._waiting:
            piece = self._waiting[0]
            if piece.direction is Direction.IN:
                if len(self._ready) < len(piece.data):
                    return
                data = bytes(self._ready[: len(piece.data)])
                del self._ready[: len(piece.data)]
                piece = replace(piece, data=data)
            self._waiting.popleft()
            yield piece

    def _take(self, frames: list[Frame]) -> None:
        for number, frame in enumerate(frames):
            if not frame.raw:
                continue  # a further card of a frame that was blanked
            alone = number + 1 == len(frames) or bool(frames[number + 1].raw)
            made = self._made(frame) if alone else None
            if made is None:
                self.blanked += 1
            self._ready += made if made is not None else bytes(len(frame.raw))

    def _made(self, frame: Frame) -> bytes | None:
        if isinstance(frame, Tag):
            self._cards |= _forms(frame.credential)
            return self._anew(frame)
        if isinstance(frame, Answer) and not any(form in frame.raw for form in self._cards):
            return frame.raw
        return None

    def _anew(self, tag: Tag) -> bytes | None:
        # Without its bytes: a codec may give those back for what it cannot build.
        other = structs.replace(tag, credential=stand_in(tag.credential, self._key), raw=b"")
        for attempt in (other, structs.replace(other, details=())):
            try:
                raw = self._codec.encode(attempt)
            except CodecError:
                continue
            fresh = make_codec(self._wire, self._options)
            found = fresh.feed(raw) + fresh.idle()
            if len(raw) == len(tag.raw) and len(found) == 1 and _is(found[0], other):
                self.masked += 1
                return raw
        return None


def _is(frame: Frame, due: Tag) -> bool:
    return isinstance(frame, Tag) and frame.credential == due.credential


def _forms(credential: str) -> set[bytes]:
    """How a number may stand in a frame: as text, as bytes, as bytes in reverse."""
    value = credential.partition(":")[2]
    forms = {value.encode()}
    with contextlib.suppress(ValueError):
        forms |= {bytes.fromhex(value), bytes.fromhex(value)[::-1]}
    return {form for form in forms if len(form) >= 4}

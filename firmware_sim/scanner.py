"""A QR scanner on USB serial: the text of the code and a line end, once a scan.

What makers' manuals say: CR behind the text from the factory, LF, CR LF or nothing as
settings; a code that stays in view is told again after a while where the scanner is set to
read continuously, and once where a trigger or a new code starts it (as here). USB serial has
no speed; 9600 paces the line as an RS-232 cable would.

What it does not imitate: bar codes with their own character sets, AIM identifiers, prefixes,
configuration codes, and the beeper.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import ClassVar

from firmware_sim.faults import EpisodeFault, FrameFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.tap import TapDevice

__all__ = ["Scanner"]

ENDS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "none": b""}
BANNER = b"QR Scanner V2.31 (C) 2024\r\n"
"""What such a device says of itself when it starts; made up."""
_AGAIN_S = 0.25


def _no_end(whole: bytes, _rng: random.Random) -> bytes:
    return whole.rstrip(b"\r\n")


def _thai(whole: bytes, rng: random.Random) -> bytes:
    """A character that is no ASCII: a scanner sends it in UTF-8."""
    at = rng.randrange(max(1, len(whole) - 2))
    return whole[:at] + "ก".encode() + whole[at + 1 :]


class Scanner(TapDevice):
    """One scanner on its line."""

    schemes = ("qr",)
    default_baud = 9600
    gone_s = 1.2
    option_names = frozenset({"end"})
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {
        "scanner.no_end": _no_end,
        "scanner.thai": _thai,
    }
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {
        fault.name: fault
        for fault in (
            EpisodeFault("scanner.stutter", 0.5, 1.5),
            EpisodeFault("scanner.restart", 0.3, 0.8),
        )
    }

    def frame_of(self, credential: str) -> bytes:
        """The text and its end."""
        end = self.options.get("end", "cr")
        if end not in ENDS:
            raise ValueError(f"{self.reader}: end {end!r} seen; {', '.join(ENDS)} is due")
        return credential_bytes(credential) + ENDS[end]

    def spoiled(self, tag: Tag) -> bool:
        """One code at a time is in view."""
        return self.field.tags[0] is not tag

    def on_episode(self, name: str, seconds: float) -> None:
        """The code is told again and again, or the scanner restarts and says so."""
        if not self.wire.plugged or self.silent:
            return
        if name == "scanner.restart":
            self.silence(seconds)
            self.loop.after(seconds, self._banner)
            return
        for number in range(1, round(seconds / _AGAIN_S) + 1):
            self.loop.after(number * _AGAIN_S, self._again)

    def _again(self) -> None:
        if self.field.tags and self.wire.plugged:
            self.announce(self.field.tags[0])

    def _banner(self) -> None:
        if self.wire.plugged:
            self.wire.send(BANNER)

"""Lights and buzzer of the ACR122U: what they are told, and what still waits to be told.

Knows no service and no card; pcsc_watch.py sends what is due here.

    FF 00 40 P2 04 T1 T2 N B    blink N times, T1 on and T2 off (100 ms), buzzer B during T1
    FF 00 52 00 00              no beep of its own when a card comes
    … 90 xx                     done; xx is the state of the lights

P2, from bit 0: red at the end, green at the end, red counts, green counts, red at first, green
at first, red blinks, green blinks. The reader is busy while it blinks, so the signals are
short; and both lights are off at the end, so that no green is left for whoever comes next.
(ACR122U API V2.04, 6.2 and 6.7; the bits as in the ACR122L manual, table 2.0B.)
"""

from __future__ import annotations

from gatekeeper.model import ReasonClass
from gatekeeper.readers.facts import Counters

__all__ = ["BEEP_OFF", "Lights", "is_done", "signal"]

BEEP_OFF = bytes.fromhex("FF00520000")

RED, GREEN = 0b01_01_01_00, 0b10_10_10_00
"""The light counts, is on at first, blinks, and is off at the end."""
BOTH_COUNT = 0b1100
_SIGNALS = {
    # lights, 100 ms on, 100 ms off, times
    ReasonClass.GREEN: (GREEN, 2, 0, 1),
    ReasonClass.AMBER: (RED | GREEN, 1, 1, 2),
    ReasonClass.RED: (RED, 6, 0, 1),
}
BUZZER_IN_T1 = 1
ACR122 = "ACR122"
"""In the names of readers that know these commands."""


def signal(shown: ReasonClass, *, buzzer: bool) -> bytes:
    """The command for a decision: green once short, amber twice, red once long."""
    lights, on, off, times = _SIGNALS[shown]
    sound = BUZZER_IN_T1 if buzzer else 0
    return bytes([0xFF, 0x00, 0x40, lights | BOTH_COUNT, 0x04, on, off, times, sound])


def is_done(answer: bytes) -> bool:
    """Whether the reader has done it."""
    return len(answer) == 2 and answer[0] == 0x90


class Lights:
    """Those of one reader. `want` is called from any thread, the rest from one."""

    def __init__(self, kind: str, counters: Counters, *, buzzer: bool) -> None:
        """`kind`: acr122u, none, or auto for what the reader's name says."""
        self._kind, self._counters, self._buzzer = kind, counters, buzzer
        self._wanted: ReasonClass | None = None
        self._beeps = True

    def want(self, shown: ReasonClass) -> None:
        """A decision is to be shown; the last of several counts."""
        self._wanted = shown

    @property
    def waiting(self) -> bool:
        """Whether a decision waits to be shown."""
        return self._wanted is not None

    def due(self, reader: str, *, card: bool) -> list[bytes]:
        """What is to be sent now to `reader`, by its name; each is given once.

        The reader's own beep is ended at the first card: it says "card seen", which sounds
        like "come in".
        """
        shown, self._wanted = self._wanted, None
        if self._kind == "none" or (self._kind == "auto" and ACR122 not in reader.upper()):
            return []
        commands = [BEEP_OFF] if card and self._beeps else []
        self._beeps = self._beeps and not card
        return commands + ([signal(shown, buzzer=self._buzzer)] if shown else [])

    def take(self, answer: bytes) -> None:
        """The answer to one of them."""
        if not is_done(answer):
            self._counters.errors["lights_refused"] += 1

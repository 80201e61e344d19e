"""Commands to an OSDP reader and the numbers in its events, as libosdp's dicts have them.

The numbers are libosdp's (include/osdp.h); a test holds them to the installed library. Times
on the wire are tenths of a second, and one byte long in libosdp's Python binding.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from gatekeeper.model import ReasonClass
from gatekeeper.readers.osdp_wire import Command

__all__ = ["OUTPUT_S_MAX", "Job", "local_status", "output", "shown"]

COMMAND_OUTPUT, COMMAND_LED, COMMAND_BUZZER, COMMAND_STATUS = 1, 2, 3, 9
EVENT_CARD, EVENT_KEYS, EVENT_STATUS = 1, 2, 4
STATUS_LOCAL, STATUS_READER = 2, 3
CAP_OUTPUT, CAP_LED, CAP_AUDIBLE = 2, 4, 5
RED, GREEN, AMBER = 1, 2, 3

OUTPUT_S_MAX = 25.5
"""Longest time for which a contact can be closed, in seconds."""
_LED_TEMPORARY, _BUZZER_TONE, _OUTPUT_ON_TIMED = 2, 2, 5
"""Control codes: show for a time; the default tone; close now and open after the timer."""
_SHOWN_TENTHS = 20

_ANSWERS = {
    ReasonClass.GREEN: (GREEN, 10, 0, 1),
    ReasonClass.AMBER: (AMBER, 3, 2, 2),
    ReasonClass.RED: (RED, 2, 1, 3),
}
"""Colour, tenths lit, tenths dark (the rhythm says the same as the colour), beeps."""


@dataclass(slots=True, eq=False)
class Job:
    """A command to the reader, and how it ended."""

    code: Command
    command: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    obeyed: bool = False
    withdrawn: bool = False
    """Whoever asked no longer waits: it must not be done any more."""

    def end(self, *, obeyed: bool) -> None:
        """Tell whoever waits."""
        self.obeyed = obeyed
        self.done.set()


def shown(answer: ReasonClass, *, led: bool, buzzer: bool) -> list[Job]:
    """What lets a reader show an answer with what it has."""
    colour, lit, dark, beeps = _ANSWERS[answer]
    jobs = []
    if led:
        light = {
            "command": COMMAND_LED,
            "reader": 0,
            "led_number": 0,
            "temporary": True,
            "control_code": _LED_TEMPORARY,
            "on_count": lit,
            "off_count": dark,
            "on_color": colour,
            "off_color": 0,
            "timer_count": _SHOWN_TENTHS,
        }
        jobs.append(Job(Command.LED, light))
    if buzzer:
        tone = {
            "command": COMMAND_BUZZER,
            "reader": 0,
            "control_code": _BUZZER_TONE,
            "on_count": 5 if beeps == 1 else 1,
            "off_count": 1,
            "rep_count": beeps,
        }
        jobs.append(Job(Command.BUZ, tone))
    return jobs


def output(number: int, seconds: float) -> Job:
    """Close contact `number`, from 1, for `seconds` (0.1 to 25.5)."""
    command = {
        "command": COMMAND_OUTPUT,
        "output_no": number - 1,
        "control_code": _OUTPUT_ON_TIMED,
        "timer_count": max(1, round(seconds * 10)),
    }
    return Job(Command.OUT, command)


def local_status() -> Job:
    """Ask for tamper and power."""
    command = {"command": COMMAND_STATUS, "type": STATUS_LOCAL, "report": b""}
    return Job(Command.LSTAT, command)

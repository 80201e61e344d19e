"""What really happened on the wires, as presentations: the yardstick of the reconciliation.

A presentation is what any host could know: frames of one tag at one reader that follow each
other within the gone time. It becomes decidable at its first intact frame (UHF), or at the
second of two equal ones with no other tag between them (125 kHz). At that instant the model
is asked for the right verdict. Where the wire leaves room for two readings (a pause about as
long as the gone time, also but for a machine that held the simulator up; two tags taking
turns) the presentation is marked `maybe`: neither
its entry nor the lack of it is a fault.

Written to truth.jsonl when it is over, each line flushed at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from firmware_sim.field import FrameReport
from firmware_sim.loop import SECOND, Loop
from firmware_sim.people import Gate

__all__ = ["FRAMES_KEPT", "Open", "ReaderRules", "Truth"]

FRAMES_KEPT = 4
"""Times of so many intact frames are written: a decision takes one or two."""

_SAME, _OTHER = 0.8, 1.3
"""A pause shorter than the first part of the gone time joins, longer than the second parts."""
_SWEEP_S = 0.1
_RACE = ("granted", "already_in")
_EITHER = {
    "granted": ("already_in",),
    "granted_reentry": ("already_in",),
    "already_in": ("granted", "granted_reentry"),
    "granted_exit": ("not_in",),
    "not_in": ("granted_exit",),
}
"""What else may come of a tag whose last reading could rightly have ended in two ways."""


@dataclass(frozen=True, slots=True)
class ReaderRules:
    """How frames of one reader become presentations."""

    gates: dict[int, Gate]
    """Gate by antenna."""
    frames: int = 1
    """Equal frames that a decision takes."""
    gone_ns: int = SECOND


@dataclass(slots=True)
class Open:
    """A presentation under way."""

    id: int
    reader: str
    credential: str
    antenna: int
    behaviour: str = ""
    race: str = ""
    frames_ns: list[int] = field(default_factory=list)
    last_ns: int = 0
    intact: int = 0
    destroyed: int = 0
    unheard: int = 0
    run: int = 0
    """Equal frames in a row, up to now."""
    retried: int = 0
    since_ns: int = 0
    """Last intact frame of the presentation before this one, where that was not long ago."""
    lost_ns: int = 0
    """What the loop had lost by the last intact frame."""
    stalled_ns: int = 0
    """What it lost between `since_ns` and the first intact frame."""
    maybe: bool = False
    expected: list[str] = field(default_factory=list)
    decided_ns: int = 0
    decided_at: float = 0.0


class Truth:
    """Follows every frame and writes what became of it."""

    def __init__(
        self,
        loop: Loop,
        output: IO[str],
        rules: dict[str, ReaderRules],
        decide: Callable[[Gate, str, float], list[str]],
    ) -> None:
        self.on_decided: Callable[[Open], None] = lambda _open: None
        self.counts = {"presentations": 0, "retried": 0, "maybe": 0}
        self._loop, self._output, self._rules, self._decide = loop, output, rules, decide
        self._open: dict[tuple[str, str], Open] = {}
        self._notes: dict[tuple[str, str], tuple[str, str, int, int]] = {}
        self._before: dict[str, str] = {}
        self._uncertain: set[str] = set()
        self._number = 0
        self._sweeping = False

    @property
    def under_way(self) -> int:
        """Presentations that are not over yet."""
        return len(self._open)

    def annotate(
        self,
        reader: str,
        credential: str,
        behaviour: str = "",
        race: str = "",
        retried: int = 0,
        antenna: int = 0,
    ) -> None:
        """Say of the presentation to come (or under way) what the crowd means by it.

        `antenna` is the one that the tag is nearest to, whichever hears it first; 0: unsaid.
        """
        key = (reader, credential)
        current = self._open.get(key)
        if current is not None and not current.decided_ns:
            current.behaviour, current.race, current.retried = behaviour, race, retried
            race, retried = "", 0
        self._notes[key] = (behaviour, race, retried, antenna)

    def frame(self, report: FrameReport) -> None:
        """Take account of one frame that a reader has sent."""
        if report.fault:
            self._write(
                type="frame",
                reader=report.reader,
                fate=report.fate,
                fault=report.fault,
                ns=report.ns,
                credential=report.credential,
                hex=report.data.hex().upper(),
            )
        if report.credential is None:
            return
        if report.ghost:
            self._write(
                type="ghost", reader=report.reader, credential=report.credential, ns=report.ns
            )
            self._before[report.reader] = report.credential
            return
        current = self._current(report)
        if report.fate == "intact":
            self._intact(current, report)
        elif report.fate == "destroyed":
            current.destroyed += 1
        else:
            current.unheard += 1

    def note(self, **values: Any) -> None:
        """Write a line of another type (`type` is among `values`)."""
        self._write(**values)

    def finish(self) -> None:
        """Write everything that is still open."""
        for key in list(self._open):
            self._close(key)

    def _current(self, report: FrameReport) -> Open:
        key = (report.reader, report.credential or "")
        current = self._open.get(key)
        gone = self._rules[report.reader].gone_ns
        pause = report.ns - current.last_ns if current and current.last_ns else 0
        doubtful = _SAME * gone < pause
        stalled = self._loop.lost_ns - current.lost_ns if current else 0
        if current and doubtful and current.decided_ns:
            self._close(key)
            current = None
        elif current and doubtful:
            current.run = 0
        if current is None:
            self._number += 1
            behaviour, race, retried, antenna = self._notes.get(key, ("", "", 0, 0))
            self._notes[key] = (behaviour, "", 0, antenna)  # they hold for one presentation
            current = Open(
                self._number,
                report.reader,
                key[1],
                antenna or report.antenna,
                behaviour=behaviour,
                race=race,
                retried=retried,
                since_ns=report.ns - pause if doubtful else 0,
                stalled_ns=stalled if doubtful else 0,
            )
            self._open[key] = current
            self._sweep_later()
        return current

    def _intact(self, current: Open, report: FrameReport) -> None:
        rules = self._rules[report.reader]
        alone = self._before.get(report.reader) in (None, current.credential)
        self._before[report.reader] = current.credential
        if not current.intact and current.since_ns:
            silent_ns = report.ns - current.since_ns - current.stalled_ns
            current.maybe = silent_ns < _OTHER * rules.gone_ns
        current.intact += 1
        current.last_ns, current.lost_ns = report.ns, self._loop.lost_ns
        current.run = current.run + 1 if alone or not current.run else 1
        if len(current.frames_ns) < FRAMES_KEPT:
            current.frames_ns.append(report.ns)
        if not current.decided_ns and current.run >= rules.frames:
            current.decided_ns = report.ns
            current.decided_at = time.time()
            gate = rules.gates[current.antenna]
            current.expected = self._expected(gate, current)
            self.on_decided(current)

    def _expected(self, gate: Gate, current: Open) -> list[str]:
        """The right reason; two of them where an earlier reading may have been taken."""
        reasons = self._decide(gate, current.credential, current.decided_at)
        if current.race and not set(reasons).isdisjoint(_RACE):
            return list(_RACE)
        twofold = len(reasons) > 1
        if current.credential in self._uncertain:
            reasons += [other for reason in reasons for other in _EITHER.get(reason, ())]
        (self._uncertain.add if twofold else self._uncertain.discard)(current.credential)
        return reasons

    def _sweep_later(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            self._loop.after(_SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = False
        now = self._loop.now()
        for key, current in list(self._open.items()):
            last = current.last_ns or now
            stalled = self._loop.lost_ns - current.lost_ns if current.last_ns else 0
            if now - last - stalled > _OTHER * self._rules[current.reader].gone_ns:
                self._close(key)
            elif not current.last_ns and not current.decided_ns:
                # Nothing intact yet: give it one gone time.
                current.last_ns, current.lost_ns = now, self._loop.lost_ns
        if self._open:
            self._sweep_later()

    def _close(self, key: tuple[str, str]) -> None:
        current = self._open.pop(key)
        if not current.decided_ns and current.intact >= self._rules[current.reader].frames:
            current.maybe = True  # enough frames, but never in the order that makes sure
            self._uncertain.add(current.credential)
        self._counted(current)
        gate = self._rules[current.reader].gates[current.antenna]
        self._write(
            type="presentation" if current.decided_ns or current.maybe else "unread",
            id=f"p{current.id}",
            reader=current.reader,
            gate=gate.id,
            antenna=current.antenna,
            credential=current.credential,
            expected=current.expected,
            behaviour=current.behaviour,
            race=current.race or None,
            maybe=current.maybe,
            first_ns=current.frames_ns[0] if current.frames_ns else None,
            frames_ns=current.frames_ns,
            decided_ns=current.decided_ns or None,
            decided_at=current.decided_at or None,
            intact=current.intact,
            destroyed=current.destroyed,
            unheard=current.unheard,
            retried=current.retried,
        )

    def _counted(self, current: Open) -> None:
        if current.maybe:
            self.counts["maybe"] += 1
        elif current.decided_ns:
            self.counts["presentations"] += 1
            self.counts["retried"] += bool(current.retried)

    def _write(self, **values: Any) -> None:
        self._output.write(json.dumps(values, separators=(",", ":")) + "\n")
        self._output.flush()

"""Puts a scenario together: readers on lines, the truth about them, and what may be done.

The only module that builds devices. What it offers (tap, unplug, silence, …) is what the
control interface and the crowd use.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firmware_sim.device import Device
from firmware_sim.devices import device_class
from firmware_sim.doorways import Doorways
from firmware_sim.faults import Faults
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND, Loop
from firmware_sim.people import Gate, Model, Person
from firmware_sim.scenario import ReaderSpec, Scenario
from firmware_sim.truth import Open, ReaderRules, Truth

__all__ = ["Site", "Station"]

TOUCH_MS, PASSAGE_MS = 400.0, 800.0
"""How long a tap lasts where nobody says so: a card held to a reader, a tag carried past."""
_TAP_FAR_M = 0.8
"""A tap stays before its antenna: no other antenna of the reader hears it as well."""
_CLOCK_S = 0.25
"""So near to the start or the end of a pass both verdicts are right."""
LONGEST_TAP_MS = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Station:
    """A reader with its settings."""

    spec: ReaderSpec
    device: Device


class Site:
    """All readers of a scenario in one process."""

    def __init__(
        self,
        scenario: Scenario,
        folder: Path,
        truth_file: IO[str],
        people: dict[str, Person],
        loop: Loop | None = None,
    ) -> None:
        self.scenario, self.folder = scenario, folder
        self.loop = loop or Loop()
        self.model = Model(people, scenario.doors_open)
        self.judged = bool(people)
        self.truth = Truth(
            self.loop,
            truth_file,
            {
                spec.id: ReaderRules(spec.gates, spec.frames, round(spec.gone_s * SECOND))
                for spec in scenario.readers
            },
            self._decide,
        )
        self.truth.on_decided = self._decided
        self.stations = {spec.id: Station(spec, self._device(spec)) for spec in scenario.readers}
        self.doorways = Doorways(scenario.boards, scenario.doors, self.loop, folder, scenario.seed)
        self._waiting: dict[tuple[str, str], Callable[[Open], None]] = {}

    def start(self) -> None:
        """Make every port and its link."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for station in self.stations.values():
            station.device.start()
        self.doorways.start()

    def stop(self) -> None:
        """Take every port away and write what is still open."""
        for station in self.stations.values():
            station.device.stop()
        self.doorways.stop()
        self.truth.finish()

    def station(self, reader: str) -> Station:
        """The reader of that name; ValueError where there is none."""
        if reader not in self.stations:
            raise ValueError(f"reader {reader!r} seen; one of {', '.join(self.stations)} is due")
        return self.stations[reader]

    def device(self, name: str) -> Device:
        """The reader or board of that name; ValueError where there is none."""
        return self.doorways.boards.get(name) or self.station(name).device

    def tap(
        self, reader: str, credential: str, ms: float | None = None, antenna: int | None = None
    ) -> Tag:
        """Put a tag before `reader` for `ms` milliseconds.

        Raises ValueError for an unknown reader, antenna or a tag that it cannot read.
        """
        station = self.station(reader)
        scheme, _, value = credential.partition(":")
        credential = f"{scheme.lower()}:{value if scheme.lower() == 'qr' else value.upper()}"
        credential_bytes(credential)
        if scheme.lower() not in station.device.schemes:
            due = " and ".join(station.device.schemes)
            raise ValueError(f"{credential}: {reader} reads {due} only")
        usual = TOUCH_MS if station.device.touch else PASSAGE_MS
        length = usual if ms is None else ms
        if not 0 < length <= LONGEST_TAP_MS:
            raise ValueError(f"{length} ms seen; above 0, at most {LONGEST_TAP_MS:.0f} is due")
        number = station.spec.antennas[0] if antenna is None else antenna
        if number not in station.spec.antennas:
            raise ValueError(f"antenna {number} seen; {reader} has {station.spec.antennas}")
        for there in [tag for tag in station.device.field.tags if tag.credential == credential]:
            self.take(reader, there)  # one card cannot be there twice: it stays on
        self.truth.annotate(reader, credential, "tap", antenna=number)
        tag = self.put(reader, Tag(credential, number, far_m=_TAP_FAR_M), length / 1000)
        self.loop.after(length / 1000, lambda: self.take(reader, tag))
        return tag

    def put(self, reader: str, tag: Tag, seconds: float) -> Tag:
        """Let `tag` into the field of `reader`; `take` takes it out."""
        return self.stations[reader].device.field.put(tag, self.loop.now(), seconds)

    def take(self, reader: str, tag: Tag) -> None:
        """Take `tag` out of the field of `reader`."""
        self.stations[reader].device.field.take(tag)

    def when_decided(
        self, reader: str, credential: str, call: Callable[[Open], None] | None
    ) -> None:
        """Call `call` once when that tag has become readable there; None: no longer."""
        if call is None:
            self._waiting.pop((reader, credential), None)
        else:
            self._waiting[reader, credential] = call

    def _decided(self, presentation: Open) -> None:
        call = self._waiting.pop((presentation.reader, presentation.credential), None)
        if call:
            call(presentation)

    def _decide(self, gate: Gate, credential: str, now: float) -> list[str]:
        """The right reason; also what was right or will be right a moment before or after."""
        if not self.judged:
            return []
        near = [self.model.would(gate, credential, now + off) for off in (-_CLOCK_S, _CLOCK_S)]
        return list(dict.fromkeys([self.model.decide(gate, credential, now), *near]))

    def _device(self, spec: ReaderSpec) -> Device:
        # Every reader has its own dice: a further reader does not change what others do.
        dice = random.Random(f"{self.scenario.seed}/{spec.id}")  # noqa: S311 (dice of a play)
        faults = Faults(dice, spec.faults)
        link = self.folder / spec.id
        return device_class(spec.device)(
            spec.id,
            self.loop,
            link,
            faults,
            baud=spec.baud,
            report=self.truth.frame,
            antennas=spec.antennas,
            address=spec.address,
            options=spec.options,
        )

"""Every driver that says how it is recognised is recognised, at its own simulated device."""

from __future__ import annotations

from pathlib import Path

import pytest
from rigs import rig

from firmware_sim.devices import DEVICES
from gatekeeper.readers import driver_class
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.codecs import CODECS, make_codec
from gatekeeper.readers.probe import Candidate, Prober, candidates
from gatekeeper.readers.transport import SerialTransport

AMONG = candidates()
TRIED = [candidate for candidate in AMONG if candidate.driver in DEVICES]
by_name = pytest.mark.parametrize("candidate", TRIED, ids=[c.driver for c in TRIED])


class Written:
    """A line that keeps what was written on it."""

    def __init__(self, line: Transport, kept: list[bytes]) -> None:
        self._line, self._kept = line, kept
        self.url, self.quiet_s = line.url, line.quiet_s
        self.open, self.read, self.close = line.open, line.read, line.close

    def write(self, data: bytes) -> None:
        self._kept.append(data)
        self._line.write(data)


@by_name
def test_it_is_recognised_and_asked_nothing_but_questions(
    candidate: Candidate, tmp_path: Path
) -> None:
    asks = {c.probe.ask for c in AMONG}
    written: list[bytes] = []
    with rig(candidate.driver, tmp_path) as device:
        device.tap(device.cards[0])
        finding = Prober(
            device.settings.url,
            SystemClock(),
            among=AMONG,
            listen_s=0.05 if candidate.probe.ask else 1.0,
            line=lambda url, baud: Written(SerialTransport(url, baud), written),
        ).run()

    assert finding is not None
    assert finding.driver == candidate.driver
    assert finding.baud in candidate.probe.bauds
    assert finding.answered == bool(candidate.probe.ask) or not finding.answered
    assert set(written) <= asks


@by_name
def test_what_it_says_of_itself_is_sound(candidate: Candidate) -> None:
    """Speeds that its `baud` option takes, variants that its codec takes."""
    options = {option.name: option for option in candidate.reader.options}

    assert candidate.probe.bauds
    assert all(options["baud"].parse(baud) == baud for baud in candidate.probe.bauds)
    assert options["baud"].default == candidate.probe.bauds[0]
    if candidate.probe.recognise is None:
        assert bool(candidate.probe.ask) <= bool(candidate.probe.answers)
        for variant in candidate.probe.variants:
            make_codec(candidate.reader.wire, dict(variant))
    else:
        assert candidate.probe.recognise(candidate.probe.ask) is None


def test_candidates_are_drivers_of_a_serial_wire() -> None:
    for candidate in AMONG:
        assert driver_class(candidate.driver) is candidate.reader
        assert candidate.reader.wire in CODECS or candidate.probe.recognise is not None

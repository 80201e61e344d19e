"""The Parallax driver: two equal numbers decide, because one proves nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.parallax import ParallaxReader
from gatekeeper.readers.presentation import Presenter
from gatekeeper.readers.pump import rules_of

HELD = b"\n0F0184F07A\r"  # published
OTHER = b"\n62E3086CED\r"
FRAME_MS = 50


def reader(clock: Any, line: Any, **options: Any) -> tuple[ParallaxReader, Presenter]:
    settings = ReaderSettings(id="door", driver="parallax", url="unused", gate="g", options=options)
    driver = ParallaxReader(settings, clock, line)
    driver.open()
    return driver, Presenter(rules_of(settings, driver))


def shown(driver: Any, presenter: Presenter, clock: Any, seconds: float) -> list[str]:
    end_ns, found = clock.ns + seconds * 1e9, []
    while clock.ns < end_ns:
        found += [p.credential for read in driver.read() for p in presenter.feed(read)]
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("way", ["perfect", "one byte at a time", "lossy", "damaging"])
def test_a_held_tag_is_one_presentation_over_any_line(
    clock: Any, line: Any, ways: Any, way: str, seed: int
) -> None:
    line.way = ways[way](seed)
    driver, presenter = reader(clock, line)
    for frame in (HELD, OTHER):
        for _ in range(30):
            line.deliver(frame, 100)
        line.deliver(b"", 2000)

    assert shown(driver, presenter, clock, 12) == ["em4100:0F0184F07A", "em4100:62E3086CED"]


def test_a_lone_frame_decides_nothing(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line)
    dice = random.Random(3)
    for _ in range(50):
        line.deliver(b"\n" + dice.randbytes(5).hex().upper().encode() + b"\r", FRAME_MS)

    assert shown(driver, presenter, clock, 4) == []
    assert driver.counters.frames == 50


def test_two_frames_with_damaged_ones_between_decide(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line)
    line.deliver(HELD, 100)
    for _ in range(3):
        line.deliver(HELD.replace(b"F", b"\x80"), 100)
    line.deliver(HELD, 100)

    assert shown(driver, presenter, clock, 1) == ["em4100:0F0184F07A"]
    assert set(driver.counters.garbage_by_reason) == {"framing"}


def test_a_blank_number_is_nobody(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line)
    for _ in range(10):
        line.deliver(b"\n0000000000\r", 100)

    assert shown(driver, presenter, clock, 2) == []


@pytest.mark.parametrize("enable", ["dtr", "none"])
def test_a_line_without_dtr_is_taken_as_it_is(plug: Callable[[str], Any], enable: str) -> None:
    """A pty has no modem lines; asking for one is an OSError there."""
    device = plug("reader")
    settings = ReaderSettings(
        id="door", driver="parallax", url=str(device.link), gate="g", options={"enable": enable}
    )
    with ParallaxReader(settings, SystemClock()) as driver:
        device.let_go()
        device.write(HELD)
        reads = driver.read() or driver.read()

    assert [read.credential for read in reads] == ["em4100:0F0184F07A"]


def test_dtr_is_raised_where_there_is_one(plug: Callable[[str], Any], monkeypatch: Any) -> None:
    raised: list[bool] = []
    monkeypatch.setattr(
        "serial.Serial.dtr", property(lambda _port: True, lambda _port, on: raised.append(on))
    )
    device = plug("reader")
    settings = ReaderSettings(id="door", driver="parallax", url=str(device.link), gate="g")

    with ParallaxReader(settings, SystemClock()):
        assert raised == [True]

"""The ID-12LA driver: one frame is one tap, however the bytes come."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Garbage, GarbageReason, Tag
from gatekeeper.readers.id12la import Id12laReader
from gatekeeper.readers.presentation import Presenter
from gatekeeper.readers.pump import rules_of

TAP = bytes.fromhex("023632453330383643454430380D0A03")  # em4100:62E3086CED
OTHER = bytes.fromhex("023031303030373334453044320D0A03")  # em4100:01000734E0


def reader(clock: Any, line: Any, **options: Any) -> tuple[Id12laReader, Presenter]:
    settings = ReaderSettings(id="door", driver="id12la", url="unused", gate="g", options=options)
    driver = Id12laReader(settings, clock, line)
    driver.open()
    return driver, Presenter(rules_of(settings, driver))


def shown(driver: Any, presenter: Presenter, clock: Any, seconds: float) -> list[str]:
    end_ns, found = clock.ns + seconds * 1e9, []
    while clock.ns < end_ns:
        found += [p.credential for read in driver.read() for p in presenter.feed(read)]
    return found


@pytest.mark.parametrize("way", ["perfect", "one byte at a time"])
def test_each_frame_is_one_tap(clock: Any, line: Any, ways: Any, way: str) -> None:
    line.way = ways[way](1)
    driver, presenter = reader(clock, line)
    for _ in range(3):
        line.deliver(TAP, 1500)
        line.deliver(OTHER, 300)

    assert shown(driver, presenter, clock, 8) == ["em4100:62E3086CED", "em4100:01000734E0"] * 3
    assert driver.counters.garbage == 0
    assert line.written == []


def test_a_second_frame_within_the_time_is_the_same_tap(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line, gone_after_ms=2000)
    for _ in range(4):
        line.deliver(TAP, 1500)

    assert shown(driver, presenter, clock, 8) == ["em4100:62E3086CED"]


def test_what_a_host_left_behind_does_not_spoil_the_frame(clock: Any, line: Any) -> None:
    """A port that another program read by lines holds the ETX of its last frame."""
    driver, presenter = reader(clock, line)
    line.deliver(b"\x03" + TAP, 10)

    assert shown(driver, presenter, clock, 1) == ["em4100:62E3086CED"]
    assert driver.counters.garbage_by_reason == {"framing": 1}


def test_half_a_frame_before_silence_does_not_spoil_the_next(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line)
    line.deliver(TAP[:15], 10)
    line.deliver(TAP, 400)

    assert shown(driver, presenter, clock, 1) == ["em4100:62E3086CED"]
    assert driver.counters.garbage_by_reason == {"length": 1}


def test_the_frame_of_another_module_is_no_frame_here() -> None:
    """An RDM6300 sends the same digits without CR LF."""
    codec = make_codec("id12la")
    foreign = TAP[:13] + b"\x03"

    assert [*codec.feed(foreign * 2), *codec.idle()] == [
        Garbage(GarbageReason.FRAMING, foreign * 2)
    ]
    assert [type(frame) for frame in codec.feed(TAP)] == [Tag]


def test_a_frame_that_ends_early_is_cut_short() -> None:
    codec = make_codec("id12la")

    assert codec.feed(b"\x0262E3\r\n\x03" + TAP)[0] == Garbage(
        GarbageReason.LENGTH, b"\x0262E3\r\n\x03"
    )

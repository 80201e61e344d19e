"""The RDM6300 driver listens; together with the presentation room it sees what is held."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.model import CardRead, Presentation
from gatekeeper.readers import serial_reader
from gatekeeper.readers.clock import SECOND
from gatekeeper.readers.presentation import Presenter
from gatekeeper.readers.pump import rules_of
from gatekeeper.readers.rdm6300 import Rdm6300Reader
from gatekeeper.readers.transport import READ_MAX

HELD = bytes.fromhex("0236324533303836434544303803")  # published; em4100:62E3086CED
OTHER = bytes.fromhex("0230313030303733344530443203")  # published; em4100:01000734E0
GHOST = bytes.fromhex("0230303030303030373846383803")  # published, logged with no card near


def reader(clock: Any, line: Any, **options: Any) -> Rdm6300Reader:
    settings = ReaderSettings(id="door", driver="rdm6300", url="unused", gate="g", options=options)
    driver = Rdm6300Reader(settings, clock, line)
    driver.open()
    return driver


def run(driver: Any, clock: Any, seconds: float) -> tuple[list[CardRead], list[Presentation]]:
    settings = ReaderSettings(id="door", driver="rdm6300", url="unused", gate="g")
    presenter = Presenter(rules_of(settings, driver))
    end_ns, reads, shown = clock.ns + seconds * 1e9, [], []
    while clock.ns < end_ns:
        batch = driver.read()
        reads += batch
        shown += [p for read in batch for p in presenter.feed(read)]
    return reads, shown


def hold(line: Any, frame: bytes, times: int, every_ms: int = 65) -> None:
    for _ in range(times):
        line.deliver(frame, every_ms)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("way", ["perfect", "one byte at a time", "lossy", "damaging"])
def test_a_held_tag_is_one_presentation_over_any_line(
    clock: Any, line: Any, ways: Any, way: str, seed: int
) -> None:
    line.way = ways[way](seed)
    driver = reader(clock, line)
    hold(line, HELD, 30)
    line.deliver(GHOST, 5)
    hold(line, HELD, 10)
    line.deliver(b"", 2000)
    hold(line, OTHER, 30)

    reads, shown = run(driver, clock, 10)

    assert [p.credential for p in shown] == ["em4100:62E3086CED", "em4100:01000734E0"]
    assert len(reads) >= 35
    if way in ("perfect", "one byte at a time"):
        assert len(reads) == 71
        assert driver.counters.garbage == 0


def test_it_never_writes(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    hold(line, HELD, 3)

    run(driver, clock, 1)

    assert line.written == []


def test_silence_is_no_problem(clock: Any, line: Any) -> None:
    driver = reader(clock, line)

    run(driver, clock, 3600)

    assert driver.alive
    assert driver.problem() == ""


def test_half_a_frame_before_silence_does_not_spoil_the_next(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    line.deliver(HELD[:9], 10)
    line.deliver(HELD, 400)

    reads, _ = run(driver, clock, 1)

    assert len(reads) == 1
    assert driver.counters.garbage_by_reason == {"length": 1}


def test_a_pause_within_a_frame_does_not_lose_it(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    line.deliver(HELD[:9], 10)
    line.deliver(HELD[9:], 80)

    assert len(run(driver, clock, 1)[0]) == 1


def test_noise_of_a_wrong_speed_makes_it_suspect_until_a_frame_comes(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    for _ in range(6):
        line.deliver(bytes([0xFC, 0x1C, 0x00, 0xE0]) * 4, 300)
    run(driver, clock, 3)
    assert "check speed (9600 baud), wire and cable" in driver.problem()

    line.deliver(HELD)
    run(driver, clock, 0.2)

    assert driver.problem() == ""


def test_the_clones_check_is_an_option(clock: Any, line: Any) -> None:
    driver = reader(clock, line, checksum="sum")
    line.deliver(bytes.fromhex("0232453030414630454339423403"))

    reads, _ = run(driver, clock, 0.1)

    assert [read.credential for read in reads] == ["em4100:2E00AF0EC9"]


def test_reopening_drops_what_was_cut_off(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    line.deliver(HELD[:5])
    run(driver, clock, 0.04)
    driver.close()

    driver.open()
    line.deliver(HELD)
    reads, _ = run(driver, clock, 0.2)

    assert len(reads) == 1
    assert driver.counters.garbage == 0


def test_a_flood_costs_other_readers_next_to_nothing(
    clock: Any, line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much comes, little of it is read; the rest waits in the kernel, or is lost there."""
    driver, began, pieces = reader(clock, line), clock.monotonic_ns(), 0
    rests: list[float] = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        clock.advance(round(seconds * 1000))

    monkeypatch.setattr(serial_reader.time, "sleep", rest)
    while clock.monotonic_ns() - began < 20 * SECOND:
        line.deliver(b"\x02" * READ_MAX)
        driver.read()
        pieces += 1

    assert pieces * READ_MAX < 20 * 7_000
    assert max(rests) <= 0.05


def test_more_than_a_line_can_carry_is_left_unread_and_told(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    for _ in range(12):
        line.deliver(b"\x02" * 1024)

    for _ in range(12):
        driver.read()

    assert driver.problem().startswith("more bytes than a line of 9600 baud can carry")
    assert driver.counters.errors["flood"] > 0
    clock.advance(6000)
    hold(line, HELD, 2)
    _, shown = run(driver, clock, 1)
    assert driver.problem() == ""
    assert [p.credential for p in shown] == ["em4100:62E3086CED"]

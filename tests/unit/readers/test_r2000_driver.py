"""The R2000 driver keeps rounds going over any line, and says what is wrong when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers.r2000 import R2000Reader

FIRST, SECOND = "300833B2DDD9014000000001", "E2004074850A0103163070E1"
UNLUCKY = "A0A01101890000A013018999"
TWO_LANES = {"1": "left", "2": "right"}


def reader(clock: Any, line: Any, gates: dict[str, str] | None = None, **options: Any) -> Any:
    settings = ReaderSettings(
        id="gate1", driver="r2000", url="unused", gate="door", antennas=gates or {},
        options=options,
    )  # fmt: skip
    driver = R2000Reader(settings, clock, line)
    driver.open()
    return driver


def run(driver: Any, clock: Any, seconds: float) -> list[CardRead]:
    end_ns = clock.ns + seconds * 1e9
    reads: list[CardRead] = []
    while clock.ns < end_ns:
        reads += driver.read()
    return reads


def commands(line: Any) -> list[int]:
    return [data[3] for data in line.written]


def test_it_asks_who_is_there_chooses_the_antenna_and_begins(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    assert not driver.alive

    run(driver, clock, 0.2)

    assert commands(line)[:4] == [0x72, 0x74, 0x89, 0x89]
    assert line.written[1] == bytes.fromhex("A004FF7400E9")
    assert driver.alive
    assert driver.version == "7.2"
    assert driver.problem() == ""


def test_it_works_through_the_antennas_that_serve_gates(clock: Any, line: Any, device: Any) -> None:
    device.fields[0], device.fields[1] = [FIRST, UNLUCKY], [SECOND]

    reads = run(reader(clock, line, TWO_LANES), clock, 1)

    seen = {(read.credential, read.antenna, read.rssi_dbm) for read in reads}
    assert seen == {
        (f"epc:{FIRST}", 1, -69),
        (f"epc:{UNLUCKY}", 1, -69),
        (f"epc:{SECOND}", 2, -69),
    }
    assert [data[4] for data in line.written if data[3] == 0x74][:4] == [0, 1, 0, 1]
    assert all(read.reader == "gate1" and read.seen_ns > 0 for read in reads)


def test_options_reach_the_wire(clock: Any, line: Any) -> None:
    driver = reader(clock, line, antennas="2", session="s1", repeat=4, address=1)

    run(driver, clock, 0.2)

    assert line.written[1] == bytes.fromhex("A004017401E6")
    assert line.written[2] == bytes.fromhex("A006018B010004C9")


def test_a_session_has_one_repetition_unless_told(clock: Any, line: Any) -> None:
    run(reader(clock, line, session="s2"), clock, 0.2)

    assert line.written[2] == bytes.fromhex("A006FF8B020001CD")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", ["perfect", "one byte at a time", "lossy", "damaging"])
@pytest.mark.parametrize("jitter_ms", [0, 120])
def test_the_same_talk_over_any_line(
    clock: Any, line: Any, device: Any, ways: Any, way: str, seed: int, jitter_ms: int
) -> None:
    device.fields[0], device.fields[1] = [FIRST, UNLUCKY], [SECOND]
    line.way = ways[way](seed)
    line.jitter = iter(lambda: (seed + 1) * jitter_ms / 3, None).__next__

    driver = reader(clock, line, TWO_LANES)
    reads = run(driver, clock, 30)

    assert {read.credential for read in reads} == {f"epc:{e}" for e in (FIRST, UNLUCKY, SECOND)}
    assert {read.antenna for read in reads} == {1, 2}
    if way in ("perfect", "one byte at a time"):
        assert driver.counters.garbage == 0


def test_a_silent_reader_is_suspect_then_reset_then_given_up(
    clock: Any, line: Any, device: Any
) -> None:
    driver = reader(clock, line)
    run(driver, clock, 1)
    device.silent = True
    began = clock.ns
    run(driver, clock, 0.9)
    assert driver.problem() == ""

    run(driver, clock, 0.3)
    assert "since the last answer; an answer within 1 s is due" in driver.problem()
    assert 0x70 not in commands(line)

    run(driver, clock, 1.2)
    assert bytes.fromhex("A003FF70EE") in line.written

    with pytest.raises(ReaderError, match=r"memory:line: 5\.\d s of silence seen; .+ is due"):
        run(driver, clock, 5)
    assert 4.9e9 <= clock.ns - began <= 5.2e9
    assert driver.counters.errors["watchdog_reset"] == 1


class Moved:
    """An R2000 that was left at another speed: it hears nothing at the usual one."""

    def __init__(self, device: Any, line: Any, baud: int) -> None:
        self.device, self.line, self.baud = device, line, baud

    def take(self, data: bytes) -> Any:
        spoken = self.line.bauds[-1] if self.line.bauds else 115200
        return self.device.take(data) if spoken == self.baud else []


def test_a_reader_left_at_its_other_speed_is_found_and_used_there(
    clock: Any, line: Any, device: Any
) -> None:
    device.fields[0] = [FIRST]
    line.device = Moved(device, line, 38400)
    driver = reader(clock, line)

    reads = run(driver, clock, 4)

    assert {read.credential for read in reads} == {f"epc:{FIRST}"}
    assert (driver.problem(), line.bauds) == ("", [38400])
    assert driver.counters.errors["found_at_other_baud"] == 1

    driver.close()
    driver.open()
    assert run(driver, clock, 1)
    assert line.bauds == [38400]


def test_a_reader_that_was_off_is_found_where_it_was(clock: Any, line: Any, device: Any) -> None:
    device.silent = True
    driver = reader(clock, line)
    with pytest.raises(ReaderError):
        run(driver, clock, 6)
    assert line.bauds == [38400]

    device.silent = False
    driver.close()
    driver.open()
    run(driver, clock, 0.5)

    assert (driver.alive, driver.problem(), line.bauds) == (True, "", [38400, 115200])


def test_a_reader_that_comes_back_is_set_up_again(clock: Any, line: Any, device: Any) -> None:
    driver = reader(clock, line, antennas="3")
    run(driver, clock, 0.5)
    device.silent = True
    run(driver, clock, 3)
    device.silent, device.antenna, device.fields[2] = False, 0, [FIRST]

    reads = run(driver, clock, 1)

    assert {read.antenna for read in reads} == {3}
    assert driver.problem() == ""


def test_a_restart_that_the_reader_tells_of_is_set_up_again(
    clock: Any, line: Any, device: Any
) -> None:
    driver = reader(clock, line, antennas="2")
    run(driver, clock, 0.5)
    device.fields[1] = [FIRST]
    device.antenna = 0
    device.say_once = [bytes.fromhex("A004018920B2")]  # 20: the MCU was reset
    before = len(line.written)

    reads = run(driver, clock, 0.5)

    assert commands(line)[before : before + 4] == [0x89, 0x72, 0x74, 0x89]
    assert {read.antenna for read in reads} == {2}
    assert driver.counters.errors["mcu_reset"] == 1


def test_a_reader_that_restarts_without_a_word_gets_its_antenna_back(
    clock: Any, line: Any, device: Any
) -> None:
    driver = reader(clock, line, antennas="2")
    run(driver, clock, 0.5)
    device.antenna, device.fields[1] = 0, [FIRST]

    reads = run(driver, clock, 0.5)

    assert {read.antenna for read in reads} == {2}
    assert driver.counters.errors["antenna_forgotten"] == 1


def test_a_missing_antenna_is_named_and_does_not_hold_up_the_other(
    clock: Any, line: Any, device: Any
) -> None:
    device.faults[0], device.fields[1] = 0x22, [SECOND]
    driver = reader(clock, line, TWO_LANES)

    reads = run(driver, clock, 2)

    assert driver.problem() == "antenna 1: antenna_missing (22)"
    assert driver.counters.errors["antenna_missing"] >= 2
    assert len(reads) > 30
    device.faults.clear()
    run(driver, clock, 2)
    assert driver.problem() == ""


def test_rounds_without_a_working_antenna_are_not_hurried(
    clock: Any, line: Any, device: Any
) -> None:
    device.faults = {0: 0x22}
    driver = reader(clock, line)

    run(driver, clock, 2)

    assert driver.counters.errors["antenna_missing"] <= 21


def test_no_tag_is_an_answer_and_no_fault(clock: Any, line: Any, device: Any) -> None:
    device.faults = {0: 0x36}
    driver = reader(clock, line)

    run(driver, clock, 1)

    assert driver.problem() == ""
    assert driver.counters.errors["no_tag"] == 0


def test_a_reader_that_does_not_know_the_version_command_is_used_all_the_same(
    clock: Any, line: Any, device: Any
) -> None:
    device.deaf_to, device.fields[0] = {0x72}, [FIRST]

    assert run(reader(clock, line), clock, 2)


def test_a_lost_end_frame_costs_a_third_of_a_second(clock: Any, line: Any, device: Any) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)
    device.deaf_to, device.fields[0] = {0x89}, [FIRST]
    run(driver, clock, 0.1)
    device.deaf_to = set()

    assert run(driver, clock, 0.4)
    assert driver.counters.errors["step_repeated"] == 1


def test_a_round_without_end_is_broken_off(clock: Any, line: Any, device: Any) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)
    device.deaf_to = {0x89}
    for _ in range(60):
        line.deliver(device._tag(0x89, bytes.fromhex(FIRST)), 100)

    run(driver, clock, 6)

    assert driver.counters.errors["watchdog_reset"] >= 1


def test_garbage_alone_is_called_by_its_likely_cause(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)
    line.device.silent = True
    for _ in range(8):
        line.deliver(b"\x13\x37" * 150, 1)

    run(driver, clock, 0.5)

    assert "check speed (115200 baud)" in driver.problem()


def test_an_unplugged_line_is_the_transports_error(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    line.broken = True

    with pytest.raises(TransportError):
        driver.read()


@pytest.mark.parametrize("text", ["0", "5", "1;2", "", "one", "1,,2"])
def test_antennas_that_are_none_are_refused(clock: Any, line: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=r"reader 'gate1': antennas .+ are due, e\.g\. 1,2"):
        reader(clock, line, antennas=text)


def test_an_antenna_may_be_given_as_a_number(clock: Any, line: Any) -> None:
    assert reader(clock, line, antennas=2).antennas == (2,)


def test_delays_do_not_starve_the_type_of_fixture(ways: dict[str, Callable[..., Any]]) -> None:
    data = bytes(range(200))

    assert b"".join(ways["one byte at a time"](0)(data)) == data
    assert len(b"".join(ways["lossy"](0)(data))) < len(data)
    assert b"".join(ways["damaging"](0)(data)) != data


def test_a_model_with_eight_antennas_is_worked_through(simulated: Any) -> None:
    """Against the simulated one, which has its own idea of what bit 7 of RSSI says."""
    play = simulated(
        "r2000",
        ports="8",
        antennas="2,7",
        device={"antennas": (2, 7), "options": {"ports": "8"}},
    )
    play.tap(f"epc:{FIRST}", antenna=2)
    play.tap(f"epc:{SECOND}", antenna=7)

    reads = play.run(2)

    heard = {(read.credential, read.antenna) for read in reads}
    assert {(f"epc:{FIRST}", 2), (f"epc:{SECOND}", 7)} <= heard
    assert {antenna for _, antenna in heard} == {2, 7}
    assert all(-100 < read.rssi_dbm < -20 for read in reads)
    assert play.errors == {}


def test_a_fifth_antenna_of_four_is_refused(clock: Any, line: Any) -> None:
    with pytest.raises(ConfigError, match="numbers from 1 to 4 are due"):
        reader(clock, line, antennas="1,5")
    assert reader(clock, line, antennas="1,5", ports="8").antennas == (1, 5)

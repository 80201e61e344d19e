"""The M100 driver keeps the module polling over any line, and says what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers.m100 import M100Reader

MILLISECOND = 1_000_000
FIRST, SECOND = "300833B2DDD9014000000001", "BB7E00117E2233BB44557E7E"
LONG = "E2801190200074F1C5A208C40123ABCD"
STOP, INFO = "BB00280000287E", "BB000300010004" + "7E"
POLL = "BB0027000322FFFF4A7E"


def frame(kind: int, command: int, params: bytes) -> bytes:
    body = bytes([kind, command, 0, len(params)]) + params
    return b"\xbb" + body + bytes([sum(body) & 0xFF]) + b"\x7e"


def notice(epc: str, rssi: int = 0xC9) -> bytes:
    content = bytes([len(epc) // 4 << 3, 0]) + bytes.fromhex(epc)
    crc = 0xFFFF
    for byte in content:
        for bit in range(8):
            crc ^= (byte << bit & 0x80) << 8
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return frame(2, 0x22, bytes([rssi]) + content + (crc ^ 0xFFFF).to_bytes(2, "big"))


NO_TAG, BUSY = frame(1, 0xFF, b"\x15"), frame(1, 0xFF, b"\x20")


class Module:
    """An M100 as the manual has it: rounds of 20 ms, answers after 2 ms."""

    def __init__(self, clock: Any) -> None:
        self.clock, self.baud = clock, 115200
        self.tags: list[str] = []
        self.rounds = 0
        self.silent = self.busy = False
        self.refuses: set[int] = set()
        self.deaf_to: set[int] = set()
        self.heard: list[bytes] = []
        self._next_ns = 0
        self._said: list[tuple[int, bytes]] = []

    def take(self, data: bytes) -> None:
        if self.silent:
            return
        self.heard.append(data)
        command, params = data[2], data[5:-2]
        if command in self.deaf_to:
            return
        if command in self.refuses:
            self._say(frame(1, 0xFF, b"\x17"))
        elif command == 0x27:
            self.rounds = int.from_bytes(params[1:], "big")
            self._next_ns = self.clock.ns + 20 * MILLISECOND
        elif command == 0x28:
            self.rounds = 0
            self._say(frame(1, 0x28, b"\x00"))
        elif command == 0x11:
            self.baud = int.from_bytes(params, "big") * 100
        elif command == 0x03:
            self._say(frame(1, 3, b"\x00M100 V1.00"))
        else:
            self._say(frame(1, command, b"\x00"))

    def _say(self, data: bytes) -> None:
        self._said.append((self.clock.ns + 2 * MILLISECOND, data))

    def speak(self, deadline_ns: int) -> tuple[int, bytes] | None:
        if not self._said and self.rounds and self._next_ns <= deadline_ns:
            self.rounds -= 1
            told = [BUSY] if self.busy else [notice(epc) for epc in self.tags] or [NO_TAG]
            self._said += [(self._next_ns, word) for word in told if not self.silent]
            self._next_ns += 20 * MILLISECOND
            if not self._said:
                return self.speak(deadline_ns)
        if self._said and self._said[0][0] <= deadline_ns:
            return self._said.pop(0)
        return None


@pytest.fixture
def module(clock: Any) -> Module:
    return Module(clock)


@pytest.fixture
def line(module: Module, stream_line: Any) -> Any:
    return stream_line(module)


def reader(clock: Any, line: Any, **options: Any) -> Any:
    settings = ReaderSettings(id="gate1", driver="m100", url="unused", gate="door", options=options)
    driver = M100Reader(settings, clock, line)
    driver.open()
    return driver


def run(driver: Any, clock: Any, seconds: float) -> list[CardRead]:
    end_ns = clock.ns + seconds * 1e9
    reads: list[CardRead] = []
    while clock.ns < end_ns:
        reads += driver.read()
    return reads


def written(line: Any) -> list[str]:
    return [data.hex().upper() for data in line.written]


def test_it_stops_asks_and_polls(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    assert not driver.alive

    run(driver, clock, 0.5)

    assert written(line) == [STOP, INFO, POLL]
    assert driver.alive
    assert driver.version == "M100 V1.00"
    assert driver.problem() == ""


def test_tags_are_read_with_their_level_whatever_their_length(
    clock: Any, line: Any, module: Module
) -> None:
    module.tags = [FIRST, SECOND, LONG]

    reads = run(reader(clock, line), clock, 1)

    seen = {(read.credential, read.antenna, read.rssi_dbm) for read in reads}
    assert seen == {(f"epc:{epc}", None, -55) for epc in (FIRST, SECOND, LONG)}
    assert len(reads) > 100


def test_a_module_left_polling_is_stopped_first(clock: Any, line: Any, module: Module) -> None:
    module.rounds, module.tags = 65535, [FIRST]

    reads = run(reader(clock, line), clock, 0.5)

    assert written(line) == [STOP, INFO, POLL]
    assert reads


def test_options_reach_the_wire(clock: Any, line: Any) -> None:
    driver = reader(clock, line, region="china900", power_dbm=20, rounds=10000)

    run(driver, clock, 0.3)

    # Region, power and poll are published frames.
    due = ["BB00070001010" + "97E", "BB00B6000207D08F7E", "BB00270003222710837E"]
    assert written(line)[2:] == due


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", ["perfect", "one byte at a time", "lossy", "damaging"])
@pytest.mark.parametrize("jitter_ms", [0, 120])
def test_the_same_talk_over_any_line(
    clock: Any, line: Any, module: Module, ways: Any, way: str, seed: int, jitter_ms: int
) -> None:
    module.tags = [FIRST, SECOND]
    line.way = ways[way](seed)
    line.jitter = iter(lambda: (seed + 1) * jitter_ms / 3, None).__next__

    driver = reader(clock, line)
    reads = run(driver, clock, 20)

    assert {read.credential for read in reads} == {f"epc:{FIRST}", f"epc:{SECOND}"}
    if way in ("perfect", "one byte at a time"):
        assert driver.counters.garbage == 0


def test_rounds_that_are_over_are_begun_again(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line, rounds=10)

    run(driver, clock, 5)

    again = driver.counters.errors["poll_restarted"]
    assert 8 <= again <= 11  # 0.2 s of rounds, 0.3 s until it is noticed
    assert driver.problem() == ""


def test_no_tag_is_no_fault_and_an_occupied_channel_is(
    clock: Any, line: Any, module: Module
) -> None:
    driver = reader(clock, line)
    run(driver, clock, 1)
    assert driver.problem() == ""
    assert sum(driver.counters.errors.values()) == 0

    module.busy = True
    run(driver, clock, 1)
    assert driver.problem() == "fhss_fail (20)"
    assert 40 <= driver.counters.errors["fhss_fail"] <= 60

    module.busy = False
    run(driver, clock, 1.2)
    assert driver.problem() == ""


def test_a_setting_that_is_refused_is_shown_and_the_rest_works(
    clock: Any, line: Any, module: Module
) -> None:
    module.refuses, module.tags = {0xB6}, [FIRST]
    driver = reader(clock, line, power_dbm=33)

    reads = run(driver, clock, 1)

    assert reads
    assert driver.problem() == "set_power: command_error"
    assert driver.counters.errors["set_power_refused"] == 1


def test_a_module_that_does_not_tell_who_it_is_is_used_all_the_same(
    clock: Any, line: Any, module: Module
) -> None:
    module.deaf_to, module.tags = {0x03}, [FIRST]
    driver = reader(clock, line)

    assert run(driver, clock, 1)
    assert driver.problem() == ""


def test_a_lost_poll_command_costs_a_quarter_of_a_second(
    clock: Any, line: Any, module: Module
) -> None:
    module.deaf_to, module.tags = {0x27}, [FIRST]
    driver = reader(clock, line)
    run(driver, clock, 0.1)
    module.deaf_to = set()

    assert run(driver, clock, 0.3)


def test_a_silent_module_is_suspect_and_given_up(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line)
    run(driver, clock, 1)
    module.silent = True
    began = clock.ns
    run(driver, clock, 0.9)
    assert driver.problem() == ""

    run(driver, clock, 0.3)
    assert "since the last frame; a sign of life within 1.0 s is due" in driver.problem()
    assert line.bauds == [115200]

    with pytest.raises(ReaderError, match=r"memory:line: 5\.\d s of silence seen; .+ is due"):
        run(driver, clock, 6)
    assert 4.9e9 <= clock.ns - began <= 5.2e9
    assert {57600, 38400} < set(line.bauds)


def test_a_module_that_restarts_is_set_up_again(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line, region="europe")
    run(driver, clock, 1)
    before = len(line.written)
    module.rounds, module.tags = 0, [FIRST]

    assert run(driver, clock, 0.5)
    assert [data[2] for data in line.written[before:]] == [0x28, 0x03, 0x07, 0x27]


@pytest.mark.parametrize("baud", [9600, 19200, 38400, 57600])
def test_a_module_left_at_another_speed_is_found_and_brought_back(
    clock: Any, line: Any, module: Module, baud: int
) -> None:
    module.baud, module.tags = baud, [FIRST]
    driver = reader(clock, line)

    assert run(driver, clock, 4.8)
    assert (module.baud, line.baud) == (115200, 115200)
    assert driver.problem() == ""


def test_a_module_that_keeps_its_speed_is_used_at_it(clock: Any, line: Any, module: Module) -> None:
    module.baud, module.tags, module.deaf_to = 57600, [FIRST], {0x11}
    driver = reader(clock, line)

    assert run(driver, clock, 9)[-1].credential == f"epc:{FIRST}"
    assert line.baud == 57600
    assert [data[2] for data in line.written].count(0x11) == 1
    assert driver.problem() == ""


def test_the_search_goes_on_after_a_new_opening(clock: Any, line: Any, module: Module) -> None:
    module.silent = True
    driver = reader(clock, line)
    with pytest.raises(ReaderError):
        run(driver, clock, 6)
    tried = set(line.bauds)
    driver.close()
    driver.open()
    with pytest.raises(ReaderError):
        run(driver, clock, 6)

    assert set(line.bauds) == {115200, 57600, 38400, 19200, 9600}
    assert driver.problem().startswith("silent for 5.")
    assert tried


def test_an_echo_of_its_own_commands_proves_nothing(clock: Any, line: Any, module: Module) -> None:
    module.silent = True
    driver = reader(clock, line)
    line.deliver(bytes.fromhex(STOP + POLL))
    run(driver, clock, 0.5)

    assert not driver.alive


def test_closing_stops_the_module(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)

    driver.close()

    assert module.rounds == 0
    assert not line.is_open


def test_an_unplugged_line_is_the_transports_error_and_closes_all_the_same(
    clock: Any, line: Any
) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)
    line.broken = True

    with pytest.raises(TransportError):
        driver.read()
    driver.close()


@pytest.mark.parametrize(
    ("option", "value"), [("region", "mars"), ("power_dbm", 34), ("rounds", 0), ("rounds", 65536)]
)
def test_options_that_are_none_are_refused(
    clock: Any, line: Any, option: str, value: object
) -> None:
    with pytest.raises(ConfigError, match=rf"reader 'gate1': option {option}=.+ is due"):
        reader(clock, line, **{option: value})


def test_a_module_behind_a_serial_server_keeps_the_speed_that_the_server_has(
    clock: Any, line: Any, module: Module
) -> None:
    line.url = "socket://10.0.0.5:4001"
    line.set_baud = line.bauds.append  # it has no speed of its own to change
    settings = ReaderSettings(id="gate1", driver="m100", url=line.url, gate="door")
    driver = M100Reader(settings, clock, line)
    module.silent = True
    driver.open()
    run(driver, clock, 4.5)
    module.silent = False
    run(driver, clock, 2)

    assert driver.alive
    assert set(line.bauds) == {115200}
    assert not [data for data in module.heard if data[2] == 0x11]

"""The ThingMagic driver sets the module up, keeps it streaming, and says what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers.thingmagic import ThingMagicReader

MILLISECOND = 1_000_000
FIRST, SECOND = "000000000000000000001545", "596F596F"
STOP, VERSION, PROGRAM = "FF032F0000025E86", "FF00031D0C", "FF000C1D03"
ANTENNA, FILTER = "FF039102010142C5", "FF039A010C00A35D"
START = "FF102F00000122000005072210001B03E801FFDD2B"
KEEP_ALIVE = bytes.fromhex("FF0022040084E0")


def crc(content: bytes) -> int:
    """The nibble-wise check of the SparkFun library's calculateCRC."""
    table = [0, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
             0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF]  # fmt: skip
    value = 0xFFFF
    for byte in content:
        value = ((value << 4 | byte >> 4) ^ table[value >> 12]) & 0xFFFF
        value = ((value << 4 | byte & 15) ^ table[value >> 12]) & 0xFFFF
    return value


def frame(op: int, status: int = 0, data: str = "") -> bytes:
    body = bytes.fromhex(f"{len(data) // 2:02X}{op:02X}{status:04X}{data}")
    return b"\xff" + body + crc(body).to_bytes(2, "big")


def tag(epc: str, ports: int = 0x11) -> bytes:
    """A record as in the logs; the tag's own CRC is left at nought."""
    record = f"{len(epc) // 4 << 11:04X}{epc}0000"
    head = f"10001B01FF0101C4{ports:02X}0E164000000127000005" + "00000F"
    return frame(0x22, 0, f"{head}{len(record) * 4:04X}{record}")


class Module:
    """An M6e as in the logs: answers after 12 ms, tags every 40 ms, a stop takes 0.6 s."""

    def __init__(self, clock: Any) -> None:
        self.clock, self.baud = clock, 115200
        self.tags: list[bytes] = []
        self.streaming = self.silent = self.deaf = False
        self.program = 0x52
        self.refuses: dict[int, int] = {}
        self.error = 0
        self.heard: list[bytes] = []
        self._next_ns = self._beat_ns = self._next_baud = 0
        self._said: list[tuple[int, bytes]] = []

    def take(self, data: bytes) -> None:
        if self.silent:
            return
        self.heard.append(data)
        if self.deaf:
            return
        op, params = data[2], data[3:-2]
        if op in self.refuses:
            self._say(frame(op, self.refuses[op]))
        elif op == 0x2F and self.program & 3 != 1:
            self._switch(params)
        elif self.streaming:
            return
        elif op == 0x03:
            self._say(frame(op, 0, "1412080030000002201503100103014700000010"))
        elif op == 0x0C:
            self._say(frame(op, 0, f"{self.program:02X}"))
        elif op == 0x04:
            self.program = 0x52
            self._say(frame(op), 650)
        elif op == 0x06:
            self._say(frame(op))
            self._next_baud = int.from_bytes(params, "big")
        else:
            self._say(frame(op, 0x0101 if self.program & 3 == 1 else 0))

    def _switch(self, params: bytes) -> None:
        if params[2] == 1:
            self._say(bytes.fromhex("FF042F00000122" + "00006DC3"))
            if not self.streaming:
                self.streaming = True
                self._next_ns = self._beat_ns = self.clock.ns
        elif not self.streaming:
            self._say(frame(0x2F, 0x0100))
        else:
            self._say(KEEP_ALIVE, 600)
            self._say(bytes.fromhex("FF012F00000230E6"), 601)

    def _say(self, data: bytes, ms: int = 12) -> None:
        self._said.append((self.clock.ns + ms * MILLISECOND, data))
        self._said.sort()

    def speak(self, deadline_ns: int) -> tuple[int, bytes] | None:
        if self._next_baud and not self._said:  # the answer to 06 is through
            self.baud, self._next_baud = self._next_baud, 0
        if self.streaming and not self.silent:
            self._stream(deadline_ns)
        if not self._said or self._said[0][0] > deadline_ns:
            return None
        at_ns, data = self._said.pop(0)
        if data[2] == 0x2F and data[5:6] == b"\x02":
            self.streaming = False
        return at_ns, data

    def _stream(self, deadline_ns: int) -> None:
        while self._next_ns <= deadline_ns:
            self._next_ns += 40 * MILLISECOND
            self._said += [(self._next_ns, data) for data in self.tags]
        while self._beat_ns + 1000 * MILLISECOND <= deadline_ns:
            self._beat_ns += 1000 * MILLISECOND
            if self.error:
                self._said.append((self._beat_ns, frame(0x22, self.error)))
            self._said.append((self._beat_ns, KEEP_ALIVE))
        self._said.sort()


@pytest.fixture
def module(clock: Any) -> Module:
    return Module(clock)


@pytest.fixture
def line(module: Module, stream_line: Any) -> Any:
    return stream_line(module)


def reader(clock: Any, line: Any, gates: dict[str, str] | None = None, **options: Any) -> Any:
    settings = ReaderSettings(
        id="gate1", driver="thingmagic", url="unused", gate="door", antennas=gates or {},
        options=options,
    )  # fmt: skip
    driver = ThingMagicReader(settings, clock, line)
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


def test_it_stops_asks_sets_up_and_streams(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line)
    assert not driver.alive

    run(driver, clock, 1)

    region, protocol = frame_of_host(0x97, "06"), frame_of_host(0x93, "0005")
    # All but region and protocol are captured frames.
    assert written(line) == [STOP, VERSION, PROGRAM, region, protocol, ANTENNA, FILTER, START]
    assert driver.alive
    assert driver.version == "30000002 01.03.01.47"
    assert driver.problem() == ""
    assert module.streaming


def frame_of_host(op: int, data: str) -> str:
    body = bytes.fromhex(f"{len(data) // 2:02X}{op:02X}{data}")
    return (b"\xff" + body + crc(body).to_bytes(2, "big")).hex().upper()


def test_options_reach_the_wire(clock: Any, line: Any) -> None:
    driver = reader(clock, line, region="na2", power_dbm=27, antennas="1, 4,16")

    run(driver, clock, 1)

    # Region and power are captured frames.
    assert {"FF01970D4BB0", "FF02920A8C4BD5"} <= set(written(line))
    assert frame_of_host(0x91, "02010104041010") in written(line)


def test_antennas_are_those_that_serve_gates(clock: Any, line: Any, module: Module) -> None:
    module.tags = [tag(FIRST, 0x11), tag(SECOND, 0x22), tag(FIRST, 0x01)]
    driver = reader(clock, line, {"1": "left", "2": "right"})

    reads = run(driver, clock, 1)

    assert frame_of_host(0x91, "0201010202") in written(line)
    seen = {(read.credential, read.antenna, read.rssi_dbm) for read in reads}
    assert seen == {
        (f"epc:{FIRST}", 1, -60), (f"epc:{SECOND}", 2, -60), (f"epc:{FIRST}", 16, -60),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", ["perfect", "one byte at a time", "lossy", "damaging"])
@pytest.mark.parametrize("jitter_ms", [0, 120])
def test_the_same_talk_over_any_line(
    clock: Any, line: Any, module: Module, ways: Any, way: str, seed: int, jitter_ms: int
) -> None:
    module.tags = [tag(FIRST), tag(SECOND)]
    line.way = ways[way](seed)
    line.jitter = iter(lambda: (seed + 1) * jitter_ms / 3, None).__next__

    driver = reader(clock, line)
    reads = run(driver, clock, 20)

    assert {read.credential for read in reads} == {f"epc:{FIRST}", f"epc:{SECOND}"}
    if way in ("perfect", "one byte at a time"):
        assert driver.counters.garbage == 0
        assert driver.problem() == ""


def test_a_module_left_streaming_is_read_while_it_is_stopped(
    clock: Any, line: Any, module: Module
) -> None:
    """What it has read before its stop is answered is as good as any read."""
    module.streaming, module.tags = True, [tag(FIRST)]
    module._next_ns = module._beat_ns = clock.ns
    driver = reader(clock, line)

    assert len(run(driver, clock, 0.5)) > 5
    run(driver, clock, 1)

    assert written(line).count(STOP) == 1
    assert written(line)[-1] == START
    assert driver.problem() == ""


def test_a_module_that_streams_and_takes_no_command_is_read_and_called_suspect(
    clock: Any, line: Any, module: Module
) -> None:
    module.streaming = module.deaf = True
    module.tags = [tag(FIRST)]
    module._next_ns = module._beat_ns = clock.ns
    driver = reader(clock, line)

    reads = run(driver, clock, 9)
    assert len(reads) > 150
    assert driver.problem().startswith("stop_reading: unanswered")

    module.deaf = False
    run(driver, clock, 8)
    assert written(line)[-1] == START
    assert driver.problem() == ""


def test_no_keep_alive_is_noticed_and_the_stream_begun_again(
    clock: Any, line: Any, module: Module
) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)
    frames = driver.counters.frames
    while driver.counters.frames == frames:
        driver.read()
    module.streaming = False
    run(driver, clock, 1.4)
    assert driver.problem() == ""

    run(driver, clock, 0.4)
    assert "since the last frame; a sign of life within 1.5 s is due" in driver.problem()

    run(driver, clock, 1.2)
    assert driver.counters.errors["stream_restarted"] == 1
    assert driver.problem() == ""
    assert module.streaming


def test_a_keep_alive_that_is_lost_costs_nothing(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line)
    run(driver, clock, 0.5)
    module._beat_ns += 1_000 * MILLISECOND
    run(driver, clock, 4)

    assert driver.counters.errors["stream_restarted"] == 0
    assert written(line).count(STOP) == 1


def test_three_seconds_of_silence_end_the_session_and_five_the_search(
    clock: Any, line: Any, module: Module
) -> None:
    driver = reader(clock, line)
    run(driver, clock, 2.5)
    module.silent = True
    began = clock.ns
    with pytest.raises(ReaderError, match=r"3\.\d s of silence seen; a sign of life every 1\.5 s"):
        run(driver, clock, 6)
    assert 2.4e9 <= clock.ns - began <= 3.2e9

    driver.close()
    driver.open()
    began = clock.ns
    with pytest.raises(ReaderError, match=r"5\.\d s of silence"):
        run(driver, clock, 6)
    assert 4.9e9 <= clock.ns - began <= 5.2e9


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (0x0504, "over_temperature (0504)"),
        (0x0505, "high_return_loss (0505)"),
        (0x0503, "antenna_not_connected (0503)"),
        (0x0599, "status_0599 (0599)"),
    ],
)
def test_what_the_module_reports_is_shown_while_it_lasts(
    clock: Any, line: Any, module: Module, status: int, told: str
) -> None:
    driver = reader(clock, line)
    module.error = status
    run(driver, clock, 3)

    assert driver.problem() == told
    assert driver.counters.errors[told.partition(" ")[0]] >= 2

    module.error = 0
    run(driver, clock, 4)
    assert driver.problem() == ""


def test_a_module_in_its_bootloader_is_booted(clock: Any, line: Any, module: Module) -> None:
    module.program, module.tags = 0x51, [tag(FIRST)]
    driver = reader(clock, line)

    assert run(driver, clock, 2.5)
    assert driver.counters.errors["booted"] == 1
    assert frame_of_host(0x04, "") in written(line)
    assert driver.problem() == ""


def test_a_refused_region_is_shown_with_its_status(clock: Any, line: Any, module: Module) -> None:
    module.refuses, module.tags = {0x97: 0x010B}, [tag(FIRST)]
    driver = reader(clock, line, region="th")

    assert run(driver, clock, 2)
    assert driver.problem() == "set_region: invalid_region (010B)"


@pytest.mark.parametrize("baud", [9600, 38400, 57600, 230400, 921600])
def test_a_module_left_at_another_speed_is_found_and_brought_back(
    clock: Any, line: Any, module: Module, baud: int
) -> None:
    module.baud, module.tags = baud, [tag(FIRST)]
    driver = reader(clock, line)
    for _ in range(2):
        try:
            reads = run(driver, clock, 6)
            break
        except ReaderError:
            driver.close()
            driver.open()

    assert {read.credential for read in reads} == {f"epc:{FIRST}"}
    assert (module.baud, line.baud) == (115200, 115200)
    assert driver.problem() == ""


def test_a_module_that_refuses_to_change_its_speed_is_used_at_it(
    clock: Any, line: Any, module: Module
) -> None:
    module.baud, module.tags, module.refuses = 921600, [tag(FIRST)], {0x06: 0x010A}
    driver = reader(clock, line)

    assert run(driver, clock, 4)
    assert line.baud == 921600
    assert driver.counters.errors["set_baud_rate_refused"] == 1


def test_the_settings_speed_may_be_another(clock: Any, line: Any, module: Module) -> None:
    """A module starts at 115200, whatever is wanted."""
    module.tags = [tag(FIRST)]
    driver = reader(clock, line, baud=230400)

    assert run(driver, clock, 3)
    assert (module.baud, line.baud) == (230400, 230400)
    assert frame_of_host(0x06, f"{230400:08X}") in written(line)


def test_an_echo_of_its_own_commands_proves_nothing(clock: Any, line: Any, module: Module) -> None:
    module.silent = True
    driver = reader(clock, line)
    line.deliver(bytes.fromhex(STOP + VERSION + START))
    run(driver, clock, 0.6)

    assert not driver.alive


def test_closing_stops_the_stream(clock: Any, line: Any, module: Module) -> None:
    driver = reader(clock, line)
    run(driver, clock, 1)

    driver.close()

    assert written(line)[-1] == STOP
    assert not line.is_open


def test_an_unplugged_line_is_the_transports_error_and_closes_all_the_same(
    clock: Any, line: Any
) -> None:
    driver = reader(clock, line)
    run(driver, clock, 1)
    line.broken = True

    with pytest.raises(TransportError):
        driver.read()
    driver.close()


@pytest.mark.parametrize("text", ["0", "17", "1;2", "", "one", "1,,2"])
def test_antennas_that_are_none_are_refused(clock: Any, line: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=r"reader 'gate1': antennas .+ are due, e\.g\. 1,2"):
        reader(clock, line, antennas=text)


@pytest.mark.parametrize(("option", "value"), [("region", "mars"), ("power_dbm", 34)])
def test_options_that_are_none_are_refused(
    clock: Any, line: Any, option: str, value: object
) -> None:
    with pytest.raises(ConfigError, match=rf"reader 'gate1': option {option}=.+ is due"):
        reader(clock, line, **{option: value})

"""The pump on real kernel ptys: whatever happens to one reader, it and the others go on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, TransportError, UnknownDriverError
from gatekeeper.model import CardRead, Presentation, ReaderState, ReaderStatus
from gatekeeper.readers import pump as pump_module
from gatekeeper.readers.pump import Pump, rules_of
from gatekeeper.readers.r2000 import R2000Reader
from gatekeeper.readers.rdm6300 import Rdm6300Reader

HELD = bytes.fromhex("0236324533303836434544303803")  # published; em4100:62E3086CED
OTHER = bytes.fromhex("0230313030303733344530443203")  # published; em4100:01000734E0
UP, SUSPECT, DOWN = ReaderState.UP, ReaderState.SUSPECT, ReaderState.DOWN
DEADLINE_S = 20


class Log:
    """What a pump told, with a way to wait for it."""

    def __init__(self) -> None:
        self.shown: list[Presentation] = []
        self.states: list[ReaderStatus] = []
        self._changed = threading.Condition()

    def show(self, presentation: Presentation) -> None:
        with self._changed:
            self.shown.append(presentation)
            self._changed.notify_all()

    def tell(self, status: ReaderStatus) -> None:
        with self._changed:
            self.states.append(status)
            self._changed.notify_all()

    def wait(self, due: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(due, DEADLINE_S), (self.shown, self.states)

    def wait_state(self, *states: ReaderState) -> None:
        """Until the last states told are these."""
        self.wait(lambda: [s.state for s in self.states][-len(states) :] == list(states))

    def wait_shown(self, count: int) -> None:
        self.wait(lambda: len(self.shown) >= count)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump_module, "BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr(pump_module, "BACKOFF_MAX_S", 0.02)


@pytest.fixture
def run() -> Iterator[Callable[..., Pump]]:
    """Starts pumps; all are stopped at the end, and must obey."""
    pumps: list[Pump] = []

    def make(settings: ReaderSettings, log: Log, **rest: Any) -> Pump:
        handler = rest.pop("handler", log.show)
        made = Pump(settings, handler, on_state=rest.pop("on_state", log.tell), **rest)
        pumps.append(made)
        made.start()
        return made

    yield make
    for made in pumps:
        assert made.stop()


def low(link: Path, **options: Any) -> ReaderSettings:
    return ReaderSettings(
        id=link.name, driver="rdm6300", url=str(link), gate="door", options=options
    )


def test_a_held_tag_is_handed_on_once(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")
    pump = run(low(device.link), log)
    log.wait_state(UP)

    device.write(HELD * 5 + OTHER * 2)
    log.wait_shown(2)

    assert [(p.credential, p.gate, p.reader, p.frames) for p in log.shown] == [
        ("em4100:62E3086CED", "door", "gate1", 2),
        ("em4100:01000734E0", "door", "gate1", 2),
    ]
    status = pump.status()
    assert (status.state, status.gates) == (UP, ("door",))
    assert "cannot prove more" in status.detail
    assert (status.frames, status.garbage, status.presentations) == (7, 0, 2)


def test_unplugging_one_reader_leaves_the_other_reading(plug: Any, run: Any, log: Log) -> None:
    device, other = plug("gate1"), plug("gate2")
    other_log = Log()
    pump = run(low(device.link), log)
    run(low(other.link, gone_after_ms=50), other_log)
    log.wait_state(UP)
    other_log.wait_state(UP)

    device.unplug()
    log.wait_state(UP, DOWN)
    assert "gate1: " in pump.status().detail
    other.write(HELD * 2)
    other_log.wait_shown(1)
    device.plug()
    log.wait_state(UP, DOWN, UP)
    device.write(HELD * 2)
    log.wait_shown(1)

    assert [s.state for s in other_log.states] == [UP]
    assert pump.status().reconnects == 1
    assert log.states[1].since_at <= log.states[2].since_at


@pytest.mark.usefixtures("quick")
def test_thirty_unpluggings_leak_nothing(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")
    pump = run(low(device.link), log)
    log.wait_state(UP)
    device.let_go()
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    threads = threading.active_count()

    for count in range(30):
        device.unplug()
        log.wait_state(UP, DOWN)
        device.plug()
        log.wait_state(DOWN, UP)
        device.let_go()
        device.write(frame_of(f"{count + 1:010X}") * 2)
        log.wait_shown(count + 1)

    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) <= descriptors
    assert threading.active_count() == threads
    assert pump.status().reconnects == 30


@pytest.mark.usefixtures("quick")
def test_a_port_that_appears_later_is_taken_then(tmp_path: Path, run: Any, log: Log) -> None:
    pump = run(low(tmp_path / "gate1"), log)
    seen = threading.Event()

    def look() -> None:
        while "No such file" not in pump.status().detail:
            seen.wait(0.01)
        seen.set()

    threading.Thread(target=look, daemon=True).start()

    assert seen.wait(DEADLINE_S)
    assert pump.status().state is DOWN
    assert "a free serial line at 9600 baud due" in pump.status().detail


def test_a_flood_of_garbage_is_suspect_and_disturbs_nobody(plug: Any, run: Any, log: Log) -> None:
    device, other = plug("gate1"), plug("gate2")
    other_log = Log()
    pump = run(low(device.link), log)
    run(low(other.link), other_log)
    log.wait_state(UP)
    other_log.wait_state(UP)
    noise = random.Random(7).randbytes(60_000)

    flood = threading.Thread(
        target=lambda: [device.write(noise[at : at + 2000]) for at in range(0, len(noise), 2000)]
    )
    flood.start()
    other.write(HELD * 2)
    other_log.wait_shown(1)
    flood.join(DEADLINE_S)
    log.wait_state(UP, SUSPECT)

    assert "pieces of garbage in a row" in log.states[-1].detail
    device.write(OTHER * 2)
    log.wait_shown(1)
    assert log.shown[0].credential == "em4100:01000734E0"
    assert pump.status().garbage > 100
    assert sum(n for name, n in pump.counters().items() if name.startswith("garbage_")) > 100


def test_a_failing_handler_does_not_stop_the_reader(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")

    def fail_once(presentation: Presentation) -> None:
        log.show(presentation)
        if len(log.shown) == 1:
            raise RuntimeError("no gate")

    pump = run(low(device.link), log, handler=fail_once)
    log.wait_state(UP)

    device.write(HELD * 2 + OTHER * 2)
    log.wait_shown(2)

    assert pump.counters()["handler_errors"] == 1
    assert pump.status().state is UP


def test_a_failing_listener_does_not_stop_the_reader(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")

    def fail(status: ReaderStatus) -> None:
        log.tell(status)
        raise RuntimeError("nobody listens")

    pump = run(low(device.link), log, on_state=fail)
    log.wait_state(UP)

    device.write(HELD * 2)
    log.wait_shown(1)
    assert pump.counters()["handler_errors"] == 1


def test_while_the_handler_works_nothing_is_lost(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")
    entered, go_on = threading.Event(), threading.Event()

    def slow(presentation: Presentation) -> None:
        entered.set()
        assert go_on.wait(DEADLINE_S)
        log.show(presentation)

    run(low(device.link), log, handler=slow)
    log.wait_state(UP)
    tags = [f"{n:010X}" for n in range(1, 100)]
    device.write(b"".join(frame_of(tags[0]) for _ in range(2)))
    assert entered.wait(DEADLINE_S)

    device.write(b"".join(frame_of(tag) * 2 for tag in tags[1:]))
    go_on.set()
    log.wait_shown(len(tags))

    assert [p.credential for p in log.shown] == [f"em4100:{tag}" for tag in tags]


def frame_of(digits: str) -> bytes:
    check = 0
    for byte in bytes.fromhex(digits):
        check ^= byte
    return b"\x02" + digits.encode() + f"{check:02X}".encode() + b"\x03"


def test_the_handlers_time_is_not_a_tags_silence(clock: Any, line: Any, run: Any, log: Log) -> None:
    """A tag held while a slow decision was made is still the same presentation."""
    settings = ReaderSettings(id="gate1", driver="rdm6300", url="unused", gate="door")
    ready = threading.Event()

    def slow(presentation: Presentation) -> None:
        assert ready.wait(DEADLINE_S)
        clock.advance(3000)
        log.show(presentation)

    run(settings, log, handler=slow, clock=clock, reader=Rdm6300Reader(settings, clock, line))
    log.wait_state(UP)
    for _ in range(40):
        line.deliver(HELD, 65)
    for _ in range(2):
        line.deliver(OTHER, 65)
    ready.set()
    log.wait_shown(2)

    assert [p.credential for p in log.shown] == ["em4100:62E3086CED", "em4100:01000734E0"]


class HeldUp(Rdm6300Reader):
    """Each turn takes the next of `turns` milliseconds; the one tag is read in those of `heard`."""

    turns: Sequence[int] = ()
    heard: Collection[int] = ()
    turn = 0

    def read(self) -> list[CardRead]:
        number, self.turn = self.turn, self.turn + 1
        self.time.advance(self.turns[number] if number < len(self.turns) else 50)
        if number == len(self.turns):
            self.over.set()
        if number not in self.heard:
            return []
        now_ns = self.time.monotonic_ns()
        return [CardRead("gate1", "em4100:62E3086CED", seen_ns=now_ns)] * 2

    over: threading.Event
    time: Any


@pytest.mark.parametrize(
    ("turns", "times"),
    [
        ([50, 3000, 50], 1),  # the machine held the thread up: the tag lay there all the time
        ([50, 600, 50], 1),
        ([50] * 40, 2),  # it was listened for, and was silent
        ([50, 3000, *[50] * 40], 2),
    ],
)
def test_a_machine_that_held_the_thread_up_is_not_a_tags_silence(
    clock: Any, line: Any, run: Any, log: Log, turns: list[int], times: int
) -> None:
    settings = ReaderSettings(id="gate1", driver="rdm6300", url="unused", gate="door")
    reader = HeldUp(settings, clock, line)
    reader.over, reader.time = threading.Event(), clock
    reader.turns, reader.heard = turns, {0, len(turns) - 1}

    run(settings, log, clock=clock, reader=reader)

    assert reader.over.wait(DEADLINE_S)
    assert len(log.shown) == times


@pytest.mark.usefixtures("quick")
def test_a_polled_reader_is_up_only_once_it_was_heard(
    clock: Any, line: Any, device: Any, run: Any, log: Log
) -> None:
    settings = ReaderSettings(id="gate1", driver="r2000", url="unused", gate="door")
    device.silent = True
    pump = run(settings, log, clock=clock, reader=R2000Reader(settings, clock, line))
    opened = threading.Event()

    def look() -> None:
        while pump.counters().get("opened", 0) < 3:
            opened.wait(0.01)
        opened.set()

    threading.Thread(target=look, daemon=True).start()
    assert opened.wait(DEADLINE_S)
    assert log.states == []
    assert "silent for" in pump.status().detail or "of silence seen" in pump.status().detail

    device.silent = False
    log.wait_state(UP)
    device.silent = True
    log.wait_state(UP, SUSPECT, DOWN)
    device.silent = False
    log.wait_state(DOWN, UP)

    assert "an answer within 1 s is due" in log.states[1].detail
    assert "an answer to each command is due" in log.states[2].detail


@pytest.mark.usefixtures("quick")
def test_a_lost_line_presents_what_waited_for_its_best_antenna(
    clock: Any, line: Any, device: Any, run: Any, log: Log
) -> None:
    lanes = {"1": "left", "2": "right"}
    settings = ReaderSettings(
        id="g", driver="r2000", url="unused", antennas=lanes, options={"antenna_window_ms": 5000}
    )
    heard = threading.Event()
    reader = R2000Reader(settings, clock, line)
    reader.on_tag = lambda tag, now_ns: (setattr(line, "broken", True), heard.set())  # type: ignore[method-assign]
    run(settings, log, clock=clock, reader=reader)
    device.fields[1] = ["300833B2DDD9014000000001"]

    assert heard.wait(DEADLINE_S)
    log.wait_shown(1)

    assert (log.shown[0].gate, log.shown[0].antenna) == ("right", 2)


class Broken(Rdm6300Reader):
    """A driver with a defect."""

    failures = 0

    def read(self) -> Any:
        self.failures += 1
        if self.failures < 3:
            raise ZeroDivisionError("a defect")
        return super().read()

    def close(self) -> None:
        super().close()
        if self.failures == 1:
            raise ValueError("another")


@pytest.mark.usefixtures("quick")
def test_a_defect_of_a_driver_does_not_end_its_thread(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")
    settings = low(device.link)
    pump = run(settings, log, reader=Broken(settings, pump_module.SystemClock()))
    log.wait_state(UP)

    device.write(HELD * 2)
    log.wait_shown(1)

    assert pump.counters()["driver_errors"] == 3
    assert pump.status().reconnects == 2


def test_stopping_releases_the_line_and_is_no_news(plug: Any, run: Any, log: Log) -> None:
    device = plug("gate1")
    first = run(low(device.link), log)
    log.wait_state(UP)

    assert first.stop()
    assert first.stop()
    run(low(device.link), log)
    log.wait_state(UP, UP)

    assert (first.status().state, first.status().detail) == (DOWN, "stopped")


def test_a_pump_that_never_started_stops(tmp_path: Path) -> None:
    pump = Pump(low(tmp_path / "gate1"), lambda _: None)

    assert pump.status().detail == "not started"
    assert pump.stop()


def test_settings_that_no_retry_can_mend_are_refused_at_once() -> None:
    def build(**changes: Any) -> None:
        content = {"id": "gate1", "driver": "rdm6300", "url": "/dev/ttyUSB0", "gate": "door"}
        Pump(ReaderSettings(**content | changes), lambda _: None)

    with pytest.raises(
        UnknownDriverError, match=r"reader 'gate1': driver 'rdm' seen; one of .*r2000, rdm6300"
    ):
        build(driver="rdm")
    with pytest.raises(ConfigError, match=r"reader 'gate1': option checksum=crc seen; xor or sum"):
        build(options={"checksum": "crc"})
    with pytest.raises(ConfigError, match=r"reader 'gate1': option 'antennas' seen; known"):
        build(options={"antennas": "1,2"})
    with pytest.raises(ConfigError, match=r"reader 'gate1': option baud=fast seen; a whole number"):
        build(options={"baud": "fast"})
    with pytest.raises(ConfigError, match=r"reader 'gate1': 'http://x' seen; a path, socket://"):
        build(url="http://x")


def test_options_override_the_familys_times(clock: Any, line: Any) -> None:
    settings = ReaderSettings(
        id="g", driver="r2000", url="unused", antennas={"1": "a", "2": "b"}, gate="c",
        options={"gone_after_ms": 2500, "antenna_window_ms": 0, "frames_needed": 2},
    )  # fmt: skip
    plain = ReaderSettings(id="g", driver="r2000", url="unused", gate="c")

    given = rules_of(settings, R2000Reader(settings, clock, line))
    default = rules_of(plain, R2000Reader(plain, clock, line))

    assert (given.gone_after_ns, given.antenna_window_ns) == (2_500_000_000, 0)
    assert (given.gate, given.antennas) == ("c", {1: "a", 2: "b"})
    assert (default.gone_after_ns, default.antenna_window_ns) == (1_000_000_000, 300_000_000)
    assert (given.frames_needed, default.frames_needed) == (2, 1)
    assert not default.waits_for_best
    assert given.waits_for_best


def test_the_pause_between_retries_doubles_up_to_two_seconds(
    monkeypatch: pytest.MonkeyPatch, clock: Any, line: Any
) -> None:
    line.broken = True
    settings = ReaderSettings(id="g", driver="rdm6300", url="unused", gate="door")
    pump = Pump(settings, lambda _: None, clock=clock, reader=Rdm6300Reader(settings, clock, line))
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 8

    monkeypatch.setattr(pump._stop, "wait", pause)
    pump._run()

    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]
    with pytest.raises(TransportError):
        line.open()

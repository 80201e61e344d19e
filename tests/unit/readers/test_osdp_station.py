"""One reader's turns on a bus, on a clock held by hand: repeats, pauses, health, lost clocks."""

from __future__ import annotations

import binascii
from typing import Any, cast

import osdp_sys
import pytest

from gatekeeper.errors import ConfigError
from gatekeeper.model import ReasonClass
from gatekeeper.readers import osdp_commands as commands
from gatekeeper.readers import osdp_panel
from gatekeeper.readers.osdp_bus import _next
from gatekeeper.readers.osdp_commands import Job
from gatekeeper.readers.osdp_panel import Panel
from gatekeeper.readers.osdp_patience import MS, PROBE_NS, Patience
from gatekeeper.readers.osdp_station import Station
from gatekeeper.readers.osdp_wire import Command, Heard, parse

START = 1_000_000 * MS


def frame(address: int, sequence: int, code: int, *data: int) -> bytes:
    body = bytes([0x53, address, 8 + len(data), 0, 4 | sequence, code, *data])
    return body + binascii.crc_hqx(body, 0x1D0F).to_bytes(2, "little")


def heard(raw: bytes) -> Heard:
    found = parse(raw)
    assert isinstance(found, Heard)
    return found


class FakePanel:
    """A session that stands after one reply; `frames` is what it wants to send."""

    def __init__(self) -> None:
        self.online = self.waiting = False
        self.secure = True
        self.frames: list[bytes] = []
        self.heard: list[bytes] = []
        self.submitted: list[dict[str, Any]] = []
        self.restarts = 0
        self.comes_online = True
        self.obedient = True

    def next_frame(self) -> bytes:
        self.waiting = bool(self.frames)
        return self.frames.pop(0) if self.frames else b""

    def hear(self, reply: bytes) -> None:
        self.waiting = False
        self.heard.append(reply)
        self.online = self.comes_online

    def submit(self, command: dict[str, Any]) -> bool:
        self.submitted.append(command)
        return self.obedient

    def restart(self) -> None:
        self.restarts += 1
        self.online = self.waiting = False
        self.frames = [frame(1, 0, Command.ID, 0)]

    def capability(self, function: int) -> tuple[int, int]:
        return 1, 1


@pytest.fixture
def panel() -> FakePanel:
    return FakePanel()


@pytest.fixture
def station(panel: FakePanel) -> Station:
    made = Station("door", 1, lambda _station: cast("Panel", panel))
    made.begin(START)
    return made


def online(station: Station, now_ns: int = START) -> int:
    """Bring the session up; the time at which it stands."""
    assert station.turn(now_ns)
    assert station.hear(heard(frame(0x81, 0, 0x45)), now_ns, 0)
    assert cast("FakePanel", station.panel).online
    return now_ns


def test_an_unanswered_poll_is_repeated_as_it_was_three_times(station: Station, panel: Any) -> None:
    now = online(station)
    poll = frame(1, 2, Command.POLL)
    panel.frames = [poll]

    sent = []
    for _ in range(4):
        sent.append(station.turn(now))
        now += station.window_ns()
        station.miss(now)
        now = max(now, station.due_ns)

    assert sent == [poll] * 4
    assert now - START < 800 * MS  # libosdp's readers forget a session after that
    assert panel.restarts == 2  # once at the beginning
    assert station.errors == {"no_answer": 4, "session_lost": 1}


def test_an_answer_to_a_repeat_goes_on_as_if_nothing_had_been(station: Station, panel: Any) -> None:
    now = online(station)
    panel.frames = [frame(1, 2, Command.POLL)]
    station.turn(now)
    station.miss(now + 60 * MS)

    assert station.hear(heard(frame(0x81, 2, 0x40)), now + 70 * MS, MS)
    assert panel.restarts == 1
    assert station.answering


def test_an_answer_to_an_earlier_question_is_not_this_one_s(station: Station, panel: Any) -> None:
    now = online(station)
    panel.frames = [frame(1, 3, Command.POLL)]
    station.turn(now)

    assert not station.hear(heard(frame(0x81, 2, 0x40)), now, 0)
    assert len(panel.heard) == 1
    assert station.hear(heard(frame(0x81, 3, 0x40)), now, 0)
    assert not station.hear(heard(frame(0x81, 3, 0x40)), now, 0)
    assert station.errors["late_reply"] == 2


def test_a_busy_reader_is_asked_the_same_again(station: Station, panel: Any) -> None:
    now = online(station)
    poll = frame(1, 1, Command.POLL)
    panel.frames = [poll]
    station.turn(now)

    assert station.hear(heard(frame(0x81, 0, 0x79)), now, 0)
    assert station.turn(station.due_ns) == poll
    assert panel.restarts == 1


def test_a_panel_that_has_lost_its_clock_is_begun_anew(station: Station, panel: Any) -> None:
    now = online(station)
    while panel.restarts == 1:
        assert station.turn(now) == b""
        now = station.due_ns
        assert now < START + 400 * MS

    assert station.errors["stalled"] == 1
    assert station.turn(now) == frame(1, 0, Command.ID, 0)


def test_health_over_time(station: Station) -> None:
    assert station.problem(START) == "no answer from address 1 yet"
    assert not station.alive(START)
    now = online(station)

    assert station.problem(now + 900 * MS) == ""
    assert station.alive(now + 3_900 * MS)
    assert station.problem(now + 1_200 * MS) == "no answer from address 1 for 1.2 s"
    assert not station.alive(now + 4_000 * MS)


def test_what_comes_without_a_secure_channel_is_not_believed(station: Station, panel: Any) -> None:
    online(station)
    panel.secure = False

    station.take_event({"event": 1})

    assert station.events.empty()
    assert station.errors["insecure_event"] == 1


def test_a_refused_light_is_not_asked_for_again(station: Station, panel: Any) -> None:
    now = online(station)
    station.submit(light := Job(Command.LED, {"command": 2}))
    panel.frames = [frame(1, 1, Command.LED)]
    station.turn(now)
    panel.obedient = True
    panel.hear = lambda reply: setattr(panel, "online", False) or setattr(panel, "waiting", False)
    station.hear(heard(frame(0x81, 1, 0x41, 3)), now, 0)
    assert light.done.is_set()
    assert not light.obeyed

    del panel.hear
    now = online(station, station.due_ns)
    station.submit(again := Job(Command.LED, {"command": 2}))
    station.turn(now)
    assert again.done.is_set()
    assert len(panel.submitted) == 1
    assert station.errors["nak_3"] == 1


def test_a_withdrawn_job_is_not_done(station: Station, panel: Any) -> None:
    station.submit(job := commands.output(1, 1.0))
    job.withdrawn = True
    now = online(station)

    station.turn(now)

    assert panel.submitted == []


def test_of_two_answers_to_show_the_last_one_counts(station: Station, panel: Any) -> None:
    now = online(station)
    for shown in (ReasonClass.RED, ReasonClass.GREEN):
        station.show(lambda shown=shown: commands.shown(shown, led=True, buzzer=False))
    station.turn(now)

    assert [command["on_color"] for command in panel.submitted] == [commands.GREEN]


def test_whoever_waits_is_told_when_the_line_is_gone(station: Station) -> None:
    station.submit(job := commands.output(1, 1.0))

    station.end()

    assert job.done.is_set()
    assert not job.obeyed
    assert station.events.get_nowait() is None


def test_a_silent_reader_is_asked_a_few_times_quickly_then_once_a_second() -> None:
    patience = Patience()
    pauses = [patience.pause_ns() for _ in range(6)]

    assert pauses[0] < 200 * MS
    assert pauses[-1] == PROBE_NS < 1_000 * MS
    patience.answered(0)
    assert patience.pause_ns() == pauses[0]


def test_the_wait_follows_what_the_reader_needs() -> None:
    patience = Patience()
    assert patience.window_ns(online=False) == 40 * MS
    patience.answered(2 * MS)
    assert patience.window_ns(online=False) == 20 * MS
    assert patience.window_ns(online=True) == 60 * MS
    patience.answered(100 * MS)
    assert patience.window_ns(online=False) == patience.window_ns(online=True) == 200 * MS
    for _ in range(300):
        patience.answered(2 * MS)
    assert patience.window_ns(online=True) == 60 * MS
    windows = []
    for _ in range(70):
        windows.append(patience.window_ns(online=False))
        patience.pause_ns()
    # Now and then: it may be a slow one.
    assert [n for n, window in enumerate(windows) if window == 200 * MS] == [3, 67]


class Turn:
    """As much of a station as the order of turns depends on."""

    def __init__(self, due_ms: int, *, well: bool = True, jobs: bool = False) -> None:
        self.due_ns, self.answering, self.has_jobs = due_ms * MS, well, jobs

    def window_ns(self) -> int:
        return 40 * MS


def test_those_in_session_come_first_and_one_in_trouble_when_there_is_time() -> None:
    def whose(*stations: Turn) -> Turn | None:
        found = _next(cast("list[Station]", list(stations)), 1_000 * MS)
        return cast("Turn | None", found)

    early, late, later = Turn(990), Turn(995), Turn(1_045)
    ill, patient = Turn(600, well=False), Turn(400, well=False)

    assert whose(late, early, ill) is early
    assert whose(later, ill) is ill  # the line is free for 45 ms
    assert whose(Turn(1_020), ill) is None  # only for 20 ms
    assert whose(early, patient) is patient  # has waited for 600 ms
    assert whose(Turn(1_020, jobs=True), ill).has_jobs
    assert whose(Turn(1_100), Turn(1_200)) is None


def test_numbers_are_those_of_the_library() -> None:
    for name, value in {
        "COMMAND_OUTPUT": osdp_sys.CMD_OUTPUT,
        "COMMAND_LED": osdp_sys.CMD_LED,
        "COMMAND_BUZZER": osdp_sys.CMD_BUZZER,
        "COMMAND_STATUS": osdp_sys.CMD_STATUS,
        "EVENT_CARD": osdp_sys.EVENT_CARDREAD,
        "EVENT_KEYS": osdp_sys.EVENT_KEYPRESS,
        "EVENT_STATUS": osdp_sys.EVENT_STATUS,
        "STATUS_LOCAL": osdp_sys.STATUS_REPORT_LOCAL,
        "STATUS_READER": osdp_sys.STATUS_REPORT_REMOTE,
        "CAP_OUTPUT": osdp_sys.CAP_OUTPUT_CONTROL,
        "CAP_LED": osdp_sys.CAP_READER_LED_CONTROL,
        "CAP_AUDIBLE": osdp_sys.CAP_READER_AUDIBLE_OUTPUT,
        "RED": osdp_sys.LED_COLOR_RED,
        "GREEN": osdp_sys.LED_COLOR_GREEN,
        "AMBER": osdp_sys.LED_COLOR_AMBER,
    }.items():
        assert getattr(commands, name) == value, name


def test_a_missing_library_is_our_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(osdp_panel.importlib, "import_module", absent)

    with pytest.raises(ConfigError, match="pip install libosdp"):
        osdp_panel.library()


def test_beginning_anew_a_thousand_times_costs_no_memory() -> None:
    """A reader that is gone for months is asked all the time."""
    psutil = pytest.importorskip("psutil")
    panel = Panel(
        1, bytes(range(16)), enforce=True, on_event=lambda _e: None, on_done=lambda _c, _o: None
    )

    def restart(times: int) -> int:
        for _ in range(times):
            panel.restart()
            assert panel.next_frame()[-4] == Command.ID
        return int(psutil.Process().memory_info().rss)

    before = restart(2_000)
    assert restart(10_000) - before < 1_000_000

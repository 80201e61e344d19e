"""OSDP readers on one bus, against simulated ones: libosdp's two ends with a line between them.

What no other driver has: several readers on a line, keys, install mode, and a line that is
damaged in both directions. The usual promises of a driver are tried in test_drivers.py.
"""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from rigs import DEADLINE_S

from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.loop import Loop
from firmware_sim.osdp import KEY, Osdp
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.model import CardRead, ReasonClass
from gatekeeper.readers.base import Indicator, Switch
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.osdp import OsdpReader
from gatekeeper.readers.osdp_key import make_key

PDID = "53E514000445BEBAFE0101AFBEADDEDEADDEA16F"
PDCAP = "53E5230005460101020201020401010501010801000901000A00010D01011002005F76"
"""Replies of a reader at address 101 to ID and CAP, as libosdp sends them."""
BAUD = 115_200
CARD = "w26:123:4567"


class BusRig:
    """Simulated readers at addresses 1, 2, … on one bus, and drivers for them."""

    def __init__(self, folder: Path, devices: int = 1, **options: str) -> None:
        self.folder, self.url = folder, str(folder / "bus")
        self.frames: deque[FrameReport] = deque()
        self.loop = Loop()
        self.devices = [
            Osdp(
                f"door{address}",
                self.loop,
                folder / f"door{address}",
                Faults(random.Random(address)),
                baud=BAUD,
                report=self.frames.append,
                address=address,
                options={"bus": "bus"} | options,
            )
            for address in range(1, devices + 1)
        ]
        self._jobs: deque[Callable[[], None]] = deque()
        self._woken, self._waker = os.pipe()
        self.loop.watch(self._woken, self._work)
        self._thread = threading.Thread(target=self.loop.run, daemon=True)
        self.drivers: list[OsdpReader] = []

    def __enter__(self) -> Self:
        self._thread.start()
        for device in self.devices:
            self.do(device.start)
        return self

    def __exit__(self, *_: object) -> None:
        for driver in self.drivers:
            driver.close()
        for device in self.devices:
            self.do(device.stop)
        self.do(self.loop.stop)
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        os.close(self._woken)
        os.close(self._waker)

    def do(self, job: Callable[[], object]) -> None:
        done = threading.Event()
        self._jobs.append(lambda: (job(), done.set())[1])
        os.write(self._waker, b".")
        assert done.wait(DEADLINE_S)

    def driver(self, address: int = 1, **options: Any) -> OsdpReader:
        """A driver for the reader at `address`, not yet open."""
        given = {"address": address, "baud": BAUD, "key": KEY} | options
        settings = ReaderSettings(
            id=f"door{address}",
            driver="osdp",
            url=self.url,
            gate="hall",
            options={name: value for name, value in given.items() if value is not None},
        )
        self.drivers.append(OsdpReader(settings, SystemClock()))
        return self.drivers[-1]

    def opened(self, address: int = 1, **options: Any) -> OsdpReader:
        """The same, open and in session."""
        driver = self.driver(address, **options)
        driver.open()
        until(driver, lambda: driver.alive)
        return driver

    def show(self, address: int, card: str) -> Tag:
        tag = Tag(card, far_m=0.8)
        self.do(lambda: self.devices[address - 1].field.put(tag, self.loop.now(), 60.0))
        return tag

    def take(self, address: int, tag: Tag) -> None:
        self.do(lambda: self.devices[address - 1].field.take(tag))

    def strike(self, address: int, fault: str) -> None:
        self.do(lambda: self.devices[address - 1].strike(fault))

    def silence(self, address: int, seconds: float) -> None:
        self.do(lambda: self.devices[address - 1].silence(seconds))

    def fault(self, address: int, name: str, rate: float) -> None:
        self.do(lambda: self.devices[address - 1].faults.set(name, rate))

    def _work(self) -> None:
        os.read(self._woken, 100)
        while self._jobs:
            self._jobs.popleft()()


def until(driver: OsdpReader, due: Callable[[], bool], limit_s: float = DEADLINE_S) -> list[Any]:
    """Keep reading until `due`; what was read meanwhile."""
    reads: list[CardRead] = []
    end = time.monotonic() + limit_s
    while not due():
        assert time.monotonic() < end, (driver.problem(), driver.counters)
        reads += driver.read()
    return reads


def next_card(driver: OsdpReader, limit_s: float = DEADLINE_S) -> str:
    """The next card that `driver` reads."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if reads := driver.read():
            assert len(reads) == 1
            return reads[0].credential
    raise AssertionError((driver.problem(), driver.counters))


def tapped_until_read(rig: BusRig, driver: OsdpReader) -> bool:
    """Whether a card is read by its tenth tap at most.

    What this end has not noticed may not be over for the other: a reader tells of each tap
    once, so a tap that falls into a session's last moments is lost, and people tap again.
    """
    tapped = []
    for n in range(10):
        tapped.append(f"w26:77:{n}")
        tag = rig.show(1, tapped[-1])
        end = time.monotonic() + 2.0
        reads: list[CardRead] = []
        while not reads and time.monotonic() < end:
            reads = driver.read()
        rig.take(1, tag)
        if reads:
            assert reads[0].credential in tapped
            return True
    return False


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Callable[..., BusRig]]:
    made: list[BusRig] = []

    def make(devices: int = 1, **options: str) -> BusRig:
        made.append(BusRig(tmp_path, devices, **options).__enter__())
        return made[-1]

    yield make
    for rig in made:
        rig.__exit__()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("osdp-")]


def test_readers_on_one_bus_share_one_thread_and_each_reads_its_own_cards(bus: Any) -> None:
    rig = bus(3)
    drivers = [rig.opened(address) for address in (1, 2, 3)]

    assert len(threads()) == 1
    for turn in range(2):
        for address, driver in enumerate(drivers, start=1):
            tag = rig.show(address, f"w26:{address}:{turn}")
            assert next_card(driver) == f"w26:{address}:{turn}"
            rig.take(address, tag)
    assert [driver.problem() for driver in drivers] == ["", "", ""]
    for driver in drivers:
        driver.close()
    assert threads() == []


def test_the_line_is_closed_by_the_last_one_and_can_be_taken_again(bus: Any) -> None:
    rig = bus(2)
    first, second = rig.opened(1), rig.opened(2)
    first.close()

    rig.show(2, CARD)
    assert next_card(second) == CARD
    second.close()
    assert rig.opened(1).problem() == ""


def test_two_readers_with_one_address_or_two_speeds_are_refused_by_name(bus: Any) -> None:
    rig = bus(1)
    rig.opened(1)

    with pytest.raises(
        ConfigError, match=r"address 1 seen; another one than that of reader 'door1"
    ):
        rig.driver(1).open()
    with pytest.raises(ConfigError, match=r"'door2': baud 9600 seen; 115200 is due"):
        rig.driver(2, baud=9600).open()


def test_the_session_is_secure(bus: Any) -> None:
    rig = bus()
    driver = rig.opened()
    rig.show(1, CARD)

    assert next_card(driver) == CARD
    told = [frame for frame in rig.frames if frame.credential == CARD]
    assert [frame.fate for frame in told] == ["intact"]


@pytest.mark.parametrize(
    ("options", "due"),
    [
        ({"key": None}, r"'door1': no key seen; 32 hexadecimal digits .+ key_file"),
        ({"key": "AB"}, r"option key: 2 characters seen; 32 hexadecimal"),
        ({"key": "303132333435363738393A3B3C3D3E3F"}, r"a key that everybody knows seen"),
        ({"key": "00" * 16}, r"a key that everybody knows seen"),
        ({"key_file": "/nowhere/key"}, r"options key and key_file seen; one of them"),
        ({"key": None, "key_file": "/nowhere/key"}, r"/nowhere/key: no such file seen"),
        ({"key": None, "key_env": "NO_SUCH_KEY"}, r"no environment variable NO_SUCH_KEY seen"),
        ({"format": "H1"}, r"option format=H1 seen; H10301 or H10306"),
    ],
)
def test_bad_settings_are_refused_with_the_remedy(
    tmp_path: Path, options: dict[str, Any], due: str
) -> None:
    with pytest.raises(ConfigError, match=due):
        BusRig(tmp_path).driver(1, **options)


def test_the_key_comes_from_a_file_or_the_environment(
    bus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = bus()
    file = tmp_path / "door.key"
    file.write_text(f"{KEY.lower()}\n", encoding="ascii")
    file.chmod(0o600)
    monkeypatch.setenv("DOOR_KEY", KEY)

    rig.opened(key=None, key_file=str(file)).close()
    assert rig.opened(key=None, key_env="DOOR_KEY").problem() == ""


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_can_open_is_refused_with_the_remedy(
    tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "door.key"
    file.write_text(f"{KEY}\n", encoding="ascii")
    file.chmod(mode)

    with pytest.raises(ConfigError, match=rf"mode {mode:04o} seen.+chmod 600 {file}") as caught:
        BusRig(tmp_path).driver(1, key=None, key_file=str(file))

    assert KEY not in str(caught.value)


def test_a_reader_with_another_key_is_down_and_says_so(bus: Any) -> None:
    rig = bus()
    driver = rig.driver(key="12" * 15 + "34")
    driver.open()

    until(driver, lambda: "another key" in driver.problem())
    rig.show(1, CARD)

    assert until(driver, lambda: driver.counters.errors["session_refused"] >= 2) == []
    assert not driver.alive


def test_a_reader_without_a_secure_channel_is_not_used(bus: Any) -> None:
    rig = bus(channel="clear")
    driver = rig.driver()
    driver.open()

    until(driver, lambda: "offers no secure channel" in driver.problem())
    assert not driver.alive


def test_install_mode_gives_the_reader_its_key_and_warns_until_it_is_ended(
    bus: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig = bus(channel="install")
    file = tmp_path / "new.key"
    driver = rig.opened(key=None, key_file=str(file), install="on")

    assert "install mode" in driver.problem()
    assert "install mode" in caplog.text
    assert len(file.read_text(encoding="ascii").strip()) == 32
    assert file.stat().st_mode & 0o077 == 0
    until(driver, lambda: "remove install" in driver.problem())
    driver.close()
    rig.strike(1, "osdp.restart")

    ended = rig.opened(key=None, key_file=str(file))
    assert ended.problem() == ""
    rig.show(1, CARD)
    assert next_card(ended) == CARD


def test_settings_that_are_only_checked_make_no_key(tmp_path: Path) -> None:
    """Whoever checks them may be another account than the one that must read the key."""
    file = tmp_path / "new.key"

    driver = BusRig(tmp_path).driver(1, key=None, key_file=str(file), install="on")

    assert not file.exists()
    assert "default key is accepted" in driver._install_warning()


def test_a_key_that_cannot_be_written_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device seen; a file to write is due"):
        make_key(tmp_path / "new.key")

    assert list(tmp_path.iterdir()) == []


def test_install_mode_without_a_key_says_that_nothing_is_safe(bus: Any) -> None:
    rig = bus(channel="install")
    driver = rig.opened(key=None, install="on")

    assert "whoever reaches the line" in driver.problem()


def test_a_secure_driver_does_not_take_a_reader_in_its_install_mode(bus: Any) -> None:
    rig = bus(channel="install")
    driver = rig.driver()
    driver.open()

    until(driver, lambda: "another key" in driver.problem())
    assert not driver.alive


def test_challenges_differ_from_process_to_process() -> None:
    """libosdp's own random numbers do not: a recorded session could be played back."""
    code = (
        "from gatekeeper.readers.osdp_panel import Panel\n"
        "p = Panel(101, bytes(range(16)), enforce=True, on_event=print, on_done=print)\n"
        f"for reply in ({PDID!r}, {PDCAP!r}):\n"
        "    p.next_frame(); p.hear(bytes.fromhex(reply))\n"
        "print(p.next_frame().hex())"
    )

    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]

    said = [run.stdout.strip() for run in runs]
    # FF, address 101, length 19, control, security block 3 11 01, CHLNG, 8 bytes, CRC.
    assert {text[:20] for text in said} == {"ff536513000e03110176"}
    assert said[0][20:36] != said[1][20:36]


def test_bits_that_do_not_fit_the_format_are_counted_and_shown(bus: Any) -> None:
    rig = bus()
    driver = rig.opened()
    rig.show(1, "w34:17:99")

    until(driver, lambda: driver.counters.garbage == 1)
    assert driver.counters.errors["card_34_bits_length"] == 1
    assert "do not fit format H10301" in driver.problem()
    assert driver.alive


@pytest.mark.parametrize(
    ("options", "card", "due"),
    [
        ({"format": "H10306"}, "w34:17:99", "w34:17:99"),
        ({"format": "h10304"}, "w37:17:99", "w37:17:99"),
        ({"format": "raw"}, "uid:04A1B2C3", "uid:04A1B2C3"),
        ({"format": "raw", "uid_order": "reversed"}, "uid:C3B2A104", "uid:04A1B2C3"),
    ],
)
def test_each_format_is_read(bus: Any, options: dict[str, str], card: str, due: str) -> None:
    rig = bus()
    driver = rig.opened(**options)
    rig.show(1, card)

    assert next_card(driver) == due


def test_light_and_buzzer_show_the_answer(bus: Any) -> None:
    rig = bus()
    driver = rig.opened()
    assert isinstance(driver, Indicator)
    for shown, colour, beeps in (
        (ReasonClass.GREEN, 2, 1),
        (ReasonClass.AMBER, 3, 2),
        (ReasonClass.RED, 1, 3),
    ):
        rig.devices[0].commands.clear()
        driver.indicate(shown)
        until(driver, lambda: {c["command"] for c in rig.devices[0].commands} >= {2, 3})

        light, tone = (
            next(c for c in rig.devices[0].commands if c["command"] == n) for n in (2, 3)
        )
        assert (light["on_color"], light["temporary"]) == (colour, True)
        assert tone["rep_count"] == beeps


def test_an_output_closes_for_a_time_and_is_confirmed(bus: Any) -> None:
    rig = bus()
    driver = rig.opened()
    assert isinstance(driver, Switch)

    driver.pulse(2, 3.0)

    done = [c for c in rig.devices[0].commands if c["command"] == 1]
    assert [(c["output_no"], c["control_code"], c["timer_count"]) for c in done] == [(1, 5, 30)]
    for output, seconds in ((0, 1.0), (3, 1.0), (1, 26.0), (1, 0.0)):
        with pytest.raises(ConfigError, match=r"seen; .+ due"):
            driver.pulse(output, seconds)


def test_an_output_that_is_not_confirmed_is_told_and_not_closed_later(bus: Any) -> None:
    rig = bus()
    driver = rig.opened()
    rig.silence(1, 3.0)

    with pytest.raises(TransportError, match=r"output 1: .+ a confirmation is due"):
        driver.pulse(1, 2.0)
    until(driver, lambda: bool(driver.problem()))
    until(driver, lambda: not driver.problem() and driver.alive)
    # A command of the new session has been done, and the contact has not been closed.
    rig.devices[0].commands.clear()
    driver.indicate(ReasonClass.RED)
    until(driver, lambda: bool(rig.devices[0].commands))
    assert [c for c in rig.devices[0].commands if c["command"] == 1] == []
    driver.pulse(1, 2.0)


def test_an_output_of_a_reader_that_is_down_is_refused_at_once(bus: Any) -> None:
    rig = bus()
    driver = rig.driver()
    with pytest.raises(TransportError, match="a reader in session is due"):
        driver.pulse(1, 1.0)
    driver.open()
    driver.indicate(ReasonClass.GREEN)
    driver.close()
    driver.indicate(ReasonClass.GREEN)


def test_silence_is_noticed_within_two_seconds_and_ends_within_two(bus: Any) -> None:
    """libosdp alone notices after 8.4 s and then waits for 300 s."""
    rig = bus()
    driver = rig.opened()
    rig.silence(1, 6.0)
    began = time.monotonic()

    until(driver, lambda: "no answer" in driver.problem(), 2.0)
    until(driver, lambda: not driver.alive, 5.0)
    assert time.monotonic() - began < 5.0
    until(driver, lambda: not rig.devices[0].silent)
    until(driver, lambda: driver.alive and not driver.problem(), 2.0)


def test_a_restarted_reader_is_in_session_again_at_once(bus: Any) -> None:
    rig = bus()
    driver = rig.opened()
    rig.strike(1, "osdp.restart")

    until(driver, lambda: driver.counters.errors["session_lost"] >= 1, 2.0)
    tag = rig.show(1, CARD)
    assert next_card(driver, 2.0) == CARD
    rig.take(1, tag)


@pytest.mark.parametrize(
    "fault", ["lost", "damaged", "cut", "noise", "doubled", "osdp.garbage_reply"]
)
def test_no_card_is_lost_on_a_line_that_damages_every_third_answer(bus: Any, fault: str) -> None:
    """The command is repeated, and the reader repeats its answer."""
    rig = bus()
    driver = rig.opened()
    rig.fault(1, fault, 0.33)

    cards = [f"w26:{n}:{n}" for n in range(8)]
    read = []
    for card in cards:
        tag = rig.show(1, card)
        read.append(next_card(driver))
        rig.take(1, tag)
    assert read == cards


def test_damaged_commands_are_repeated(bus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = bus()
    driver = rig.opened()
    dice = random.Random(7)
    assert driver._bus is not None
    line = driver._bus._line
    write = line.write

    def damaging(data: bytes) -> None:
        if dice.random() < 0.33:
            at = dice.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
        write(data)

    monkeypatch.setattr(line, "write", damaging)

    for n in range(8):
        tag = rig.show(1, f"w26:{n}:{n}")
        assert next_card(driver) == f"w26:{n}:{n}"
        rig.take(1, tag)
    assert driver.counters.errors["no_answer"] > 0


def test_a_reader_that_cannot_repeat_begins_a_new_session(bus: Any) -> None:
    """libosdp's own readers cannot: they forget the session when a command comes twice."""
    rig = bus(repeats="off")
    driver = rig.opened()
    rig.fault(1, "lost", 0.5)
    until(driver, lambda: driver.counters.errors["session_lost"] >= 1)
    rig.fault(1, "lost", 0.0)

    until(driver, lambda: driver.alive and not driver.problem(), 3.0)
    rig.show(1, CARD)
    assert next_card(driver) == CARD


def test_the_others_on_the_bus_do_not_wait_for_one_that_is_silent(bus: Any) -> None:
    """Cards at the second reader come in while the first one says nothing, and none is lost."""
    rig = bus(2)
    first, second = rig.opened(1), rig.opened(2)
    rig.silence(1, 60.0)
    until(first, lambda: not first.alive)

    for n in range(20):
        tag = rig.show(2, f"w26:1:{n}")
        assert next_card(second) == f"w26:1:{n}"
        rig.take(2, tag)
    assert second.counters.errors == {}
    assert not first.alive


FAULTS: dict[str, Callable[[OsdpReader], bool]] = {
    "osdp.babble": lambda driver: driver.counters.garbage > 0,
    "osdp.busy": lambda driver: driver.counters.errors["busy"] > 0,
    "osdp.keys": lambda driver: driver.counters.errors["keys_ignored"] > 0,
    "osdp.late_reply": lambda driver: driver.counters.errors["late_reply"] > 0,
    "osdp.nak": lambda driver: driver.counters.errors["nak_4"] > 0,
    "osdp.restart": lambda driver: driver.counters.errors["session_lost"] > 0,
    "osdp.silent_pd": lambda driver: "no answer" in driver.problem(),
    "osdp.tamper": lambda driver: "tamper" in driver.problem(),
    "osdp.wrong_key": lambda driver: "another key" in driver.problem(),
}


@pytest.mark.parametrize("fault", sorted(Osdp.own_episodes))
def test_each_episode_shows_and_heals(bus: Any, fault: str) -> None:
    rig = bus()
    driver = rig.opened()
    rig.strike(1, fault)

    until(driver, lambda: FAULTS[fault](driver))
    until(driver, lambda: driver.alive and not driver.problem())
    assert tapped_until_read(rig, driver)


FRAME_FAULTS: dict[str, Callable[[OsdpReader], bool]] = {
    "osdp.bad_mac": lambda driver: driver.counters.errors["session_lost"] > 0,
    "osdp.foreign_address": lambda driver: driver.counters.errors["foreign_reply"] > 0,
    "osdp.garbage_reply": lambda driver: driver.counters.garbage > 0,
}


@pytest.mark.parametrize("fault", sorted(Osdp.own_frame_faults))
def test_each_frame_fault_shows_and_heals(bus: Any, fault: str) -> None:
    rig = bus()
    driver = rig.opened()
    rig.fault(1, fault, 1.0)

    until(driver, lambda: FRAME_FAULTS[fault](driver))
    rig.fault(1, fault, 0.0)
    until(driver, lambda: driver.alive and not driver.problem())
    assert tapped_until_read(rig, driver)

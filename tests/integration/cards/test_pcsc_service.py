"""The PC/SC driver against a real pcscd: several readers, exchanged cards, mute cards, restarts."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.pcsc import Pcsc
from firmware_sim.pcscd import READERS_MAX, Pcscd, PcscdError
from gatekeeper.access.gate import Gate
from gatekeeper.access.index import CredentialIndex
from gatekeeper.access.presence import Presence
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CardError, ConfigError, ReaderError, TransportError
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import GateRules, Presentation, ReaderState, Reason, ReasonClass
from gatekeeper.readers import make_reader, pcsc
from gatekeeper.readers.base import Indicator
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pcsc import PcscReader
from gatekeeper.readers.pcsc_lights import BEEP_OFF, signal
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.scard import Service

pytestmark = pytest.mark.needs_pcscd

A, B = "uid:04A1B2C3D4E5F6", "uid:DE4B1F22"
TEN = "uid:04112233445566778899"
Until = Callable[..., list[Any]]


@pytest.mark.parametrize("card", [A, B, TEN, "uid:08A1B2C3", "uid:88041122"])
def test_a_uid_of_any_size_is_handed_on(bench: Any, until: Until, card: str) -> None:
    bench.serve("Gate 0")
    driver = bench.driver("Gate 0")
    driver.open()

    bench.tap("Gate 0", card)
    reads = until(driver, bool)

    assert reads[0].credential == card
    assert driver.problem() == ""
    assert driver.counters.garbage == 0


@pytest.mark.parametrize("card", ["uid:08A1B2C3", "uid:88041122"])
def test_a_random_or_cut_short_uid_is_refused_by_the_gate_and_recorded(
    bench: Any, tmp_path: Path, card: str
) -> None:
    """From the card on the reader to the entry on the disk."""
    bench.serve("Gate 0")
    with JournalWriter(tmp_path / "journal.sqlite3", bytes(32)) as journal:
        rules = GateRules(id="door")
        gate = Gate([rules], CredentialIndex(), Presence(), journal, SystemClock())
        gate.ready = True
        answers: list[Any] = []
        done = threading.Event()

        def handle(presentation: Presentation) -> None:
            answers.append(gate.handle(presentation))
            done.set()

        pump = Pump(bench.settings("Gate 0"), handle)
        pump.start()
        bench.tap("Gate 0", card)
        assert done.wait(20)
        assert pump.stop()

    assert [answer.entry.reason for answer in answers] == [Reason.UNTRUSTED_CREDENTIAL]
    assert answers[0].entry.credential == card
    assert answers[0].entry.seq > 0


def test_eight_readers_each_read_their_own_cards(bench: Any, until: Until) -> None:
    names = [f"Gate {n}" for n in range(READERS_MAX)]
    bench.serve(*names)
    drivers = [bench.driver(name) for name in names]
    cards = [f"uid:04A1B2C3D4E5{n:02X}" for n in range(READERS_MAX)]

    for driver, name, card in zip(drivers, names, cards, strict=True):
        driver.open()
        bench.tap(name, card)
    read = [{r.credential for r in until(driver, lambda r: len(r) >= 3)} for driver in drivers]

    assert read == [{card} for card in cards]


def test_a_card_exchanged_within_the_service_s_poll_is_seen(bench: Any) -> None:
    """No event tells of it: two cards of one type, one taken off as the other is laid on."""
    bench.serve("Gate 0")
    with bench.pumped("Gate 0") as shown:
        tag = bench.tap("Gate 0", A)
        shown.wait(lambda: shown.cards == [A])
        for n in range(10):
            tag = bench.swap("Gate 0", tag, f"uid:04A1B2C3D4E5{n:02X}")
            due = [A, *(f"uid:04A1B2C3D4E5{k:02X}" for k in range(n + 1))]
            shown.wait(lambda due=due: shown.cards == due)
        counters = shown.pump.counters()

    assert counters["error_card_lost"] >= 1
    assert shown.states == [ReaderState.UP], "people who are quick are no fault of the reader"


def test_a_card_that_came_and_went_between_two_questions_is_counted(
    bench: Any, until: Until
) -> None:
    """The service counts insertions and removals; what went by unseen is told by the number."""
    bench.serve("Gate 0")
    driver = bench.driver("Gate 0", poll_ms=1000)
    driver.open()
    name = Pcscd.full_name("Gate 0")
    with Service() as service:
        while not driver.counters.errors["unseen_changes"]:
            tag = bench.tap("Gate 0", A)
            until(driver, bool)
            bench.take("Gate 0", tag)
            state = service.state(name)
            while state.present:
                state = service.state(name, state.known, 1000)

    bench.tap("Gate 0", B)
    assert until(driver, lambda reads: reads and reads[-1].credential == B)


def test_a_card_that_never_answers_makes_its_reader_suspect_and_no_other(
    bench: Any, until: Until
) -> None:
    bench.serve("Gate 0", "Gate 1")
    with bench.pumped("Gate 0") as mute, bench.pumped("Gate 1") as other:
        bench.tap("Gate 0", A)
        mute.wait(lambda: mute.cards == [A])
        bench.strike("Gate 0", "pcsc.mute")
        mute.wait_state(ReaderState.SUSPECT)
        assert "waiting for the card's answer to FFCA since" in mute.pump.status().detail
        tag = bench.tap("Gate 1", A)
        other.wait(lambda: other.cards == [A])
        mute.wait_state(ReaderState.DOWN)
        assert "without the card's answer to FFCA seen; 1 s is due" in mute.pump.status().detail
        bench.take("Gate 1", tag)
        bench.tap("Gate 1", B)
        other.wait(lambda: other.cards == [A, B])
        mute.wait_state(ReaderState.UP)
        bench.swap("Gate 0", bench.devices["Gate 0"].field.tags[0], B)
        mute.wait(lambda: mute.cards[-1] == B)
        counters = mute.pump.counters()

    assert other.states == [ReaderState.UP]
    assert counters["error_watchdog"] >= 1


def test_while_a_call_does_not_come_back_no_second_one_is_made(
    bench: Any, until: Until, monkeypatch: Any
) -> None:
    """One thread a reader, however long the card is mute, and none when it is over."""
    monkeypatch.setattr(pcsc, "DEAD_S", 1.0)
    bench.serve("Gate 0")
    before = threading.active_count()
    driver = bench.driver("Gate 0")
    driver.open()
    tag = bench.tap("Gate 0", A)
    until(driver, bool)
    bench.strike("Gate 0", "pcsc.mute")
    with pytest.raises(ReaderError, match=r"1\.\d s without the card's answer to FFCA seen"):
        until(driver, lambda _: False)

    for _ in range(3):
        with pytest.raises(TransportError, match=r"waited for since .+take the card off"):
            driver.open()
    assert threading.active_count() == before + 1

    bench.take("Gate 0", tag)
    wait_until(lambda: threading.active_count() == before)
    driver.open()
    bench.tap("Gate 0", B)
    assert until(driver, bool)[0].credential == B


@pytest.mark.parametrize("end", [Pcscd.stop, Pcscd.kill], ids=["stopped", "killed"])
def test_the_service_may_end_and_come_again(
    bench: Any, end: Callable[[Pcscd], None], capfd: Any
) -> None:
    service = bench.serve("Gate 0", "Gate 1")
    with bench.pumped("Gate 0") as shown, bench.pumped("Gate 1") as other:
        tag = bench.tap("Gate 0", A)
        shown.wait(lambda: shown.cards == [A])
        end(service)
        shown.wait_state(ReaderState.DOWN)
        other.wait_state(ReaderState.DOWN)
        assert "a running service is due (apt-get install pcscd" in shown.pump.status().detail
        service.start()
        shown.wait_state(ReaderState.UP)
        other.wait_state(ReaderState.UP)
        bench.tap("Gate 1", B)
        other.wait(lambda: other.cards == [B])
        bench.swap("Gate 0", tag, TEN)
        shown.wait(lambda: shown.cards[-1] == TEN)

    assert capfd.readouterr() == ("", ""), "no noise of a library that is left alone"


def test_a_reader_may_come_later_and_go(bench: Any) -> None:
    """vpcd's readers come and go with the service alone, so it is started anew in between."""
    service = bench.serve("Gate 0")
    settings = ReaderSettings(id="late", driver="pcsc", url="pcsc://Gate 1 00 00", gate="door")
    pump = Pump(settings, lambda _: None)
    pump.start()
    try:
        wait_until(lambda: "'Gate 0 00 00', 'Gate 0 00 01' seen; exactly" in pump.status().detail)
        service.stop()
        service.add("Gate 1")
        service.start()
        wait_until(lambda: pump.status().state is ReaderState.UP)
        service.stop()
        service.forget("Gate 1")
        service.start()
        wait_until(lambda: "exactly one whose name contains" in pump.status().detail)
        assert pump.status().state is ReaderState.DOWN
    finally:
        assert pump.stop()


def test_a_reader_that_the_service_no_longer_knows_is_gone(bench: Any, until: Until) -> None:
    """What pcscd says of a reader that was unplugged while it runs: an unknown name."""
    bench.serve("Gate 0")
    driver = bench.driver("Gate 0")
    driver.open()
    driver._watcher.name = "Unplugged 00 00"

    with pytest.raises(CardError, match=r"Unplugged 00 00: Unknown reader .+ \(80100009\) seen"):
        until(driver, lambda _: False)


@pytest.mark.parametrize(
    ("part", "seen"),
    [
        (
            "Gate",
            r"'Gate 0 00 00', 'Gate 0 00 01', .+ seen; exactly one whose name contains 'Gate'",
        ),
        ("ACR122U", r"seen; exactly one whose name contains 'ACR122U' is due"),
        ("", r"seen; exactly one is due"),
    ],
)
def test_a_name_that_does_not_mean_one_reader_is_refused(bench: Any, part: str, seen: str) -> None:
    bench.serve("Gate 0", "Gate 1")
    settings = ReaderSettings(id="gate1", driver="pcsc", url=f"pcsc://{part}", gate="door")

    with pytest.raises(TransportError, match=seen):
        PcscReader(settings, SystemClock()).open()


@pytest.mark.parametrize("part", ["gate 1 00 00", "Gate%201%2000%2000", " 1 00 00"])
def test_a_part_of_the_name_is_enough(bench: Any, until: Until, part: str) -> None:
    bench.serve("Gate 0", "Gate 1")
    settings = ReaderSettings(id="gate1", driver="pcsc", url=f"pcsc://{part}", gate="door")
    bench.tap("Gate 1", A)

    with PcscReader(settings, SystemClock()) as driver:
        assert until(driver, bool)[0].credential == A


def test_another_program_may_read_the_same_card_and_may_hold_it_for_itself(
    bench: Any, until: Until
) -> None:
    from smartcard import scard

    bench.serve("Gate 0")
    driver = bench.driver("Gate 0")
    driver.open()
    bench.tap("Gate 0", A)
    until(driver, bool)
    name = Pcscd.full_name("Gate 0")
    with Service() as service:
        with service.connect(name) as card:
            assert card.transmit(bytes.fromhex("FFCA000000")).hex().upper() == f"{A[4:]}9000"
            assert until(driver, bool)
        driver.close()
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        code, handle, _ = scard.SCardConnect(context, name, scard.SCARD_SHARE_EXCLUSIVE, 3)
        assert code == 0
        driver.open()
        read_for(driver, lambda: "Sharing violation" in driver.problem())
        assert driver.counters.errors["card_error"] >= 1
        scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)
    assert until(driver, bool)[0].credential == A


def test_nothing_is_left_in_the_service_by_readers_that_come_and_go(bench: Any) -> None:
    """pcscd has a thread for each context, so that one which was not given back is seen."""
    service = bench.serve("Gate 0")
    bench.tap("Gate 0", A)
    tasks, files = Path(f"/proc/{service.pid}/task"), Path("/proc/self/fd")

    def held() -> tuple[int, int, int]:
        return len(list(tasks.iterdir())), len(list(files.iterdir())), threading.active_count()

    driver = bench.driver("Gate 0")
    read_once(driver)
    before = held()
    for _ in range(20):
        read_once(driver)

    # Fewer is well, too: the first reading's own may have been going still when it was counted.
    wait_until(lambda: all(now <= then for now, then in zip(held(), before, strict=True)))


EFFECTS = {
    "pcsc.wrong_status": {"error_not_read", "error_no_uid", "garbage_framing"},
    "pcsc.no_status": {"garbage_framing"},
    "pcsc.wrong_length": {"garbage_framing"},
    "pcsc.babble": {"garbage_framing", "garbage_length"},
    "damaged": {"error_not_read"},
}


@pytest.mark.parametrize("fault", EFFECTS)
def test_a_fault_of_every_frame_is_counted_told_and_heals(bench: Any, fault: str) -> None:
    bench.serve("Gate 0")
    bench.rate("Gate 0", fault, 1.0)
    with bench.pumped("Gate 0", poll_ms=20) as shown:
        shown.wait_state(ReaderState.UP)
        bench.tap("Gate 0", A)
        shown.wait_state(ReaderState.SUSPECT)
        assert "card unreadable since" in shown.pump.status().detail
        assert shown.cards == []
        counted = shown.pump.counters().keys() & {
            *(f"error_{n}" for n in ("not_read", "no_uid", "other_length")),
            *(f"garbage_{n}" for n in ("framing", "length")),
        }
        bench.rate("Gate 0", fault, 0.0)
        shown.wait(lambda: shown.cards == [A])
        shown.wait_state(ReaderState.UP)

    assert counted
    assert counted <= EFFECTS[fault] | {"error_other_length"}


@pytest.mark.parametrize("fault", ["pcsc.wrong_status", "pcsc.no_status", "pcsc.wrong_length"])
def test_faults_now_and_then_cost_no_card(bench: Any, fault: str) -> None:
    bench.serve("Gate 0")
    bench.rate("Gate 0", fault, 0.5)
    with bench.pumped("Gate 0", poll_ms=20) as shown:
        for card in (A, B):
            tag = bench.tap("Gate 0", card)
            shown.wait(lambda card=card: card in shown.cards)
            bench.take("Gate 0", tag)

    assert shown.cards == [A, B]
    assert shown.states == [ReaderState.UP], "what is over within a second is no trouble"


@pytest.mark.parametrize(
    ("fault", "due"),
    [
        ("pcsc.warning", A),
        ("pcsc.cut_uid", f"uid:88{A[4:10]}"),
    ],
)
def test_what_a_reader_makes_of_a_uid_is_handed_on(
    bench: Any, until: Until, fault: str, due: str
) -> None:
    bench.serve("Gate 0")
    bench.rate("Gate 0", fault, 1.0)
    driver = bench.driver("Gate 0")
    driver.open()
    bench.tap("Gate 0", A)

    assert {read.credential for read in until(driver, lambda reads: len(reads) > 2)} == {due}


def test_a_random_uid_is_another_each_time(bench: Any, until: Until) -> None:
    bench.serve("Gate 0")
    bench.rate("Gate 0", "pcsc.random_uid", 1.0)
    driver = bench.driver("Gate 0")
    driver.open()
    bench.tap("Gate 0", A)
    reads = {read.credential for read in until(driver, lambda reads: len(reads) > 4)}

    assert len(reads) > 4
    assert all(credential.startswith("uid:08") for credential in reads)


@pytest.mark.parametrize("fault", ["pcsc.pulled", "pcsc.swapped", "pcsc.slow"])
def test_a_hand_that_moves_and_a_card_that_is_slow_cost_a_moment(bench: Any, fault: str) -> None:
    bench.serve("Gate 0")
    with bench.pumped("Gate 0") as shown:
        tag = bench.tap("Gate 0", A)
        shown.wait(lambda: shown.cards == [A])
        bench.strike("Gate 0", fault)
        if fault == "pcsc.slow":
            shown.wait_state(ReaderState.SUSPECT)
        else:
            wait_until(lambda: shown.pump.counters().get("error_card_lost", 0) >= 1)
        bench.swap("Gate 0", tag, B)
        shown.wait(lambda: shown.cards[-1] == B)
        shown.wait_state(ReaderState.UP)

    assert set(shown.cards) == {A, B}


def test_of_two_cards_the_first_is_read_and_the_other_after_it(bench: Any) -> None:
    bench.serve("Gate 0")
    with bench.pumped("Gate 0") as shown:
        first = bench.tap("Gate 0", A)
        bench.tap("Gate 0", B)
        shown.wait(lambda: shown.cards == [A])
        bench.take("Gate 0", first)
        shown.wait(lambda: shown.cards == [A, B])


@pytest.mark.parametrize("buzzer", ["on", "off"])
def test_a_decision_is_shown_by_the_reader_s_lights_and_buzzer(
    bench: Any, until: Until, buzzer: str
) -> None:
    bench.serve("Gate 0")
    device: Pcsc = bench.devices["Gate 0"]
    driver = bench.driver("Gate 0", lights="acr122u", buzzer=buzzer)
    assert isinstance(driver, Indicator)
    driver.open()
    bench.tap("Gate 0", A)
    until(driver, bool)

    for shown in ReasonClass:
        driver.indicate(shown)
        due = signal(shown, buzzer=buzzer == "on")
        read_for(driver, lambda due=due: due in device.signals)

    assert device.signals == [BEEP_OFF, *(signal(s, buzzer=buzzer == "on") for s in ReasonClass)]
    assert driver.counters.errors["lights_refused"] == 0
    assert until(driver, bool)[0].credential == A


def test_lights_without_a_card_are_refused_by_this_reader_and_counted(
    bench: Any, until: Until
) -> None:
    """vpcd takes no commands without a card, as libccid does unless it is told to."""
    bench.serve("Gate 0")
    driver = bench.driver("Gate 0", lights="acr122u")
    driver.open()
    driver.indicate(ReasonClass.GREEN)
    read_for(driver, lambda: driver.counters.errors["lights_refused"] == 1)

    bench.tap("Gate 0", A)
    assert until(driver, bool)[0].credential == A
    assert driver.problem() == ""


def test_a_reader_without_lights_is_told_nothing(bench: Any, until: Until) -> None:
    bench.serve("Gate 0")
    driver = bench.driver("Gate 0")
    driver.open()
    bench.tap("Gate 0", A)
    until(driver, bool)
    driver.indicate(ReasonClass.RED)
    until(driver, lambda reads: len(reads) > 3)

    assert bench.devices["Gate 0"].signals == []


def test_without_pyscard_the_reader_says_what_to_install(monkeypatch: Any) -> None:
    """And only that reader: its driver is known, its settings are good, others run."""
    monkeypatch.setitem(sys.modules, "smartcard", None)
    settings = ReaderSettings(id="gate1", driver="pcsc", url="pcsc://", gate="door")
    driver = make_reader(settings, SystemClock())

    with pytest.raises(ConfigError, match=r"pyscard is not installed; apt-get install swig .+make"):
        driver.open()
    driver.close()


def test_without_a_service_the_reader_says_so(tmp_path: Path, bench: Any) -> None:
    bench.serve("Gate 0").stop()

    with pytest.raises(CardError, match=r"\(8010001D\) seen; a running service is due \(apt-get"):
        bench.driver("Gate 0").open()


def test_there_is_room_for_one_service(bench: Any, tmp_path: Path) -> None:
    """The simulator's own: a second one is refused, and the first one lives."""
    service = bench.serve("Gate 0")
    (tmp_path / "other").mkdir()

    with pytest.raises(PcscdError, match="another pcscd runs on this machine"):
        Pcscd(tmp_path / "other").start()
    os.kill(service.pid, 0)


def wait_until(due: Callable[[], object], seconds: float = 20.0) -> None:
    """What changes in another thread and has no event to wait for."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not due():
        assert time.monotonic() < end
        pause.wait(0.02)


def read_for(driver: PcscReader, due: Callable[[], object]) -> None:
    """Go on reading until `due`."""
    end = time.monotonic() + 20.0
    while not due():
        assert time.monotonic() < end, (driver.problem(), driver.counters)
        driver.read()


def read_once(driver: PcscReader) -> None:
    """Open, read a card, close."""
    with driver:
        end = time.monotonic() + 20.0
        while not driver.read():
            assert time.monotonic() < end

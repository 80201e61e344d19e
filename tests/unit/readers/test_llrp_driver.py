"""The LLRP driver against its simulated reader, in a time held by hand: set-up, health, faults."""

from __future__ import annotations

import importlib.util
import logging
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware_sim import llrp_messages as say

CARD, OTHER = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"


def bench_class() -> Any:
    """`LlrpBench` of llrp_bench.py."""
    name = "unit_readers_llrp_bench"
    if name not in sys.modules:
        path = Path(__file__).with_name("llrp_bench.py")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].LlrpBench


@pytest.fixture
def make() -> Callable[..., Any]:
    """Makes a bench whose reader has begun its inventory."""

    def started(options: dict[str, Any] | None = None, **more: Any) -> Any:
        bench = bench_class()(options, **more)
        bench.start()
        return bench

    return started


def test_it_sets_the_reader_up_and_has_it_report_each_tag(make: Any) -> None:
    bench = make(
        {"antennas": "1,2", "power_dbm": "1=30,2=27.6", "mode": 2, "tari": 12500, "session": "s1"}
    )

    (spec,) = bench.device.radio.rospecs.values()
    assert bench.device.heard == [1, 2, 64, 3, 41, 21, 20, 24]
    assert (spec.antennas, spec.every, spec.state) == ((1, 2), 1, 2)
    assert {a: say.POWERS[i - 1] for a, i in spec.powers.items()} == {1: 3000, 2: 2750}
    assert (spec.modes, spec.sessions) == ({1: 2, 2: 2}, {1: 1, 2: 1})
    assert bench.device.keepalive_ms == 1000
    assert bench.driver.model == "25882/2001002 7.6.1.240"


def test_without_a_power_it_takes_the_most_there_is(make: Any) -> None:
    (spec,) = make().device.radio.rospecs.values()

    assert spec.powers == {1: len(say.POWERS)}


def test_a_read_has_antenna_strength_and_the_hosts_time(make: Any) -> None:
    bench = make({"antennas": "1,2"}, antennas={"1": "door"}, connected=(1, 2))
    bench.put(CARD, antenna=2)
    began = bench.clock.now()
    bench.run(2)

    nearest = max(bench.reads, key=lambda read: read.rssi_dbm)
    assert {read.credential for read in bench.reads} == {CARD}
    assert {read.antenna for read in bench.reads} == {1, 2}
    assert nearest.antenna == 2
    assert -60 < nearest.rssi_dbm < -30
    assert all(began < read.seen_at <= bench.clock.now() for read in bench.reads)


@pytest.mark.parametrize("words", [1, 4, 6, 8, 9, 31])
def test_an_epc_of_any_length_is_read(make: Any, words: int) -> None:
    bench = make()
    card = f"epc:{'A1B2' * words}"
    bench.put(card)
    bench.run(0.5)

    assert {read.credential for read in bench.reads} == {card}


def test_with_no_tag_near_it_stays_up_and_asks_now_and_then(make: Any) -> None:
    bench = make()
    bench.run(600)

    assert (bench.faults, bench.problems) == ([], [""])
    assert 55 <= bench.device.heard.count(say.Type.GET_ROSPECS) <= 60
    assert bench.device.heard.count(say.Type.KEEPALIVE_ACK) >= 595


def test_silence_is_suspect_after_two_seconds_and_given_up_after_four(make: Any) -> None:
    bench = make()
    bench.run(5)
    bench.device.silence(6.0)
    began = bench.loop.ns
    bench.run(10, lambda: bench.problems[-1] != "")
    suspect_s, words = (bench.loop.ns - began) / 1e9, bench.problems[-1]
    bench.run(10, lambda: bool(bench.faults))

    assert 1.0 <= suspect_s <= 2.1
    assert words == "silent for 2.0 s; a sign of life every 1 s is due"
    assert 3.0 <= (bench.loop.ns - began) / 1e9 <= 4.6
    assert "s of silence seen; keep-alives are due" in bench.faults[0]
    assert bench.heals()


def test_a_reader_without_keep_alives_is_asked_instead(make: Any) -> None:
    bench = make({"keepalive_ms": 0})
    bench.run(20)
    assert (bench.faults, bench.device.keepalive_ms) == ([], 0)
    assert bench.device.heard.count(say.Type.GET_ROSPECS) >= 18

    bench.device.silence(6.0)
    bench.run(6)

    assert "s of silence seen" in bench.faults[0]
    assert bench.heals()


# Each of the simulated reader's own faults: how it shows, and that it heals.


def test_an_inventory_at_rest_is_noticed_by_asking(make: Any) -> None:
    bench = make({"check_s": 2})
    bench.device.strike("llrp.stalled")
    bench.run(5)

    assert "an inventory at rest seen; an active one is due" in bench.faults[0]
    assert bench.errors["inventory_stalled"] == 1
    assert bench.heals()


def test_the_end_of_an_inventory_is_acted_on_at_once(make: Any) -> None:
    bench = make()
    began = bench.loop.ns
    bench.device.strike("llrp.rospec_end")
    bench.run(5, lambda: bool(bench.faults))

    assert bench.loop.ns - began < 700_000_000
    assert "the end of the inventory seen; none is due" in bench.faults[0]
    assert bench.heals()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("llrp.client_exists", "another client has the reader; end that program"),
        ("llrp.error_status", "add_rospec_response: DeviceError (radio module does not answer)"),
        ("llrp.short_capabilities", "get_reader_capabilities_response that makes no sense seen"),
    ],
)
def test_a_refused_set_up_is_told_in_words_and_tried_until_it_works(
    make: Any, fault: str, words: str
) -> None:
    bench = make()
    bench.device.strike(fault)
    bench.run(2)

    assert "the end seen" in bench.faults[0]
    assert words in bench.faults[1]
    assert bench.heals()


def test_no_keep_alives_are_suspect_then_the_reader_is_set_up_anew(make: Any) -> None:
    bench = make()
    bench.device.strike("llrp.no_keepalive")
    bench.run(8)

    assert any(problem.startswith("silent for 2.0 s") for problem in bench.problems)
    assert bench.heals()


def test_reports_prove_a_reader_alive_as_keep_alives_do(make: Any) -> None:
    bench = make()
    bench.put(CARD)
    bench.device.strike("llrp.no_keepalive")
    bench.run(6)

    assert (bench.faults, bench.problems) == ([], [""])


def test_reports_of_an_earlier_inventory_admit_nobody(make: Any) -> None:
    bench = make()
    gone = bench.put(CARD)
    bench.run(0.3)
    bench.reads.clear()
    bench.device.strike("llrp.old_reports")
    bench.run(0.2)
    bench.device.radio.works = lambda: False  # the tag is only in the reader's memory now
    bench.run(2)
    bench.device.field.take(gone)
    bench.device.radio.works = lambda: True

    assert bench.errors["early_report"] >= 1
    assert bench.reads == []
    assert bench.heals()


def test_a_disconnected_antenna_is_suspect_until_it_is_back(make: Any) -> None:
    bench = make({"antennas": "1,3"})
    assert bench.driver.problem() == "antenna 3: disconnected"

    bench.device.strike("llrp.antenna_off")
    bench.run(0.2)
    assert bench.driver.problem() == "antenna 1: disconnected; antenna 3: disconnected"
    bench.run(4)

    assert bench.driver.problem() == "antenna 3: disconnected"
    assert bench.heals()


def test_a_flood_is_cut_down_and_does_not_silence_the_reader(make: Any) -> None:
    bench = make()
    for number in range(8):
        bench.put(f"epc:{number:024X}")
    bench.device.strike("llrp.flood")
    bench.run(2)

    told = sum(frame.credential is not None for frame in bench.frames)
    assert bench.errors["reports_dropped"] > 1000
    assert len(bench.reads) + bench.errors["reports_dropped"] >= told - 50
    assert {read.credential for read in bench.reads} == {f"epc:{n:024X}" for n in range(8)}
    assert bench.heals()


def test_the_readers_clock_is_counted_and_of_no_effect(make: Any) -> None:
    bench = make()
    bench.device.strike("llrp.clock_jump")
    bench.put(CARD)
    bench.run(1)

    assert 3599 < bench.driver.clock_skew_s < 3601
    assert bench.errors["clock_off"] == 1
    assert all(abs(read.seen_at - bench.clock.now()) < 2 for read in bench.reads)
    assert bench.problems == [""]


def test_an_unknown_parameter_costs_nothing(make: Any) -> None:
    bench = make()
    bench.put(CARD)
    bench.device.strike("llrp.unknown_parameter")
    bench.run(0.9)

    assert bench.device.afflicted("llrp.unknown_parameter"), "all that was told bore it"
    assert len(bench.reads) > 10
    assert bench.driver.counters.garbage == 0


@pytest.mark.parametrize(
    "fault", ["llrp.half_message", "llrp.wrong_length", "cut", "lost", "damaged", "noise"]
)
def test_messages_that_are_spoilt_cost_themselves(make: Any, fault: str) -> None:
    bench = make()
    bench.put(CARD)
    bench.device.faults.set(fault, 0.3)
    bench.run(5)
    bench.device.faults.set(fault, 0.0)

    reads = [read for read in bench.reads if read.credential == CARD]
    whole = sum(f.fate == "intact" and f.credential == CARD for f in bench.frames)
    assert any(frame.fault == fault for frame in bench.frames)
    assert len(reads) >= 0.7 * whole
    assert bench.driver.counters.garbage > 0 or fault == "damaged"
    assert bench.heals()


# What the reader says of itself.


def test_its_own_errors_are_shown_for_a_while(make: Any) -> None:
    bench = make()
    event = say.tlv(252, b"\x00\x08hot\nhot!")
    bench.device.wire.send(say.message(63, 5, say.tlv(246, say.tlv(128, bytes(8)) + event)))
    bench.run(1)
    assert bench.driver.problem() == "the reader reports: hot hot!"
    bench.run(11)

    assert bench.driver.problem() == ""
    assert bench.errors["reader_exception"] == 1


def test_its_goodbye_ends_the_connection(make: Any) -> None:
    bench = make()
    bench.device.wire.send(say.closing(9, 0))
    bench.run(1)

    assert "the reader's goodbye seen" in bench.faults[0]
    assert bench.heals()


def test_another_client_that_tries_is_counted(make: Any) -> None:
    bench = make()
    bench.device.wire.send(say.connection_event(9, 0, say.Connection.ANOTHER_ATTEMPTED))
    bench.run(1)

    assert bench.errors["another_client_tried"] == 1
    assert bench.faults == []


def test_a_reader_that_does_not_know_the_question_is_not_asked_again(make: Any) -> None:
    bench = make({"check_s": 1})
    bench.device._requests.pop(say.Type.GET_ROSPECS)
    bench.run(10)

    assert bench.device.heard.count(say.Type.GET_ROSPECS) == 1
    assert bench.faults == []


# Settings that this reader cannot fulfil.


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"power_dbm": 5}, "power_dbm 5 for antenna 1 seen; 10 to 32.5 dBm is due"),
        ({"antennas": "5"}, "requested=5, available=1,2,3,4"),
        ({"mode": 77}, "Invalid mode_identifier; valid mode_identifiers are"),
        ({"mode": 2, "tari": 25000}, ""),
        ({"mode": 2, "tari": 3000}, "tari 3000 seen; 6250 to 25000 is due in mode 2"),
    ],
)
def test_what_the_reader_cannot_do_is_said(options: dict[str, Any], words: str) -> None:
    bench = bench_class()(options)
    bench.run(1)

    assert (not words and not bench.faults) or words in bench.faults[0]


def test_a_reader_that_never_greets_is_given_up_after_five_seconds() -> None:
    bench = bench_class()()
    bench.device.silence(8.0)
    bench.run(1)
    assert not bench.driver.alive
    assert bench.driver.problem() == "being set up, waits for the reader's first word"
    bench.run(5)

    assert "no inventory 5.0 s after connecting seen" in bench.faults[0]
    assert bench.heals()


def test_at_the_end_the_inventory_is_stopped_and_the_reader_free(make: Any) -> None:
    bench = make()
    bench.driver.close()

    assert bench.device.heard[-2:] == [say.Type.DELETE_ROSPEC, say.Type.CLOSE_CONNECTION]
    assert bench.device.radio.rospecs == {}
    assert not bench.device.wire.host_present()


def test_no_card_and_no_noise_of_the_library_is_logged(make: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    bench = make()
    bench.put(CARD)
    bench.run(1)
    bench.device.wire.send(b"\x04\x3e\x00\x00\x00\x09garbage")
    bench.device.wire.send(say.message(61, 1, say.tlv(240, say.tlv(241, b"\x00\x00"))))
    bench.run(2)

    assert bench.errors["tag_without_epc"] == 1
    assert [record.name for record in caplog.records if record.name.startswith("sllurp")] == []
    assert CARD[4:] not in caplog.text


def test_a_message_that_says_it_is_far_too_long_does_not_swallow_the_next_ones() -> None:
    bench = bench_class()()
    bench.start()
    bench.put(OTHER)
    bench.device.wire.send(bytes.fromhex("043D 0000DC2C 00000024 00F0"))

    assert bench.heals()
    assert bench.driver.counters.garbage >= 1
    assert bench.faults == []


# No bytes make it raise anything but its own errors, in the set-up and after.


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.sampled_from([0.002, 0.02, 0.3]))
@example(seed=1403449, share=0.002)
def test_no_damage_makes_it_fail_or_hang(seed: int, share: float) -> None:
    dice = random.Random(seed)
    bench = bench_class()()
    bench.put(OTHER)
    send = bench.device.wire.send

    def damaged(data: bytes, done: Any = None) -> None:
        send(bytes(b ^ dice.randrange(1, 256) if dice.random() < share else b for b in data), done)

    bench.device.wire.send = damaged
    bench.run(8)
    bench.device.wire.send = send

    assert all(" seen" in fault for fault in bench.faults)
    assert bench.heals()


@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(st.binary(max_size=300), max_size=10))
def test_no_noise_makes_a_running_reader_fail(pieces: list[bytes]) -> None:
    bench = bench_class()()
    bench.start()
    for piece in pieces:
        bench.device.wire.send(piece)
    bench.run(3)

    assert bench.heals()
    assert bench.driver.counters.garbage > 0 or not any(pieces)

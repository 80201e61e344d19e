"""The PC/SC driver without a service: what its settings may be, which reader is meant, faults."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.model import ReasonClass
from gatekeeper.readers.base import Indicator, Switch
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pcsc import PcscReader, reader_part
from gatekeeper.readers.pcsc_watch import choose
from gatekeeper.readers.scard import CardState, Cause, cause_of

ACR = "ACS ACR122U PICC Interface 00 00"
ACR_2 = "ACS ACR122U PICC Interface 01 00"
OMNIKEY = "HID Global OMNIKEY 5022 Smart Card Reader [OMNIKEY 5022] (KJ0010F0A0) 00 00"


def made(url: str = "pcsc://ACR122U", **options: Any) -> PcscReader:
    settings = ReaderSettings(id="gate1", driver="pcsc", url=url, gate="door", options=options)
    return PcscReader(settings, SystemClock())


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("pcsc://ACR122U", "ACR122U"),
        ("pcsc://", ""),
        (f"pcsc://{ACR}", ACR),
        ("pcsc://ACS%20ACR122U", "ACS ACR122U"),
        ("pcsc:// OMNIKEY 5022 ", "OMNIKEY 5022"),
        ("pcsc://(KJ0010F0A0)", "(KJ0010F0A0)"),
    ],
)
def test_the_line_is_a_part_of_the_reader_s_name(url: str, part: str) -> None:
    assert reader_part(url) == part


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ACR122U",
        "/dev/ttyUSB0",
        "pcsc:ACR",
        "PCSC://ACR",
        "pcsc://a%00b",
        "pcsc://" + "x" * 128,
    ],
)
def test_another_line_is_refused_by_the_reader_s_id(url: str) -> None:
    with pytest.raises(ConfigError, match=r"reader 'gate1': '.*' seen; pcsc:// and a part .+ due"):
        made(url)


@pytest.mark.parametrize(
    ("name", "value"),
    [("poll_ms", 10), ("poll_ms", 1001), ("lights", "blue"), ("buzzer", "loud"), ("baud", 9600)],
)
def test_an_option_that_is_not_due_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"reader 'gate1': option .*{name}.* seen; .+"):
        made(**{name: value})


@pytest.mark.parametrize(
    ("part", "names", "meant"),
    [
        ("", [ACR], ACR),
        ("acr122", [OMNIKEY, ACR], ACR),
        ("KJ0010F0A0", [OMNIKEY, ACR], OMNIKEY),
        ("01 00", [ACR, ACR_2], ACR_2),
        (ACR, [ACR, f"{ACR} x"], ACR),
    ],
)
def test_the_reader_that_is_meant_is_found(part: str, names: list[str], meant: str) -> None:
    assert choose(names, part) == meant


@pytest.mark.parametrize(
    ("part", "names", "seen"),
    [
        ("", [], r"pcsc://: no reader seen; exactly one is due"),
        ("", [ACR, OMNIKEY], r"seen; exactly one is due"),
        ("ACR122U", [], r"no reader seen; exactly one whose name contains 'ACR122U' is due"),
        ("ACR122U", [ACR, ACR_2], rf"'{ACR}', '{ACR_2}' seen; exactly one whose name"),
        ("ACR122U", [OMNIKEY], r"OMNIKEY .+ seen; exactly one whose name contains 'ACR122U'"),
    ],
)
def test_where_no_one_reader_is_meant_all_are_named(part: str, names: list[str], seen: str) -> None:
    with pytest.raises(TransportError, match=seen):
        choose(names, part)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (0x8010001D, Cause.SERVICE),
        (0x8010001E, Cause.SERVICE),
        (0x80100003, Cause.SERVICE),
        (0x80100009, Cause.READER),
        (0x80100017, Cause.READER),
        (0x8010002E, Cause.READER),
        (0x8010000C, Cause.CARD),
        (0x80100016, Cause.CARD),
        (0x80100068, Cause.CARD),
        (0x80100069, Cause.CARD),
        (0x8010000B, Cause.OTHER),
        (0x8010001F, Cause.OTHER),
        (0, Cause.OTHER),
    ],
)
def test_a_fault_of_the_service_says_what_to_do(code: int, cause: Cause) -> None:
    assert cause_of(code) is cause


def test_the_state_of_a_reader_counts_what_went_by() -> None:
    state = CardState(0x7C0122, b"")

    assert (state.present, state.mute, state.changes) == (True, False, 0x7C)
    assert CardState(0x010222, b"").mute
    assert not CardState(0x020012, b"").present


def test_a_driver_that_is_not_open_says_so_and_harms_nothing() -> None:
    driver = made()
    driver.indicate(ReasonClass.RED)
    driver.close()

    assert isinstance(driver, Indicator)
    assert not isinstance(driver, Switch)
    assert not driver.alive
    assert driver.problem() == "not open"
    with pytest.raises(TransportError, match="not open seen; an open reader is due"):
        driver.read()

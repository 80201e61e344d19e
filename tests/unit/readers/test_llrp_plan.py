"""What an LLRP reader is asked to do: the address and the options, as they are written."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.llrp import LlrpReader
from gatekeeper.readers.llrp_plan import Plan, choose_power, clean


def plan(url: str = "llrp://reader", mapped: Any = None, **options: Any) -> Plan:
    settings = ReaderSettings(
        id="gate1", driver="llrp", url=url, gate="door", antennas=mapped or {}, options=options
    )
    return LlrpReader(settings, SystemClock()).plan


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("llrp://10.0.0.7", "10.0.0.7", 5084),
        ("llrp://10.0.0.7:15084", "10.0.0.7", 15084),
        ("llrp://speedwayr-12-34-56.local/", "speedwayr-12-34-56.local", 5084),
        ("llrp://[fe80::1]:5084", "fe80::1", 5084),
    ],
)
def test_an_address_is_a_host_and_perhaps_a_port(url: str, host: str, port: int) -> None:
    made = plan(url)

    assert (made.host, made.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    ["", "10.0.0.7", "llrp://", "llrp://host:0", "llrp://host:65536", "llrp://host:x", "llrp://a b",
     "llrp://host/path", "llrp://host?x=1", "socket://host:5084", "llrp://[fe80::1",
     "/dev/ttyUSB0"],
)  # fmt: skip
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"reader 'gate1': .+ seen; llrp://host .+ is due"):
        plan(url)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        plan("llrp://root:impinj@host")

    assert "llrp://…@host" in str(caught.value)
    assert "impinj" not in str(caught.value)


@pytest.mark.parametrize(
    ("mapped", "given", "due"),
    [
        ({}, None, (1,)),
        ({"2": "a", "10": "b"}, None, (2, 10)),
        ({"2": "a"}, "3, 1,3", (1, 3)),
        ({}, 4, (4,)),
    ],
)
def test_antennas_are_those_named_or_mapped_or_the_first(
    mapped: dict[str, str], given: Any, due: tuple[int, ...]
) -> None:
    options = {} if given is None else {"antennas": given}

    assert plan(mapped=mapped, **options).antennas == due


@pytest.mark.parametrize("given", ["", "0", "1,", "256", "a", "1;2", "-1"])
def test_antennas_that_are_none_are_refused(given: str) -> None:
    with pytest.raises(ConfigError, match=r"antennas .* seen; numbers from 1 to 255 are due"):
        plan(antennas=given)


@pytest.mark.parametrize(
    ("given", "due"),
    [
        (27, {1: 27.0, 2: 27.0}),
        ("27.5", {1: 27.5, 2: 27.5}),
        ("1=30, 2=20.25", {1: 30.0, 2: 20.25}),
    ],
)
def test_power_is_one_for_all_or_one_for_each(given: Any, due: dict[int, float]) -> None:
    settings = ReaderSettings(
        id="g", driver="llrp", url="llrp://h", options={"antennas": "1,2", "power_dbm": given}
    )

    assert LlrpReader(settings, SystemClock()).plan.power_dbm == due


@pytest.mark.parametrize("given", ["1=30", "1=30,3=20", "much", "1=", "30dBm", "-5", ""])
def test_power_for_other_antennas_or_in_other_words_is_refused(given: str) -> None:
    settings = ReaderSettings(
        id="g", driver="llrp", url="llrp://h", options={"antennas": "1,2", "power_dbm": given}
    )

    with pytest.raises(ConfigError, match=r"power_dbm '.*' seen; dBm for all antennas or for each"):
        LlrpReader(settings, SystemClock())


def test_options_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="tari without mode seen"):
        plan(tari=12500)
    with pytest.raises(ConfigError, match="keepalive_ms=5 seen; 0 or at least 100 is due"):
        plan(keepalive_ms=5)


def test_a_reader_without_keep_alives_is_asked_every_second() -> None:
    assert plan(keepalive_ms=0, check_s=0).check_s == 1


TABLE = [
    {"Index": 1, "TransmitPowerValue": 3000},
    {"Index": 2, "TransmitPowerValue": 1000},
    {"Index": 3, "TransmitPowerValue": 2025},
]
"""In no order, as the standard allows."""


@pytest.mark.parametrize(("asked", "index"), [(30, 1), (99, 1), (29.9, 3), (20.25, 3), (10, 2)])
def test_the_power_taken_is_the_next_step_below(asked: float, index: int) -> None:
    assert choose_power(plan(power_dbm=str(asked)), TABLE) == {1: index}


def test_a_power_below_the_least_is_not_raised_to_the_most() -> None:
    """The library would take its index 0, which means as much as there is."""
    with pytest.raises(ReaderError, match=r"9\.9 for antenna 1 seen; 10 to 30 dBm is due"):
        choose_power(plan(power_dbm="9.9"), TABLE)
    with pytest.raises(ReaderError, match="a table of powers is due"):
        choose_power(plan(), [])


def test_a_readers_words_become_one_short_line() -> None:
    assert clean(b"ok\r\n\x1b[31m\xff") == "ok   [31m�"
    assert len(clean("x" * 1000)) == 120

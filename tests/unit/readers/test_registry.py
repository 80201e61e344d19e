"""The registry: every driver is listed, described and found; nothing else is."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from gatekeeper import readers
from gatekeeper.errors import CodecError, ConfigError, UnknownDriverError
from gatekeeper.readers import REGISTRY, describe, driver_class
from gatekeeper.readers.codecs.options import Option, parse_options


def test_every_driver_is_described_with_every_option() -> None:
    described = {driver["name"]: driver for driver in describe()}

    assert sorted(described) == sorted(REGISTRY)
    for name, driver in described.items():
        listed = {option["name"] for option in driver["options"]}
        assert listed == {option.name for option in driver_class(name).options}
        assert "gone_after_ms" in listed
        assert driver["title"]
        assert driver["wire"]
        assert driver["transport"] != "serial" or "baud" in listed
        assert all(option["help"].endswith(".") and option["due"] for option in driver["options"])


def test_every_default_is_due() -> None:
    for name in REGISTRY:
        for option in driver_class(name).options:
            assert option.default is None or option.parse(option.default) == option.default


def test_an_unknown_driver_is_refused_with_the_known_ones() -> None:
    known = ", ".join(sorted(REGISTRY))
    with pytest.raises(UnknownDriverError, match=rf"'morse' seen; one of {known} is due"):
        driver_class("morse")


def test_a_missing_library_is_our_error_with_the_remedy(monkeypatch: Any) -> None:
    monkeypatch.setitem(readers.REGISTRY, "card", "gatekeeper_missing.card:Card")

    with pytest.raises(ConfigError, match=r"'card' needs .+ 'gatekeeper_missing'; install it"):
        driver_class("card")


def test_a_driver_is_imported_only_when_asked_for() -> None:
    code = (
        "import sys, gatekeeper.readers, gatekeeper.readers.codecs;"
        "print([m for m in sys.modules if m == 'serial' or m.endswith(('r2000', 'rdm6300'))])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("given", "value"),
    [("on", "on"), (True, "on"), ("1", "on"), (" YES ", "on"), (False, "off"), ("auto", "auto")],
)
def test_a_switch_is_read_as_people_write_it(given: object, value: str) -> None:
    option = Option("phase", "…", "auto", choices=("auto", "on", "off"))

    assert option.parse(given) == value


def test_numbers_are_read_from_text_and_toml_alike() -> None:
    option = Option("baud", "…", 9600, low=300, high=921600)

    assert parse_options([option], {}) == {"baud": 9600}
    assert parse_options([option], {"baud": " 115200 "}) == {"baud": 115200}
    assert parse_options([option], {"baud": 2400.0}) == {"baud": 2400}


@pytest.mark.parametrize(
    "given", ["", "fast", "1e4", 9600.5, True, 299, 921601, None, float("inf")]
)
def test_what_is_no_number_within_bounds_is_refused(given: object) -> None:
    with pytest.raises(CodecError, match=r"option baud=.* seen; a whole number from 300 to 921600"):
        Option("baud", "…", 9600, low=300, high=921600).parse(given)


def test_a_text_may_be_written_as_a_number_and_is_never_repeated() -> None:
    option = Option("key", "…", None)

    assert option.parse(27.5) == "27.5"
    with pytest.raises(CodecError, match=r"^option key: a list seen; text is due$"):
        option.parse(["00112233445566778899AABBCCDDEEFF"])

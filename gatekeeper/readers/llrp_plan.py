"""What an LLRP reader is asked to do: an address and options, checked and put in order.

Values only; nothing here knows a socket or a library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError
from gatekeeper.readers.antennas import parse_antennas
from gatekeeper.readers.codecs.options import OptionValue
from gatekeeper.readers.urls import without_password

__all__ = ["Plan", "choose_power", "clean", "plan_of"]

PORT = 5084
ANTENNAS_MAX = 255
KEEPALIVE_LEAST_MS = 100
ASKED_INSTEAD_S = 1
"""How often a reader without keep-alives is asked."""
_URL = re.compile(r"llrp://(\[[0-9a-fA-F:.]+\]|[^\s/:?#@\[\]]+)(?::(\d{1,5}))?/?\Z")
_POWER = re.compile(r"\s*(?:(\d{1,3})\s*=\s*)?(\d{1,2}(?:\.\d{1,2})?)\s*\Z")
_WORDS_MAX = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """One reader's inventory."""

    url: str
    """As in the settings, for messages; it can hold no password."""
    host: str
    port: int
    antennas: tuple[int, ...]
    power_dbm: dict[int, float] | None
    """By antenna; None: as much as the reader has."""
    session: int
    mode: int | None
    tari_ns: int
    population: int
    keepalive_ms: int
    """0: the reader is to send none."""
    check_s: int
    """Time without a tag after which the reader is asked whether it still looks for tags."""

    def as_config(self) -> dict[str, Any]:
        """For sllurp's LLRPReaderConfig, under its names; power is chosen later."""
        return {
            "antennas": list(self.antennas),
            "session": self.session,
            "mode_identifier": self.mode,
            "tari": self.tari_ns,
            "tag_population": self.population,
            "keepalive_interval": self.keepalive_ms,
            "tag_content_selector": {
                "EnableAntennaID": True,
                "EnablePeakRSSI": True,
                "EnableFirstSeenTimestamp": False,
                "EnableLastSeenTimestamp": True,
                "EnableTagSeenCount": True,
                "EnableROSpecID": False,
                "EnableChannelIndex": False,
            },
            "event_selector": {
                "ROSpecEvent": True,
                "ReaderExceptionEvent": True,
                "AntennaEvent": True,
            },
        }


def plan_of(settings: ReaderSettings, chosen: Mapping[str, OptionValue]) -> Plan:
    """The plan of a reader's settings and its options as parsed.

    Raises ConfigError saying what was seen and what is due.
    """
    host, port = _address(settings.url)
    antennas = tuple(sorted(parse_antennas(settings, chosen.get("antennas"), ANTENNAS_MAX)))
    mode = chosen.get("mode")
    if chosen["tari"] and mode is None:
        raise ConfigError("option tari without mode seen; the mode that it belongs to is due")
    keepalive_ms = int(chosen["keepalive_ms"])
    if 0 < keepalive_ms < KEEPALIVE_LEAST_MS:
        raise ConfigError(
            f"option keepalive_ms={keepalive_ms} seen; 0 or at least {KEEPALIVE_LEAST_MS} is due"
        )
    return Plan(
        url=settings.url,
        host=host,
        port=port,
        antennas=antennas,
        power_dbm=_powers(chosen.get("power_dbm"), antennas),
        session=int(str(chosen["session"])[1:]),
        mode=None if mode is None else int(mode),
        tari_ns=int(chosen["tari"]),
        population=int(chosen["population"]),
        keepalive_ms=keepalive_ms,
        check_s=int(chosen["check_s"]) if keepalive_ms else ASKED_INSTEAD_S,
    )


def choose_power(plan: Plan, table: Iterable[Mapping[str, int]]) -> dict[int, int]:
    """By antenna, the index of the strongest entry of the reader's table that is not above
    the power asked for.

    Raises ReaderError where even its least is more than that.
    """
    steps = sorted((entry["TransmitPowerValue"] / 100, entry["Index"]) for entry in table)
    chosen = {}
    for antenna in plan.antennas:
        asked = plan.power_dbm[antenna] if plan.power_dbm else float("inf")
        fitting = [index for power, index in steps if power <= asked]
        if not fitting:
            known = f"{steps[0][0]:g} to {steps[-1][0]:g} dBm" if steps else "a table of powers"
            raise ReaderError(
                f"{plan.url}: power_dbm {asked:g} for antenna {antenna} seen; {known} is due"
            )
        chosen[antenna] = fitting[-1]
    return chosen


def clean(words: object) -> str:
    """A reader's own words, fit for a screen and a log: short, one line, printable."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return "".join(c if c.isprintable() else " " for c in text[:_WORDS_MAX]).strip()


def _address(url: str) -> tuple[str, int]:
    match = _URL.match(url)
    port = int(match[2] or PORT) if match else 0
    if match is None or not 0 < port < 65536:
        seen = without_password(url)
        raise ConfigError(f"{seen!r} seen; llrp://host or llrp://host:port is due")
    return match[1].strip("[]"), port


def _powers(given: object, antennas: tuple[int, ...]) -> dict[int, float] | None:
    if given is None:
        return None
    due = "power_dbm {!r} seen; dBm for all antennas or for each is due, e.g. 27 or 1=30,2=27.5"
    powers: dict[int, float] = {}
    for part in str(given).split(","):
        match = _POWER.match(part)
        if match is None:
            raise ConfigError(due.format(given))
        powers |= dict.fromkeys((int(match[1]),) if match[1] else antennas, float(match[2]))
    if set(powers) != set(antennas):
        raise ConfigError(due.format(given))
    return powers

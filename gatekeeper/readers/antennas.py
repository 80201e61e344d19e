"""Which antennas a reader works through: what the settings say, as numbers. Values only."""

from __future__ import annotations

import re

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError

__all__ = ["antennas_of", "parse_antennas"]

_LIST = re.compile(r"\s*\d{1,3}\s*(,\s*\d{1,3}\s*)*\Z", re.ASCII)


def antennas_of(settings: ReaderSettings, given: object, most: int) -> tuple[int, ...]:
    """As `parse_antennas`. Raises ConfigError that names the reader, too."""
    try:
        return parse_antennas(settings, given, most)
    except ConfigError as error:
        raise ConfigError(f"reader {settings.id!r}: {error}") from error


def parse_antennas(settings: ReaderSettings, given: object, most: int) -> tuple[int, ...]:
    """The antennas of `given`, an option such as `1,2`, each once and in its order; where it is
    None, those that the settings map to gates, or the first.

    Raises ConfigError for anything but numbers from 1 to `most`.
    """
    text = str(given) if given is not None else ",".join(sorted(settings.antennas)) or "1"
    numbers = [int(part) for part in text.split(",")] if _LIST.match(text) else [0]
    if not all(1 <= number <= most for number in numbers):
        raise ConfigError(f"antennas {text!r} seen; numbers from 1 to {most} are due, e.g. 1,2")
    return tuple(dict.fromkeys(numbers))

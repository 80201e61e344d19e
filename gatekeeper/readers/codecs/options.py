"""Options of codecs and drivers as values: what is due, and the one way to read them.

An option comes from a TOML file (already a number or a truth value) or from a command line
(always text); both are read here, so that both are refused in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.errors import CodecError

__all__ = ["Option", "OptionValue", "parse_options"]

OptionValue: TypeAlias = str | int

_SWITCH = {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}


@dataclass(frozen=True, slots=True)
class Option:
    """One option: a choice of words, or a whole number within bounds."""

    name: str
    help: str
    default: OptionValue | None
    """None: left to the driver, as the help says."""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None

    @property
    def due(self) -> str:
        """What may be given, in words."""
        if self.choices:
            return " or ".join(self.choices)
        if self.low is not None or self.high is not None:
            return f"a whole number from {self.low} to {self.high}"
        return "text"

    def parse(self, value: object) -> OptionValue:
        """`value` as this option's type. Raises CodecError naming what was seen and due."""
        if self.choices:
            word = str(value).strip().lower()
            if "on" in self.choices:
                word = _SWITCH.get(word, word)
            for choice in self.choices:
                if word == choice.lower():
                    return choice
        elif self.low is not None and self.high is not None:
            number = _number(value)
            if number is not None and self.low <= number <= self.high:
                return number
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)  # a number, too: power_dbm = 27.5
        else:
            # Without the value: a text may be a key.
            kind = type(value).__name__
            raise CodecError(f"option {self.name}: a {kind} seen; text is due")
        raise CodecError(f"option {self.name}={value!s} seen; {self.due} is due")


def parse_options(options: Iterable[Option], given: Mapping[str, object]) -> dict[str, OptionValue]:
    """Every option by name, defaults filled in; those left to the driver are absent.

    Raises CodecError for an unknown option or a value that is not due.
    """
    known = {option.name: option for option in options}
    for name in given:
        if name not in known:
            due = ", ".join(known) or "none"
            raise CodecError(f"option {name!r} seen; known options: {due}")
    values: dict[str, OptionValue] = {}
    for name, option in known.items():
        if name in given:
            values[name] = option.parse(given[name])
        elif option.default is not None:
            values[name] = option.default
    return values


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    try:
        return int(str(value).strip(), 10)
    except ValueError:
        return None

"""Outputs: doors that a recorded grant releases, lights for each answer, contacts watched.

`REGISTRY` is the registry of boards: a driver is a line here and a module, imported when it is
asked for. Nothing here decides who may pass, and nothing here can hold up a decision.
"""

from __future__ import annotations

import importlib

from gatekeeper.config import BoardSettings
from gatekeeper.errors import ConfigError, UnknownDriverError
from gatekeeper.outputs.base import Board, Clock, OpenLine

__all__ = ["REGISTRY", "board_class", "make_board"]

REGISTRY = {
    "numato": "gatekeeper.outputs.numato:NumatoBoard",
    "relay_a0": "gatekeeper.outputs.relay_a0:RelayA0Board",
}
"""Driver name, as in the settings, to `module:Class`."""


def board_class(name: str) -> type[Board]:
    """The driver called `name`. Raises UnknownDriverError listing the known ones."""
    if name not in REGISTRY:
        known = ", ".join(sorted(REGISTRY))
        raise UnknownDriverError(f"board driver {name!r} seen; one of {known} is due")
    module, _, class_name = REGISTRY[name].partition(":")
    found: type[Board] = getattr(importlib.import_module(module), class_name)
    return found


def make_board(settings: BoardSettings, open_line: OpenLine, clock: Clock) -> Board:
    """A driver for `settings`, not yet open. Raises ConfigError naming the board."""
    driver = board_class(settings.driver)
    try:
        return driver(settings, open_line, clock)
    except ConfigError as error:
        text = str(error)
        named = text if text.startswith("board ") else f"board {settings.id!r}: {text}"
        raise ConfigError(named) from error

"""What only the drivers know of the settings of doors: numbers of relays and inputs.

Opens nothing. A fault is found before anything is started, with the setting it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from gatekeeper.config import BoardSettings, DoorSettings
from gatekeeper.errors import ConfigError
from gatekeeper.outputs import board_class, make_board
from gatekeeper.outputs.base import Board, Clock, OpenLine

__all__ = ["check_outputs"]

Refuse = Callable[[str, ConfigError], None]
"""Raises the error with file and line of the setting `$.doors[0].output`."""


def check_outputs(
    doors: Iterable[DoorSettings],
    boards: Iterable[BoardSettings],
    switches: Collection[str],
    open_line: OpenLine,
    clock: Clock,
    refuse: Refuse,
) -> None:
    """Refuse a board that its driver refuses, and a door on what is not there.

    `switches`: readers with contacts of their own.
    """
    made: dict[str, Board] = {}
    for number, settings in enumerate(boards):
        path = f"$.boards[{number}]"
        try:
            board_class(settings.driver)
        except ConfigError as error:
            refuse(f"{path}.driver", error)
        try:
            made[settings.id] = make_board(settings, open_line, clock)
        except ConfigError as error:
            refuse(f"{path}.id", error)
    for number, door in enumerate(doors):
        path = f"$.doors[{number}]"
        output, contact = door.output, door.contact
        if output.reader is not None and output.reader not in switches:
            text = f"reader {output.reader!r} has no contacts that its driver can switch"
            refuse(f"{path}.output", ConfigError(text))
        if output.board is not None:
            _within(
                f"{path}.output", "channel", output.channel, made[output.board].channels, refuse
            )
        if contact is not None:
            _within(f"{path}.contact", "input", contact.input, made[contact.board].inputs, refuse)


def _within(path: str, what: str, number: int, most: int, refuse: Refuse) -> None:
    if not 1 <= number <= most:
        due = f"1 to {most} is due" if most else "the board has none"
        refuse(path, ConfigError(f"{what} {number} seen; {due}"))

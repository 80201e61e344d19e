"""What goes wrong with a Chafon reader and its bus beyond what may happen on any line.

Faults of single frames are changes of bytes, here; chafon.py acts out the episodes.
"""

from __future__ import annotations

import random

from firmware_sim.chafon_wire import Command, Status, crc
from firmware_sim.faults import EpisodeFault, FrameFault

__all__ = ["EPISODES", "FRAME_FAULTS"]


def _bad_crc(data: bytes, rng: random.Random) -> bytes:
    return data[:-2] + bytes((data[-2] ^ rng.randrange(1, 256), data[-1]))


def _short_list(data: bytes, _rng: random.Random) -> bytes:
    """A list that ends a byte too soon, under a right length and check."""
    if len(data) < 9 or data[2] != Command.INVENTORY:
        return data
    body = bytes((data[0] - 1,)) + data[1:-3]
    return body + crc(body)


def _lost_end(data: bytes, _rng: random.Random) -> bytes:
    ends = data[2] == Command.INVENTORY and data[3] in (Status.DONE, Status.NO_TAG)
    return b"" if ends else data


def _glitch(data: bytes, _rng: random.Random) -> bytes:
    """What an RS-485 line driver says when it is switched on."""
    return b"\xff" + data


FRAME_FAULTS: dict[str, FrameFault] = {
    "chafon.bad_crc": _bad_crc,
    "chafon.short_list": _short_list,
    "chafon.lost_end": _lost_end,
    "chafon.glitch": _glitch,
}

EPISODES = {
    fault.name: fault
    for fault in (
        EpisodeFault("chafon.antenna", 1.5, 3.0),  # the first antenna's cable is loose
        EpisodeFault("chafon.active", 0.0, 0.0),  # somebody has set it to push by itself
        EpisodeFault("chafon.left_baud", 0.0, 0.0),  # … to another speed
        EpisodeFault("chafon.other_reader", 0.0, 0.0),  # a neighbour on the bus tells of a tag
        EpisodeFault("chafon.refuses", 0.5, 1.5),  # every command is called illegal
    )
}

"""What goes wrong in network readers in particular: faults of messages, and spells.

TCP carries every byte, so these are faults of the reader's own software, and of its place in
a network. firmware_sim/README.md says what each does.
"""

from __future__ import annotations

import random
import struct

from firmware_sim.faults import EpisodeFault, FrameFault

__all__ = ["EPISODES", "FRAME_FAULTS", "SERVICE_FAULTS"]


def _half_message(message: bytes, rng: random.Random) -> bytes:
    """The head promises all of it, the body ends somewhere."""
    return message[: rng.randrange(10, max(len(message), 11))]


def _wrong_length(message: bytes, rng: random.Random) -> bytes:
    """The head counts up to eight bytes too many or too few."""
    (size,) = struct.unpack_from("!I", message, 2)
    wrong = size + rng.choice([off for off in range(-8, 9) if off])
    return message[:2] + struct.pack("!I", wrong) + message[6:]


FRAME_FAULTS: dict[str, FrameFault] = {
    "llrp.half_message": _half_message,
    "llrp.wrong_length": _wrong_length,
}

EPISODES = {
    fault.name: fault
    for fault in (
        EpisodeFault("llrp.antenna_off", 1.0, 3.0),
        EpisodeFault("llrp.client_exists", 2.0, 5.0),
        EpisodeFault("llrp.clock_jump", 0.0, 0.0),
        EpisodeFault("llrp.error_status", 2.0, 5.0),
        EpisodeFault("llrp.flood", 0.5, 1.5),
        EpisodeFault("llrp.no_keepalive", 3.0, 6.0),
        EpisodeFault("llrp.old_reports", 5.0, 10.0),
        EpisodeFault("llrp.rospec_end", 0.0, 0.0),
        EpisodeFault("llrp.short_capabilities", 5.0, 10.0),
        EpisodeFault("llrp.stalled", 0.0, 0.0),
        EpisodeFault("llrp.unknown_parameter", 1.0, 3.0),
    )
}
"""Spells by name; their rate counts times per minute."""

SERVICE_FAULTS = (
    "llrp.client_exists",
    "llrp.error_status",
    "llrp.old_reports",
    "llrp.short_capabilities",
)
"""Those that begin with a restart of the reader's LLRP service: whoever is connected is hung up
on, and meets the fault when it comes back."""

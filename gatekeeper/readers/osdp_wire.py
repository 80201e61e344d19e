"""The ear of an OSDP bus: whole replies as they come, and whose they are.

Nothing here encrypts, checks a MAC or keeps a session: libosdp does, see osdp_panel.py. This
is the bus' own ear. It exists because libosdp 3.2.9 takes a reader off line for 300 s at the
first reply that a disturbance has damaged, and hears silence only after 8 s. What a frame is:
codecs/osdp_frame.py.
"""

from __future__ import annotations

from gatekeeper.readers.codecs.frames import Garbage, GarbageReason
from gatekeeper.readers.codecs.osdp_frame import LONGEST, MARK, SHORTEST, START, Heard, parse
from gatekeeper.readers.codecs.osdp_table import Command, Reply

__all__ = ["Command", "Ear", "Heard", "Reply", "parse", "uses_default_key"]


def uses_default_key(command: Heard) -> bool:
    """Whether a challenge (CHLNG) is made with SCBK-D, the key that everybody knows."""
    return command.code == Command.CHLNG and command.security[1:] == b"\x00"


class Ear:
    """Bytes of a bus in, whole frames and garbage out. Never raises; keeps 512 bytes at most."""

    def __init__(self) -> None:
        self._kept = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._kept)

    def feed(self, data: bytes) -> list[Heard | Garbage]:
        """Everything that is certain with `data`."""
        self._kept += data
        found: list[Heard | Garbage] = []
        while self._kept and self._step(found, at_end=False):
            pass
        return found

    def idle(self) -> list[Heard | Garbage]:
        """The line has fallen silent: a start without its end was none."""
        found: list[Heard | Garbage] = []
        while self._kept:
            self._step(found, at_end=True)
        return found

    def _step(self, found: list[Heard | Garbage], *, at_end: bool) -> bool:
        """Take one frame or piece of noise from the front; False: more bytes are needed."""
        kept = self._kept
        start = kept.find(START)
        if start:
            # Marks between frames are no noise.
            noise = bytes(kept[:start] if start > 0 else kept)
            del kept[: len(noise)]
            if noise.strip(bytes([MARK])):
                found.append(Garbage(GarbageReason.FRAMING, noise))
            return True
        length = int.from_bytes(kept[2:4], "little") if len(kept) >= 4 else 0
        if len(kept) >= 4 and not SHORTEST <= length <= LONGEST:
            self._drop_start(found, GarbageReason.LENGTH)
            return True
        if len(kept) < 4 or len(kept) < length:
            if at_end:
                self._drop_start(found, GarbageReason.LENGTH)
            return at_end
        frame = parse(bytes(kept[:length]))
        if isinstance(frame, Heard):
            del kept[:length]
            found.append(frame)
        else:
            self._drop_start(found, frame)
        return True

    def _drop_start(self, found: list[Heard | Garbage], reason: GarbageReason) -> None:
        """A false start: up to the next one it is garbage, what follows is looked at again."""
        after = self._kept.find(START, 1)
        size = after if after > 0 else len(self._kept)
        found.append(Garbage(reason, bytes(self._kept[:size])))
        del self._kept[:size]

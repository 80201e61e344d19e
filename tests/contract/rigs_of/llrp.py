"""The other end of the LLRP driver: a simulated reader that listens on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import msgspec
from rigs import SimulatedRig

from firmware_sim.llrp import Llrp


class Rig(SimulatedRig):
    """See rigs.Rig. The address is known once the reader is plugged in, and stays the same."""

    _device: Llrp
    # TCP neither loses nor damages bytes; what a broken reader sends is tried by its own faults.
    lines = frozenset({"perfect", "one byte", "delayed"})

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__("llrp", folder, **settings)

    def __enter__(self) -> Self:
        super().__enter__()
        address = self._device.wire.address.read_text(encoding="ascii").strip()
        self.settings = msgspec.structs.replace(self.settings, url=f"llrp://{address}")
        return self

"""One simulated OSDP reader at address 1, alone on its bus, with the key of its simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rigs import SimulatedRig

from firmware_sim.osdp import KEY

BAUD = 115_200


class Rig(SimulatedRig):
    """The usual rig; only an OSDP reader needs an address and a key."""

    def __init__(
        self, folder: Path, *, seed: int = 1, options: dict[str, Any] | None = None
    ) -> None:
        given = {"address": 1, "baud": BAUD, "key": KEY} | (options or {})
        super().__init__("osdp", folder, seed=seed, options=given)
        # As installations should have it; the sessions of the tests stand sooner.
        self._device.baud = self._device.wire.baud = BAUD

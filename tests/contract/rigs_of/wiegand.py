"""A Wiegand converter: its format is named, because no driver may guess it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rigs import SimulatedRig


class Rig(SimulatedRig):
    """The simulated converter as it is by default."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        options = {"format": "H10301"} | settings.pop("options", {})
        super().__init__("wiegand", folder, options=options, **settings)

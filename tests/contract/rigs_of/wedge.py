"""A keyboard wedge on a pty: the driver's own way to it, but for the grab.

Only an input device of the kernel can be grabbed, and making one takes uinput. So the rig
puts a grab of its own into the driver, which stands for the kernel's consent.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

from rigs import SimulatedRig

from gatekeeper.readers.wedge import WedgeReader


class Rig(SimulatedRig):
    """The simulated wedge; while it is there, its pty can be grabbed."""

    # A kernel hands over whole records; one that is lost it names, which is a fault of the device.
    lines = frozenset({"perfect", "one byte", "delayed"})

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__("wedge", folder, **settings)
        self._consent = patch.object(WedgeReader, "grab", staticmethod(_is_terminal))

    def __enter__(self) -> Self:
        self._consent.start()
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self._consent.stop()


def _is_terminal(fd: int) -> None:
    assert os.isatty(fd)

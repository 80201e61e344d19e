"""What benches need to know of a wire: frames that it takes, and the speed of its line."""

from __future__ import annotations

import json
from pathlib import Path

from gatekeeper.readers import REGISTRY, driver_class
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Garbage
from tests.fuzz.targets import variants

__all__ = ["baud_of", "good_frames"]

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def good_frames(wire: str) -> list[bytes]:
    """Vectors that the decoder takes whole under the usual options."""
    found = []
    for vector in json.loads((VECTORS / f"{wire}.json").read_text("utf-8"))["vectors"]:
        data = bytes.fromhex(vector["hex"])
        codec = make_codec(wire, variants(wire)[0])
        frames = codec.feed(data) + codec.idle()
        if frames and not any(isinstance(frame, Garbage) for frame in frames):
            found.append(data)
    return found


def baud_of(wire: str) -> int:
    """The usual speed of a wire; 0 for one that has none."""
    for name in REGISTRY:
        driver = driver_class(name)
        bauds = [option.default for option in driver.options if option.name == "baud"]
        if driver.wire == wire and bauds:
            return int(bauds[0] or 0)
    return 0

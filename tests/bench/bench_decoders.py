"""Decoders: how much faster than its line each wire is read.

They are fed the wire's own published frames, over and over, and a flood of the byte that
begins a frame, the worst that a line can carry. Processor time is measured, so that what else
the machine does takes nothing away.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from wire_facts import baud_of, good_frames

from gatekeeper.readers.codecs import CODECS, codec_class, make_codec
from tests.fuzz.targets import variants

STREAM = 1 << 17
FLOOD = 1 << 15
TURNS = 9
CHUNK = 256
"""Bytes at a time: what a busy line of 115200 baud brings in 22 ms."""


def run() -> list[dict[str, Any]]:
    """MB/s of every decoder."""
    return [*_decoders()]


def _decoders() -> Iterable[dict[str, Any]]:
    for wire in sorted(CODECS):
        good, baud = good_frames(wire), baud_of(wire)
        frames = b"".join(good)
        stream = (frames * (STREAM // len(frames) + 1))[:STREAM]
        start = codec_class(wire).start
        flood = bytes([0x00 if start is None else start]) * FLOOD
        for name, data, aim in (("frames", stream, ">= 100 x"), ("flood of starts", flood, "")):
            rate = _rate(wire, data)
            row = {"name": f"decoder of {wire}, {name}", "value": rate, "unit": "MB/s"}
            if baud:
                line_rate = baud / 10 / 1e6
                row |= {"baseline": line_rate, "baseline_name": f"its line at {baud} baud"}
                row |= {"ratio": rate / line_rate, "aim": aim}
            yield row


def _rate(wire: str, data: bytes) -> float:
    """MB for each second of processor time, the best of some: others only ever take away."""
    took = []
    for _ in range(TURNS):
        codec = make_codec(wire, variants(wire)[0])
        begun = time.thread_time()
        for at in range(0, len(data), CHUNK):
            codec.feed(data[at : at + CHUNK])
        codec.idle()
        took.append(time.thread_time() - begun)
    return len(data) / min(took) / 1e6


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))

"""The table of supported readers in docs/readers.md, made from the registry and the vectors.

`python tools/readers_table.py` writes it between its markers; `--check` writes nothing and
exits 1 if the table there is another. A new driver comes into it by being registered.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from firmware_sim.devices import DEVICES, device_class  # noqa: E402 (the path comes first)
from firmware_sim.faults import EPISODES, FRAME_FAULTS  # noqa: E402
from gatekeeper.readers import describe  # noqa: E402

DOCUMENT = ROOT / "docs" / "readers.md"
VECTORS = ROOT / "tests" / "vectors"
BEGIN, END = "<!-- supported readers: begin -->", "<!-- supported readers: end -->"
ORIGINS = ("captured", "published", "computed")
MORE_VECTORS = {"pcsc": ("uid",)}
"""Files of vectors beside the one that is named after the wire."""
REAL_PEERS = {
    "llrp": "sllurp, the client library",
    "osdp": "libosdp's control panel and peripheral",
    "pcsc": "pcscd with virtual readers (vpcd)",
}
"""What a driver talks to in the tests that is neither its own nor the simulator's making."""


def table() -> str:
    """Every driver, in the order of the registry."""
    lines = [
        "| driver | make | wire | line | frames held against | simulated device | real peer |",
        "|---|---|---|---|---|---|---|",
    ]
    for driver in describe():
        name = driver["name"]
        cells = (
            f"[{name}](#{name})",
            driver["title"],
            driver["wire"],
            driver["transport"],
            frames(driver["wire"]),
            device(name),
            REAL_PEERS.get(name, "—"),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def frames(wire: str) -> str:
    """How many vectors the wire has, by where they come from."""
    counted: Counter[str] = Counter()
    for name in (wire, *MORE_VECTORS.get(wire, ())):
        path = VECTORS / f"{name}.json"
        if path.exists():
            vectors = json.loads(path.read_text("utf-8"))["vectors"]
            counted.update(vector["origin"] for vector in vectors)
    return ", ".join(f"{counted[o]} {o}" for o in ORIGINS if counted[o]) or "—"


def device(name: str) -> str:
    """The simulated device of a driver and how many faults it can have."""
    if name not in DEVICES:
        return "—"
    found = device_class(name)
    own = len(found.own_frame_faults) + len(found.own_episodes)
    also = f" and {own} of its own" if own else ""
    return f"yes, {len(FRAME_FAULTS) + len(EPISODES)} faults of any line{also}"


def document(text: str) -> str:
    """`text` with the table of today between the markers."""
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Write, or check."""
    before = DOCUMENT.read_text("utf-8")
    after = document(before)
    if "--check" in sys.argv[1:]:
        if before != after:
            sys.stderr.write(f"{DOCUMENT}: stale; run python tools/readers_table.py\n")
        return int(before != after)
    DOCUMENT.write_text(after, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

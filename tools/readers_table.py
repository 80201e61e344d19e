"""The tables of supported readers: in docs/readers.md all of them, made from the registry and the
vectors, and in docs/readers/<driver>.md the options of each.

`python tools/readers_table.py` writes them between their markers; `--check` writes nothing and
exits 1 if one of them is another. A new driver comes into them by being registered.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from firmware_sim.devices import DEVICES, device_class  # noqa: E402 (the path comes first)
from firmware_sim.faults import EPISODES, FRAME_FAULTS  # noqa: E402
from gatekeeper.readers import describe  # noqa: E402

DOCUMENT = ROOT / "docs" / "readers.md"
PAGES = ROOT / "docs" / "readers"
VECTORS = ROOT / "tests" / "vectors"
BEGIN, END = "<!-- supported readers: begin -->", "<!-- supported readers: end -->"
OPTIONS = "<!-- options: begin -->", "<!-- options: end -->"
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
            f"[{name}](readers/{name}.md)",
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


def options(driver: dict[str, Any]) -> str:
    """The options of one driver, in its own order."""
    lines = ["| option | default | may be | meaning |", "|---|---|---|---|"]
    for option in driver["options"]:
        default = "" if option["default"] is None else f"`{option['default']}`"
        cells = (f"`{option['name']}`", default, option["due"], option["help"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def between(text: str, marks: tuple[str, str], content: str) -> str:
    """`text` with `content` between its marks."""
    head, rest = text.split(marks[0])
    return f"{head}{marks[0]}\n{content}\n{marks[1]}{rest.split(marks[1])[1]}"


def document(text: str) -> str:
    """`text` with the table of today between the markers."""
    return between(text, (BEGIN, END), table())


def pages() -> dict[Path, str]:
    """Every document with a table, as it should be."""
    found = {DOCUMENT: document(DOCUMENT.read_text("utf-8"))}
    for driver in describe():
        page = PAGES / f"{driver['name']}.md"
        found[page] = between(page.read_text("utf-8"), OPTIONS, options(driver))
    return found


def main() -> int:
    """Write, or check."""
    due = pages()
    stale = [path for path, text in due.items() if path.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            sys.stderr.write(f"{path}: stale; run python tools/readers_table.py\n")
        return int(bool(stale))
    for path in stale:
        path.write_text(due[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

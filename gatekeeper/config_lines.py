"""On which line of a settings file a key stands, so that a fault can be shown where it is.

Pure text: tomllib and msgspec tell a path (`$.readers[0].driver`), never a line.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["explain", "line_of"]


def explain(file: Path, text: str, message: str) -> str:
    """`FILE:LINE: KEY: what is wrong`.

    msgspec says `… - at `$.readers[0].driver``; the path is turned into a line number.
    """
    match = re.search(r" - at `(.+)`$", message)
    path = match[1] if match else "$"
    unknown = re.search(r"unknown field `(.+?)`", message)
    if unknown:
        path = f"{path}.{unknown[1]}"
    plain = message[: match.start()] if match else message
    return f"{file}:{line_of(text, path)}: {path.removeprefix('$.')}: {plain}"


def line_of(text: str, path: str) -> int:
    """Line of the key that `path` (`$.readers[1].url`) names, or of its table, or 1."""
    parts = re.findall(r"([A-Za-z0-9_-]+)(?:\[(\d+)\])?", path.removeprefix("$"))
    lines = text.splitlines()
    start = 0
    for name, index in parts:
        table = rf"\s*\[\[?\s*(?:[\w.-]+\.)?{re.escape(name)}\s*\]\]?"
        key = rf"\s*[\"']?{re.escape(name)}[\"']?\s*="
        wanted = int(index or 0)
        hits = [n for n in range(start, len(lines)) if re.match(f"(?:{table}|{key})", lines[n])]
        if not hits:
            break
        start = hits[min(wanted, len(hits) - 1)]
    return start + 1

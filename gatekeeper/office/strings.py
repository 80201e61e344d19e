"""The shared strings of a workbook, kept on disk.

A spreadsheet program keeps every text of a workbook in one table that cells point into; with
100,000 guests it is the largest part. Here it is spooled to a temporary file and read back
by position, so that memory holds eight bytes a string and no text.
"""

from __future__ import annotations

import os
import re
import tempfile
from array import array
from types import TracebackType
from typing import IO

from gatekeeper.office.package import MAX_PIECES, stream

__all__ = ["SharedStrings", "unescaped"]

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class SharedStrings:
    """Texts by their number; a context manager, because it holds a temporary file."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._ends = array("Q", [0])
        self._recent: dict[int, str] = {}

    def __enter__(self) -> SharedStrings:
        """The table itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop the temporary file."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def load(self, file: IO[bytes]) -> None:
        """Take the strings of a sharedStrings part: runs joined, phonetic hints left out."""
        parts: list[str] = []
        state = {"text": False, "hint": False}

        def start(name: str, attributes: dict[str, str]) -> None:
            name = name.rpartition(":")[2]
            if name == "t":
                state["text"] = not state["hint"]
            elif name == "rPh":
                state["hint"] = True

        def end(name: str) -> None:
            name = name.rpartition(":")[2]
            if name == "t":
                state["text"] = False
            elif name == "rPh":
                state["hint"] = False
            elif name == "si":
                self._append("".join(parts))
                parts.clear()

        def text(data: str) -> None:
            if state["text"] and len(parts) < MAX_PIECES:
                parts.append(data)

        stream(file, start, end, text)
        self._file.flush()

    def _append(self, text: str) -> None:
        data = unescaped(text).encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __getitem__(self, number: int) -> str:
        """String `number`. Raises IndexError where there is none."""
        text = self._recent.get(number)
        if text is None:
            if not 0 <= number < len(self):
                raise IndexError(number)
            begin, end = self._ends[number], self._ends[number + 1]
            data = os.pread(self._file.fileno(), end - begin, begin)
            text = data.decode("utf-8", "surrogatepass")
            if len(self._recent) > 4096:
                self._recent.clear()
            self._recent[number] = text
        return text


def unescaped(text: str) -> str:
    """`text` with `_x000D_` and its kind as the characters they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)

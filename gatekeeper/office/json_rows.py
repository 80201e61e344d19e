"""Rows out of a JSON file: a list of objects, or an object that has one in `rows`.

The keys are the header. Values are texts, numbers, true, false or null, and nothing within
them: a list that a program made is held to what a spreadsheet can say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.errors import ImportFault

__all__ = ["JsonRows"]

_ROWS_MOST = 300_001
_KEYS_MOST = 200


class JsonRows:
    """A JSON file as rows of cells; the first object is row 1, its keys are row 0."""

    def __init__(self, path: Path) -> None:
        """Read `path` whole. Raises ImportFault where it is no list of objects."""
        self.path = path
        try:
            data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
            found = msgspec.json.decode(data)
        except OSError as error:
            raise _refused(path, f"{error.strerror}", f"{error.strerror}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _refused(path, f"no valid JSON ({error})", "ไม่ใช่ JSON ที่ถูกต้อง") from error
        rows = found.get("rows") if isinstance(found, dict) else found
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _refused(
                path,
                'a list of objects, or an object with one in "rows", is due',
                'ต้องเป็นรายการของออบเจกต์ หรือออบเจกต์ที่มีรายการนั้นใน "rows"',
            )
        self._rows: list[dict[str, Any]] = rows
        self._keys = list(dict.fromkeys(key for row in rows[:_ROWS_MOST] for key in row))
        if len(self._keys) > _KEYS_MOST:
            raise _refused(path, f"more than {_KEYS_MOST} keys", f"มีคีย์เกิน {_KEYS_MOST} คีย์")
        self.size = self.position = len(data)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """`(number, cells)`. Raises ImportFault where a value is a list or an object."""
        yield 0, self._keys
        for number, row in enumerate(self._rows, start=1):
            yield number, [self._text(number, key, row.get(key)) for key in self._keys]

    def _text(self, number: int, key: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str | int | float):
            return str(value)
        raise _refused(
            self.path,
            f"row {number}, {key[:40]}: a text or a number is due",
            f"แถว {number} {key[:40]}: ต้องเป็นข้อความหรือตัวเลข",
        )


def _refused(path: Path, en: str, th: str) -> ImportFault:
    return ImportFault(f"{path.name}: {en}", th=f"{path.name}: {th}")

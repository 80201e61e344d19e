"""Photos and documents as files of the data directory, named by records; and their deletion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["FOLDERS", "delete_files"]

FOLDERS = ("photos", "documents")
"""Of the data directory; what lies there is named by records."""


def delete_files(data: Path, keys: Sequence[str]) -> None:
    """Delete the files of these keys, wherever they lie; one that is gone already is no fault."""
    for key in keys:
        for folder in FOLDERS:
            (data / folder / Path(key).name).unlink(missing_ok=True)

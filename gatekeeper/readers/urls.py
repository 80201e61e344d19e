"""What a message may repeat of an address. Opens nothing, decides nothing about addresses."""

from __future__ import annotations

__all__ = ["without_password"]


def without_password(url: str) -> str:
    """`url` with `…` between its `//` and its last `@`: there might be a password."""
    scheme, slashes, rest = url.partition("//")
    _, at, host = rest.rpartition("@")
    return f"{scheme}{slashes}…@{host}" if at else url

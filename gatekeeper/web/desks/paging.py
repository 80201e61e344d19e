"""Addresses of the other pages of a list: the same query, another offset."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import request

__all__ = ["next_pages"]


def next_pages(**query: str) -> Callable[[int], str]:
    """For `pager`: the address of the page that begins at an offset."""

    def address(offset: int) -> str:
        kept = {name: value for name, value in query.items() if value}
        return f"{request.path}?{urlencode({**kept, 'offset': offset})}"

    return address

"""Whether the web process does its work, seen as browsers see it: over its own port.

Runs in the server's worker process. Its parent, which would start a dead worker again, is
looked at too: stopped, it would leave the next death unnoticed.
"""

from __future__ import annotations

import http.client
import ipaddress
from collections.abc import Callable
from pathlib import Path

__all__ = ["SelfTest"]

_DEADLINE_S = 4.0
_SPARE = 8
"""Threads that pages leave to everything else before the server counts as full, not hanging."""


class SelfTest:
    """Asks this server for its health, whatever that is: an answer is a sign of life."""

    def __init__(
        self, address: tuple[str, int], parent: int, *, most_pages: int, pages: Callable[[], int]
    ) -> None:
        """`address` is where it listens; each of `pages()` open pages holds a thread, of which
        there are `most_pages`."""
        host, self._port = address
        self._host = _reachable(host)
        self._status = Path(f"/proc/{parent}/stat")
        self._most_pages = most_pages
        self._pages = pages

    def problem(self) -> str:
        """What is wrong, or empty."""
        if _is_stopped(self._status):
            return "the process that starts the server again is stopped"
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_DEADLINE_S)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            if self._pages() > self._most_pages - _SPARE:
                return ""
            return f"port {self._port} gives no answer: {error}"
        finally:
            connection.close()
        return ""


def _reachable(host: str) -> str:
    """An address of this machine at which a server that listens at `host` answers."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "::1" if address.version == 6 else "127.0.0.1"
    return host


def _is_stopped(status: Path) -> bool:
    """By signal or debugger; proc(5): the state follows the name, which is in brackets."""
    try:
        return status.read_text().rpartition(")")[2].split()[0] in ("T", "t")
    except (OSError, IndexError):
        return False

"""In front of the sockets: so many open ones, and far fewer of people nobody knows.

Each open socket holds a thread of the server for as long as its page is open. Whoever is
not signed in is told so over a socket of their own, then lingers at most; a few may, the
rest is turned away, so that no stranger can take the threads that gates need. A program may
show its token only once its socket is open: then it is counted anew (`is_known`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from gatekeeper.web.metrics import count_error

__all__ = ["MOST_KNOWN", "MOST_STRANGERS", "SocketDoor", "is_known"]

MOST_KNOWN = 150
MOST_STRANGERS = 12

_PLACE = "gatekeeper.place"
_Environ = dict[str, Any]
_Application = Callable[[_Environ, Any], Iterable[bytes]]


def is_known(environ: _Environ) -> None:
    """Whoever opened the socket of this request has shown who they are."""
    introduce = environ.get(_PLACE)
    if introduce is not None:
        introduce()


class SocketDoor:
    """WSGI middleware around what serves /socket.io/."""

    def __init__(self, application: _Application, known: Callable[[_Environ], bool]) -> None:
        """`known` tells whether a request comes from somebody who is signed in."""
        self._application = application
        self._known = known
        self._open = {True: 0, False: 0}
        self._most = {True: MOST_KNOWN, False: MOST_STRANGERS}
        self._lock = threading.Lock()

    def __call__(self, environ: _Environ, start_response: Any) -> Iterable[bytes]:
        """Let in, or turn away with 503; a socket is open until this returns."""
        if not environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self._application(environ, start_response)
        known = self._known(environ)
        with self._lock:
            full = self._open[known] >= self._most[known]
            self._open[known] += not full
        if full:
            count_error("sockets_full")
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return []
        place = [known]
        environ[_PLACE] = lambda: self._introduce(place)
        try:
            return self._application(environ, start_response)
        finally:
            with self._lock:
                self._open[place[0]] -= 1

    def _introduce(self, place: list[bool]) -> None:
        with self._lock:
            self._open[place[0]] -= 1
            place[0] = True
            self._open[True] += 1

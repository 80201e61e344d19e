"""The short way of `POST /api/v1/gates/{gate}/reads`, in front of Flask.

Measured on 2 cores: Flask with all its guards takes 0.4 ms of a read, this 0.03 ms, and the
goal is a thousand reads a second. Only what is in every respect in order goes this way; for
anything else the request is handed on to Flask untouched, which finds the same fault and
says so. Both ways share the checks and the deciding itself (`accounts`, `reads.decide`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gatekeeper.errors import CredentialError, LinkError, StoreError, UserError
from gatekeeper.web.api.reads import FAILED, body_decoder, decide
from gatekeeper.web.problems import Problem
from gatekeeper.web.security import LARGEST_BODY
from gatekeeper.web.services import Services

__all__ = ["FastReads"]

_PATH = re.compile(r"/api/v1/gates/([a-z0-9][a-z0-9._-]{0,62})/reads\Z")
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]

_Environ = dict[str, Any]
_Application = Callable[[_Environ, Any], Iterable[bytes]]


class FastReads:
    """WSGI middleware: answers reads that are in order, passes on everything else."""

    def __init__(self, application: _Application, house: Services) -> None:
        self._application = application
        self._house = house

    def __call__(self, environ: _Environ, start_response: Any) -> Iterable[bytes]:
        """Answer, or pass on."""
        match = _PATH.match(environ.get("PATH_INFO", ""))
        if match is None or environ.get("REQUEST_METHOD") != "POST":
            return self._application(environ, start_response)
        made = self._try(match[1], environ)
        if made is None:
            return self._application(environ, start_response)
        start_response("200 OK", [*_HEADERS, ("Content-Length", str(len(made)))])
        return [made]

    def _event_of(self, gate: str) -> str | None:
        return self._house.gates[gate].event

    def _try(self, gate: str, environ: _Environ) -> bytes | None:
        length = environ.get("CONTENT_LENGTH") or ""
        if gate not in self._house.gates or not length.isdigit() or int(length) > LARGEST_BODY:
            return None
        try:
            caller = self._house.accounts.bearer(environ.get("HTTP_AUTHORIZATION", ""))
        except StoreError:
            return None
        if caller is None or not caller.may("api.read", {"gate": gate}, self._event_of):
            return None
        data = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(data)
        try:
            body = body_decoder.decode(data)
            return msgspec.json.encode(decide(self._house, gate, body, caller.name))
        except (LinkError, UserError) as error:
            environ[FAILED] = error  # the node was asked: not again
        except (Problem, CredentialError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # Flask's way finds the same, and answers in the caller's language
        return None

"""Errors as people and programs get them: a page, or application/problem+json (RFC 9457).

The text is in the caller's language. Nothing of an exception's inside goes out; a defect is
logged and answered with 500.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn

import msgspec
from flask import Flask, Response, redirect, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import CredentialError, LinkError, StoreError, UnfitValue, UserError
from gatekeeper.web.metrics import count_error
from gatekeeper.web.texts import PROBLEMS, language

__all__ = ["Problem", "in_words", "on_stale_form", "problem_response", "refuse", "setup"]

log = logging.getLogger(__name__)

_BY_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method",
    413: "too_large",
    422: "invalid",
    429: "rate_limited",
}
_DRAIN_BYTES = 64 << 20
_DRAIN_S = 2.0


class Problem(Exception):
    """Raised by a route: answered with the problem `code`, `detail` and further members."""

    def __init__(self, code: str, detail: str = "", **members: Any) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
        self.members = members


def refuse(code: str, detail: str = "", **members: Any) -> NoReturn:
    """Raise the problem `code`."""
    raise Problem(code, detail, **members)


def problem_response(code: str, detail: str = "", **members: Any) -> Response:
    """`application/problem+json` for `code`, in the caller's language."""
    text = PROBLEMS[code]
    body = {
        "type": f"about:gatekeeper/{code}",
        "code": code,
        "title": text.th if language() == "th" else text.en,
        "status": text.status,
        "detail": detail,
        **members,
    }
    response = Response(msgspec.json.encode(body), text.status)
    response.content_type = "application/problem+json"
    if text.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def setup(app: Flask) -> None:
    """Answer every error of `app` in one of the two ways."""
    handlers: dict[type[Exception], Any] = {
        Problem: lambda error: _answer(error.code, error.detail, **error.members),
        RateLimitExceeded: lambda _: _answer("rate_limited"),
        HTTPException: _http,
        CredentialError: lambda error: _answer("invalid", str(error)),
        UserError: lambda error: _answer("invalid", in_words(error)),
        LinkError: _no_node,
        UnfitValue: lambda error: _answer("invalid", str(error)),
        StoreError: _no_store,
        Exception: _defect,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)


def on_stale_form(app: Flask, endpoint: str, again: Callable[[], AnyResponse]) -> None:
    """Where the form of `endpoint` has expired, `again` answers with a new one."""

    def stale(_: CSRFError) -> AnyResponse:
        return again() if request.endpoint == endpoint else _answer("csrf")

    app.register_error_handler(CSRFError, stale)


def in_words(error: UserError) -> str:
    """What is wrong, in the caller's language."""
    return error.th if language() == "th" else str(error)


def wants_json() -> bool:
    """Whether this caller is a program (or a page's script)."""
    return request.path.startswith(("/api/", "/ui/", "/healthz", "/metrics"))


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    response = _answer(_BY_STATUS.get(status, "bad_request" if status < 500 else "fault"))
    response.status_code = status
    if status == 413:
        _let_finish(response)
    if "Allow" in (found := error.get_response().headers):
        response.headers["Allow"] = found["Allow"]
    return response


def _no_node(error: LinkError) -> AnyResponse:
    count_error("link")
    return _answer("node_down", str(error), **DENIED)


def _no_store(error: StoreError) -> AnyResponse:
    count_error("store")
    log.warning("main database: %s", error)
    return _answer("store_down")


def _defect(error: Exception) -> AnyResponse:
    count_error("defect")
    log.error("defect while answering %s %s", request.method, request.endpoint, exc_info=error)
    return _answer("fault")


DENIED = {"verdict": "denied", "reason": "system_fault", "class": "red"}
"""What a gate must show where nobody decided."""


def _answer(code: str, detail: str = "", **members: Any) -> AnyResponse:
    if wants_json():
        return problem_response(code, detail, **members)
    if code == "unauthenticated":
        return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")))
    text = PROBLEMS[code]
    page = render_template(
        "error.html",
        status=text.status,
        code=code,
        title=text.th if language() == "th" else text.en,
        detail=detail,
        home_url="/",
    )
    return Response(page, text.status)


def _let_finish(response: AnyResponse) -> None:
    """After the answer is out, take what the caller is still sending, within bounds.

    Closing a connection with unread bytes resets it, and the caller would never see why.
    """
    stream = request.environ.get("wsgi.input")
    response.headers["Connection"] = "close"

    def drain() -> None:
        until, left = time.monotonic() + _DRAIN_S, _DRAIN_BYTES
        with contextlib.suppress(Exception):
            while left > 0 and time.monotonic() < until and (got := stream.read(1 << 16)):  # type: ignore[union-attr]
                left -= len(got)

    response.call_on_close(drain)

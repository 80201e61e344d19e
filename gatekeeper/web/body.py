"""Bodies of requests: JSON into a struct, or the problem that says what is wrong with it."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from gatekeeper.web.problems import refuse
from gatekeeper.web.security import LARGEST_BODY

__all__ = ["answer", "parse", "parse_bytes", "whole_body", "whole_number"]

T = TypeVar("T", bound=msgspec.Struct)


def parse(decoder: msgspec.json.Decoder[T]) -> T:
    """The body of this request. Answers 400 where it is no JSON, 422 where a value is wrong."""
    return parse_bytes(decoder, whole_body())


def whole_body() -> bytes:
    """The body; answers 413 where it is too large, also when its length was not told."""
    data = request.get_data(cache=False)
    if len(data) >= LARGEST_BODY:
        raise RequestEntityTooLarge
    return data


def parse_bytes(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    """The struct in `data`."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        refuse("invalid", str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse("bad_json", str(error))


def answer(value: object, status: int = 200) -> Response:
    """`value` as JSON, never cached."""
    response = Response(msgspec.json.encode(value), status)
    response.content_type = "application/json"
    response.headers["Cache-Control"] = "no-store"
    return response


def whole_number(name: str, default: int, most: int, least: int = 0) -> int:
    """The query's `name` as a number from `least` to `most`; answers 422 for anything else."""
    text = request.args.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        refuse("invalid", f"{name}: {text[:20]!r} seen; a number from {least} is due")
    return min(int(text), most)

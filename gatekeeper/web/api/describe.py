"""The OpenAPI document, made from the routes and the types of their JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec
from apispec import APISpec
from flask import Flask

from gatekeeper import __version__
from gatekeeper.web.api.shapes import ProblemJson
from gatekeeper.web.permissions import PUBLIC, ROUTES

__all__ = ["describe", "document", "query"]

F = TypeVar("F", bound=Callable[..., Any])
_IN_PATH = re.compile(r"<(?:(\w+):)?(\w+)>")
_REF = "#/components/schemas/{name}"


class _Described(NamedTuple):
    summary: str
    answer: type[Any] | None
    body: type[Any] | None
    parameters: tuple[dict[str, Any], ...]
    problems: tuple[int, ...]
    media: str
    takes: str


def query(name: str, kind: str, text: str) -> dict[str, Any]:
    """A parameter of the query."""
    return {"name": name, "in": "query", "description": text, "schema": {"type": kind}}


def describe(
    answer: type[Any] | None,
    *,
    body: type[Any] | None = None,
    parameters: tuple[dict[str, Any], ...] = (),
    problems: tuple[int, ...] = (),
    media: str = "",
    takes: str = "",
) -> Callable[[F], F]:
    """Say what a route takes and gives; its summary is the first line of its docstring.

    Where the answer is no JSON, `answer` is None and `media` its type, or its types divided by
    `|`. `takes`: the type of a body that is a file.
    """

    def mark(function: F) -> F:
        summary = (function.__doc__ or "").strip().splitlines()[0]
        function.described = _Described(summary, answer, body, parameters, problems, media, takes)  # type: ignore[attr-defined]
        return function

    return mark


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 document of every described route below /api/v1."""
    spec = APISpec(
        title="Gatekeeper",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": "Reads, journal, attendance, gates, readers, muster, revocation."},
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    types: set[type[Any]] = {ProblemJson}
    for rule in sorted(app.url_map.iter_rules(), key=str):
        described = getattr(app.view_functions[rule.endpoint], "described", None)
        if described is None:
            continue
        types.update(kind for kind in (described.answer, described.body) if kind)
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        operation = _operation(rule.endpoint, _IN_PATH.findall(rule.rule), described)
        path = _IN_PATH.sub(r"{\2}", rule.rule)
        spec.path(path=path, operations={method.lower(): operation for method in methods})
    for name, schema in _schemas(types).items():
        # Past apispec's own resolving, which takes `items: false` for the name of a schema.
        spec.components.schemas[name] = schema
    made: dict[str, Any] = spec.to_dict()
    return made


def _operation(
    endpoint: str, arguments: list[tuple[str, str]], described: _Described
) -> dict[str, Any]:
    """`arguments`: converter and name of each part of the path."""
    kinds = {"int": {"type": "integer", "minimum": 0}}
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": kinds.get(kind, {"type": "string"}),
        }
        for kind, name in arguments
    ]
    operation: dict[str, Any] = {
        "operationId": endpoint.partition(".")[2],
        "summary": described.summary,
        "parameters": [*in_path, *described.parameters],
        "responses": {"200": _done(described)},
    }
    roles = ROUTES[endpoint]
    if roles is not PUBLIC:
        operation["security"] = [{"token": []}]
        operation["x-roles"] = sorted(roles)
    if described.body is not None:
        schema = {"schema": {"$ref": _REF.format(name=described.body.__name__)}}
        operation["requestBody"] = {"required": True, "content": {"application/json": schema}}
    if described.takes:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {described.takes: file}}
    refusals = {*described.problems, *(() if roles is PUBLIC else (401, 403))}
    if arguments:
        refusals.add(
            404
        )  # an address can always be such that it names nothing (a line break in it)
    for status in sorted(refusals):
        problem = _content("Problem", "application/problem+json", ProblemJson)
        operation["responses"][str(status)] = problem
    return operation


def _done(described: _Described) -> dict[str, Any]:
    if described.answer is not None:
        return _content("Done", "application/json", described.answer)
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {"description": "Done", "content": dict.fromkeys(described.media.split("|"), schema)}


def _content(text: str, kind: str, answer: type[Any]) -> dict[str, Any]:
    schema = {"schema": {"$ref": _REF.format(name=answer.__name__)}}
    return {"description": text, "content": {kind: schema}}


def _schemas(types: set[type[Any]]) -> dict[str, Any]:
    ordered = sorted(types, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    return dict(schemas)

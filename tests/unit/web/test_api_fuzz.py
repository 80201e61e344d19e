"""The API held to its own OpenAPI document by schemathesis: what it is sent is made from that.

Each operation is called with values that fit the document and with values that do not, by every
role and by nobody, about things that exist and things that do not, on both kinds of database.
`FUZZ=2000` tries so many a time instead of a few, and others at each run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gatekeeper.db.users import Role

TRIES = int(os.environ.get("FUZZ", "0"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)]
CALLERS = [Role.ADMIN, Role.ADMIN, *Role, None]
"""An administrator more often: whoever may do everything reaches most."""
NASTY = [
    "\x00",
    "a\x00b",
    "\ud800",
    "￿",
    "‮",
    "%00",
    "9" * 25,
    "-1",
    "0",
    "1",
    str(2**31),
    str(2**63),
    "'; --",
    "../../etc/passwd",
    "ก" * 300,
    "x" * 5000,
    "=1+1",
    "{}",
    " ",
]
KNOWN = ["in-1", "gala", "epc:" + "1".zfill(24), "1", "2"]


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    start: Any,
    settings_text: str,
) -> Iterator[Any]:
    """A running site whose main database is of this kind."""
    text = settings_text
    if request.param == "postgres":
        server = request.getfixturevalue("postgres")
        text += f'\n[database]\nurl = "{server.create("template0")}"\n'
    with start(tmp_path_factory.mktemp("fuzz"), text) as (house, _):
        yield house


@pytest.fixture(scope="module")
def schema(site: Any) -> Any:
    """The document as the running site gives it."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.app)


def operations(schema: Any) -> list[Any]:
    """Every operation of the document."""
    return [found.ok() for found in schema.get_all_operations()]


def answers_of(site: Any, operation: Any) -> set[int]:
    """Try one operation; the statuses that were seen. Raises what a check says."""
    seen: set[int] = set()
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=TRIES or 8,
        derandomize=not TRIES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, caller=st.sampled_from(CALLERS), data=st.data())
    def tried(case: Any, caller: Role | None, data: Any) -> None:
        for name in case.path_parameters or {}:
            if data.draw(st.booleans(), label=f"another {name}"):
                chosen = data.draw(st.sampled_from([*KNOWN, *NASTY[5:10]]))
                case.path_parameters[name] = chosen
        headers = site.api(caller.value) if caller else {}
        answer = case.call(headers=headers)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    tried()
    return seen


def test_the_api_keeps_what_its_document_says(site: Any, schema: Any) -> None:
    """No answer is a 5xx, and each has a status, a kind and a shape that the document names."""
    faults = {}
    for operation in operations(schema):
        try:
            answers_of(site, operation)
        except Exception as error:
            faults[operation.label] = error
    told = "\n\n".join(
        f"{label}: {type(error).__name__}\n{error}" for label, error in faults.items()
    )

    assert not faults, told


def texts_of(schema: Any, node: Any) -> list[tuple[str, ...]]:
    """Where a body of this JSON schema holds a text or a number: the way to each."""
    node = resolved(schema, node)
    found = [()] if {"string", "integer", "number"} & kinds_of(node) else []
    for each in node.get("anyOf", []):
        found += texts_of(schema, each)
    for name, inner in node.get("properties", {}).items():
        found += [(name, *way) for way in texts_of(schema, inner)]
    return sorted(set(found))


def resolved(schema: Any, node: Any) -> Any:
    """The schema that a reference names."""
    while "$ref" in node:
        node = schema.raw_schema["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node


def kinds_of(node: Any) -> set[str]:
    """The types that a schema allows."""
    kind = node.get("type", [])
    return set(kind if isinstance(kind, list) else [kind])


def test_no_value_of_a_body_makes_the_api_fail(site: Any, schema: Any) -> None:
    """NUL, half a surrogate, numbers beyond 64 bits, huge texts: in each field, one at a time."""
    client = site.app.test_client()
    tried = 0
    for operation in operations(schema):
        body = operation.definition.raw.get("requestBody")
        if body is None or "application/json" not in body["content"]:
            continue
        node = body["content"]["application/json"]["schema"]
        for way in texts_of(schema, node):
            for value in [*NASTY, 2**63, -(2**70), 1e308, True, [], None]:
                url = operation.path
                for name in operation.path_parameters or ():
                    url = url.replace("{" + name.name + "}", "1")
                answer = client.open(
                    f"{url}",
                    method=operation.method.upper(),
                    json=filled(schema, node, way, value),
                    headers=site.api(),
                )
                tried += 1
                assert answer.status_code < 500, (operation.label, way, value, answer.text)

    assert tried > 100


def filled(schema: Any, node: Any, way: tuple[str, ...], value: Any) -> Any:
    """A body with what is due, and `value` where `way` leads."""
    node = resolved(schema, node)
    if not way:
        return value
    made = {name: example(schema, inner) for name, inner in required(node)}
    inner = node["properties"][way[0]]
    return {**made, way[0]: filled(schema, inner, way[1:], value)}


def required(node: Any) -> list[tuple[str, Any]]:
    """The fields that a body must have."""
    return [(name, node["properties"][name]) for name in node.get("required", [])]


def example(schema: Any, node: Any) -> Any:
    """A value that fits, plainly."""
    node = resolved(schema, node)
    if "enum" in node:
        return node["enum"][0]
    if "anyOf" in node:
        return example(schema, node["anyOf"][0])
    kinds = kinds_of(node)
    if "object" in kinds:
        return {name: example(schema, inner) for name, inner in required(node)}
    return "1" if "string" in kinds else [] if "array" in kinds else 1


def test_no_value_of_a_query_or_a_path_makes_the_api_fail(site: Any, schema: Any) -> None:
    """The same in queries and paths; huge offsets and limits among them."""
    client = site.app.test_client()
    for operation in operations(schema):
        for value in [*NASTY, "1e400", "%ff%fe", "\U0001f600"]:
            sent = value.encode("utf-8", "surrogatepass")
            query = {each.name: sent for each in operation.query or ()}
            for one in [*query, None]:
                url = operation.path
                for each in operation.path_parameters or ():
                    url = url.replace("{" + each.name + "}", "1" if one else quoted(sent))
                chosen = {one: query[one]} if one else {}
                answer = client.open(
                    url,
                    method=operation.method.upper(),
                    query_string=chosen,
                    headers=site.api(),
                    json={} if operation.method.upper() != "GET" else None,
                )
                assert answer.status_code < 500, (operation.label, one, value, answer.text)


def quoted(sent: bytes) -> str:
    """Bytes in a path."""
    return "".join(f"%{byte:02X}" for byte in sent)

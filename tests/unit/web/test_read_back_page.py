"""The page that takes a card printer's table back: checked first, all bound or none."""

from __future__ import annotations

import io
from typing import Any

import pytest

from gatekeeper.db.audit import acts
from gatekeeper.db.passes import pass_of_card
from tests.unit.office.office_passes import add_badge, pass_row
from tests.unit.web.conftest import csrf

URL = "/passes/print/read-back"
_tags = iter(range(1, 200))


def tag() -> str:
    """A tag that nothing has yet."""
    return f"04AABB00{next(_tags):06X}"


def send(client: Any, table: bytes | None, do: str = "check") -> Any:
    """Send the form with this file."""
    form: dict[str, Any] = {"csrf_token": csrf(client), "do": do}
    if table is not None:
        form["table"] = (io.BytesIO(table), "table.csv")
    return client.post(URL, data=form, content_type="multipart/form-data")


def table(*rows: tuple[str, str]) -> bytes:
    """A printer's table."""
    lines = ["pass_number,tag", *(f"{number},{value}" for number, value in rows)]
    return "\ufeff".encode() + "\n".join(lines).encode()


def badge(house: Any) -> tuple[str, str]:
    """A made badge: its id and number."""
    pass_id = add_badge(house.database, "made")
    return pass_id, pass_row(house.database, pass_id).number or ""


def owner(house: Any, value: str) -> str | None:
    """Whose tag this is."""
    with house.database.reading() as session:
        return pass_of_card(session, f"uid:{value}")


def test_it_is_checked_and_then_bound(house: Any) -> None:
    """The first binds nothing and says what would be; the second is on record."""
    client, (pass_id, number), value = house.client("issuer"), badge(house), tag()

    checked = send(client, table((number, value)))
    assert (checked.status_code, owner(house, value)) == (200, None)
    assert 'data-testid="report"' in checked.text
    done = send(client, table((number, value)), "bind")

    assert (done.status_code, done.headers["Location"]) == (302, "/passes/print")
    assert owner(house, value) == pass_id
    with house.database.reading() as session:
        assert "issuer" in {act.actor for act in acts(session, subject=pass_id)}


@pytest.mark.parametrize("do", ["check", "bind"])
def test_one_row_at_fault_and_nothing_is_bound(house: Any, do: str) -> None:
    """Each row is named in words, above all else on the page."""
    client, (_, number), value = house.client("issuer"), badge(house), tag()

    refused = send(client, table((number, value), ("OF-999999", tag())), do)

    assert refused.status_code == 422
    assert "error-summary" in refused.text
    assert '<td class="digits">3</td>' in refused.text
    assert owner(house, value) is None


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"a,b\n1,2\n",
        b"PK\x03\x04",
        b"\x00\xff" * 500,
        b"pass_number,tag\n" + b"x" * 2_000_000,
    ],
    ids=["none", "empty", "no columns", "zip", "bytes", "long"],
)
def test_what_is_no_table_is_refused_in_words(house: Any, content: bytes | None) -> None:
    """Never a fault of the server."""
    refused = send(house.client("issuer"), content, "bind")

    assert refused.status_code == 422
    assert "error-summary" in refused.text


def test_a_file_that_is_too_large_is_refused_unread(house: Any) -> None:
    """By its length."""
    assert send(house.client("issuer"), b"x" * (4 << 20)).status_code == 413


@pytest.mark.parametrize("role", ["guard", "desk", "protocol", "auditor"])
def test_others_have_no_such_page(house: Any, role: str) -> None:
    """Makers only."""
    client = house.client(role)

    assert client.get(URL).status_code == 403
    assert send(client, table(), "bind").status_code == 403

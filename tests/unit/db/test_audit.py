"""Audit rows: what is written is proven, what is altered is seen, erasing keeps the proof."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from gatekeeper.db import audit, audit_outbox
from gatekeeper.db.audit_digest import PARTS, digest_of, flaw, make_parts, without
from gatekeeper.db.engine import Database

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
fields = st.none() | st.dictionaries(
    words,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words | st.floats(-1e9, 1e9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)
rows = st.fixed_dictionaries(
    {
        "key": st.just("k" * 32),
        "at": st.floats(0, 4e9),
        "actor": words,
        "action": words,
        "subject": words,
        "origin": words,
        "note": words,
        "before": fields,
        "after": fields,
    }
)


class Shade(enum.StrEnum):
    """What a careless caller puts into `after`."""

    GREEN = "green"


def sealed(row: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The row with its parts, and its digest."""
    parts = make_parts(row)
    return {**row, "parts": parts}, digest_of(row, parts)


def claim(database: Database, digest_seq: int = 1) -> tuple[audit_outbox.Claim, str]:
    """The only row, as if entry 1 proved it, and the digest that the entry got."""
    with database.session() as session:
        (row,) = audit_outbox.waiting(session, 10)
        audit_outbox.note(session, {row.key: digest_seq})
    with database.reading() as session:
        (found,) = audit_outbox.claims(session, 0)
    return found, row.digest


@given(rows)
def test_a_row_is_whole_as_long_as_nothing_is_changed(row: dict[str, Any]) -> None:
    """For any content."""
    assert flaw(*sealed(row)) == ""


@given(rows, st.sampled_from(["at", "actor", "action", "subject", "origin", *PARTS]), st.data())
def test_any_other_value_is_seen(row: dict[str, Any], name: str, data: st.DataObject) -> None:
    """In whichever column, also one that is taken away."""
    whole, digest = sealed(row)
    other = data.draw(fields if name in ("before", "after") else rows.map(lambda r: r[name]))
    if other == row[name] or (not other and not row[name]):
        return

    assert flaw({**whole, name: other}, digest)


@given(rows, st.lists(st.sampled_from(PARTS), unique=True).map(tuple))
def test_what_was_erased_leaves_the_rest_proven(
    row: dict[str, Any], names: tuple[str, ...]
) -> None:
    """And what is not erased cannot be changed under its cover."""
    whole, digest = sealed(row)
    erased = {**whole, "parts": without(whole["parts"], names)}
    for name in names:
        erased[name] = "" if name == "note" else None

    assert flaw(erased, digest) == ""
    assert flaw({**erased, "actor": row["actor"] + "x"}, digest)
    assert all(row["note"] not in pair for pair in erased["parts"].values() if row["note"])
    if names:
        put_back = {**erased, names[0]: {"a": 1} if names[0] != "note" else "another"}
        assert flaw(put_back, digest)


def test_two_rows_of_the_same_content_have_nothing_in_common() -> None:
    """A salt for each part: nobody can try names against an erased row."""
    row = {"key": "k", "at": 1.0, "actor": "a", "action": "b", "subject": "c", "origin": "d"}
    row |= {"note": "นายกิตติ", "before": None, "after": {"name": "นายกิตติ"}}
    first, second = make_parts(row), make_parts(row)

    assert first.keys() == {"note", "after"}
    assert not {value for pair in first.values() for value in pair} & {
        value for pair in second.values() for value in pair
    }


def test_what_a_database_gives_back_is_what_was_hashed(database: Database) -> None:
    """Floats, Thai, nesting, enums: the same on both databases."""
    after = {"x": 0.1 + 0.2, "ชื่อ": "กิตติ์", "deep": [{"a": None}], "shade": Shade.GREEN, "t": (1, 2)}
    with database.session() as session:
        audit.record_act(session, "anan", "pass.revoke", "pass:7", "เหตุผล", after=after, before={})

    found, digest = claim(database)

    assert found.flaw(digest) == ""


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("actor = 'other'", "who, what"),
        ("at = at + 1", "who, what"),
        ("note = 'other'", "note is not"),
        ("note = ''", "note is gone"),
        ("after = NULL", "after is gone"),
        ('after = \'{"role": "guard"}\'', "after is not"),
        ('before = \'{"role": "guard"}\'', "before is not"),
        ("parts = '{}'", "note is not"),
        ("parts = '[1]'", "cannot be read"),
        ("key = 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk'", "who, what"),
    ],
)
def test_what_an_insider_changes_in_the_table_is_named(
    database: Database, change: str, seen: str
) -> None:
    """SQL past this program."""
    with database.session() as session:
        audit.record_act(session, "anan", "user.role", "user:b", "why", after={"role": "admin"})
    _, digest = claim(database)
    with database.session() as session:
        session.execute(text(f"UPDATE audit SET {change}"))
    with database.reading() as session:
        (found,) = audit_outbox.claims(session, 0)

    assert seen in found.flaw(digest)


def test_erasing_a_person_takes_the_values_and_keeps_the_proof(database: Database) -> None:
    """Only acts on this subject; the line itself stays."""
    with database.session() as session:
        audit.record_act(session, "anan", "person.change", "person:1", "ขอแก้", after={"name": "ก"})
        audit.record_act(session, "anan", "person.change", "person:12", after={"name": "ข"})
        before = {row.key: row.digest for row in audit_outbox.waiting(session, 10)}
        audit_outbox.note(session, {key: n for n, key in enumerate(before, 1)})

        assert audit.erase_acts_of(session, ["person:1"]) == 1
        assert audit.erase_acts_of(session, ["person:1"]) == 0

    with database.reading() as session:
        kept, erased = audit.acts(session)
        assert (erased.actor, erased.action, erased.subject) == (
            "anan",
            "person.change",
            "person:1",
        )
        assert (erased.note, erased.after, erased.erased) == ("", None, True)
        assert (kept.after, kept.erased) == ({"name": "ข"}, False)
        for found in audit_outbox.claims(session, 0):
            assert found.flaw(before[found.key or ""]) == ""


def test_rows_from_before_the_proof_get_what_they_lack(database: Database) -> None:
    """Once; their content stays."""
    with database.session() as session:
        session.execute(
            text(
                "INSERT INTO audit (at, actor, action, subject, note, origin, digest)"
                " VALUES (1.5, 'cli', 'user.add', 'a', 'guard', '', '')"
            )
        )
        assert audit_outbox.unready(session)
        assert audit_outbox.waiting(session, 10) == []

        assert audit_outbox.adopt(session) == 1
        assert audit_outbox.adopt(session) == 0
        assert not audit_outbox.unready(session)

    found, digest = claim(database)
    assert found.flaw(digest) == ""


def test_acts_are_found_by_who_what_whom_and_when(database: Database) -> None:
    """Newest first; `user` finds `user.add` and not `username.x`; a page at a time."""
    with database.session() as session:
        for actor, action, subject in (
            ("anan", "user.add", "user:a"),
            ("busaba", "user.role", "user:a"),
            ("anan", "username.x", "user:ab"),
            ("anan", "pass.revoke", "pass:1"),
        ):
            audit.record_act(session, actor, action, subject)

        def found(**wish: Any) -> list[str]:
            assert audit.count_acts(session, **wish) == len(audit.acts(session, **wish))
            return [act.action for act in audit.acts(session, **wish)]

        assert found() == ["pass.revoke", "username.x", "user.role", "user.add"]
        assert found(actor="busaba") == ["user.role"]
        assert found(action="user") == ["user.role", "user.add"]
        assert found(action="user_") == []
        assert found(subject="user:a") == ["user.role", "user.add"]
        assert found(subject="user") == ["username.x", "user.role", "user.add"]
        at = audit.acts(session)[0].at
        assert found(until=at - 60) == []
        assert len(found(since=at - 60)) == 4
        assert [act.action for act in audit.acts(session, offset=1, limit=1)] == ["username.x"]
        assert audit.actions(session) == ["pass.revoke", "user.add", "user.role", "username.x"]

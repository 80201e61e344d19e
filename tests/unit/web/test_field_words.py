"""The record of acts speaks Thai: every field that is recorded has a word."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path
from typing import Any

from gatekeeper.db.audit import record_act
from gatekeeper.db.holder_values import PersonDraft, VehicleDraft
from gatekeeper.office.pass_classes import ClassDraft
from gatekeeper.office.retention import DEFAULT_DAYS
from gatekeeper.web.desks.control.field_words import FIELD_WORDS

ROOT = Path(__file__).resolve().parents[3] / "gatekeeper"


def recorded() -> set[str]:
    """Names that stand in `before={…}` and `after={…}`, or in a dict of these names, anywhere."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given: list[ast.expr | None] = []
            if isinstance(node, ast.Call) and "act" in ast.unparse(node.func):
                given = [each.value for each in node.keywords if each.arg in ("before", "after")]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if {ast.unparse(each) for each in targets} & {"before", "after"}:
                    given = [node.value]
            for value in given:
                keys = value.keys if isinstance(value, ast.Dict) else []
                found |= {key.value for key in keys if isinstance(key, ast.Constant)}
    return found


def test_every_field_that_is_recorded_has_a_thai_word() -> None:
    """A field recorded anew is named for auditors, too."""
    drafts = {each.name for of in (PersonDraft, VehicleDraft, ClassDraft) for each in fields(of)}
    names = recorded() | drafts | {str(purpose) for purpose in DEFAULT_DAYS}

    assert len(names) > 40
    assert sorted(names - FIELD_WORDS.keys()) == []


def test_words_are_thai() -> None:
    """None was left as it is stored."""
    for name, word in FIELD_WORDS.items():
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in word), name


def test_the_page_names_fields_in_its_language(house: Any) -> None:
    """Thai on a Thai page; a field without a word by its stored name; English as stored."""
    with house.database.session() as session:
        record_act(
            session,
            "x",
            "trial.words",
            before={"position": "ก"},
            after={"position": "ข", "zz_9": "ค"},
        )
    client = house.client("auditor")

    thai = client.get("/admin/audit?action=trial.words&lang=th").text
    english = client.get("/admin/audit?action=trial.words&lang=en").text

    assert '<th scope="row">ตำแหน่ง</th>' in thai
    assert '<th scope="row">zz_9</th>' in thai
    assert '<th scope="row">position</th>' in english

"""Fields of the public forms, with their labels in both languages. No form and no route here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import Field, RadioField, StringField, ValidationError
from wtforms.validators import Optional

from gatekeeper.web.forms import Due, Length, OfficeForm, say

__all__ = ["Asked", "Words", "choice_field", "file_field", "text_field", "w"]


class Words:
    """A text in both languages that is said in the caller's."""

    def __init__(self, th: str, en: str) -> None:
        self.th, self.en = th, en

    def __str__(self) -> str:
        return say(self.th, self.en)


def w(th: str, en: str) -> Any:
    """`Words`, as the libraries' own types want a plain text."""
    return Words(th, en)


class Asked(OfficeForm):
    """A step's form: its fields know whether they may stay empty."""

    def texts(self) -> dict[str, str]:
        """What was typed, as it is kept in a draft; files are kept elsewhere."""
        found = {}
        for name, field in self._fields.items():
            if name != "csrf_token" and not isinstance(field, FileField):
                found[name] = getattr(field, "raw", None) or str(field.data or "").strip()
        return found


class _OneOf:
    """One of the values that the page offers."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values

    def __call__(self, form: Any, field: Any) -> None:
        if field.data not in self._values:
            raise ValidationError(say("โปรดเลือกจากรายการ", "Please choose one of the list"))


def text_field(
    th: str,
    en: str,
    *,
    hint: Any = None,
    most: int = 200,
    optional: bool = False,
    kind: type[Field] = StringField,
    **options: Any,
) -> Any:
    """A line or more of text; due unless `optional`."""
    checks = [Optional(), Length(most)] if optional else [Due(th, en.lower()), Length(most)]
    return kind(w(th, en), validators=checks, description=hint or "", **options)


def choice_field(th: str, en: str, choices: Sequence[tuple[str, Any]]) -> Any:
    """One of a few."""
    # The library's own check speaks before `Due` does, and in its own words.
    checks = [Due(th, en.lower()), _OneOf([value for value, _ in choices])]
    return RadioField(w(th, en), choices=list(choices), validators=checks, validate_choice=False)


def file_field(th: str, en: str, hint: Any) -> Any:
    """A file."""
    return FileField(w(th, en), description=hint)

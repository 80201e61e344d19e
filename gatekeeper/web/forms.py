"""What forms of the desks share: messages in the caller's language, Thai dates, one list of faults.

A form (WTForms) says what each field must be; rules that need the database are in
gatekeeper.office, whose UserError names a field and is shown at it (`blame`). Drawn by
templates/forms.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import StringField, ValidationError
from wtforms.validators import StopValidation

from gatekeeper import thai
from gatekeeper.errors import UserError
from gatekeeper.web.problems import in_words
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["Due", "Length", "OfficeForm", "ThaiDateField", "day_end", "day_start", "say"]


def say(th: str, en: str) -> str:
    """The sentence in the caller's language."""
    return th if language() == "th" else en


class OfficeForm(FlaskForm):  # type: ignore[misc]
    """A form with one list of its faults, for the summary on top."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.general: list[str] = []
        """Faults of no field."""

    def blame(self, error: UserError) -> None:
        """Show what the office refused: at the field it names, else on top."""
        field = self._fields.get(error.field)
        if field is None:
            self.general.append(in_words(error))
        else:
            field.errors = [*field.errors, in_words(error)]

    def faults(self) -> Iterator[tuple[str, str]]:
        """`(id of the field or empty, sentence)` of each fault, in order."""
        for sentence in self.general:
            yield "", sentence
        for field in self:
            for sentence in field.errors:
                if isinstance(sentence, str):
                    yield field.id, sentence


class Due:
    """A field that must be filled in; `th`, `en` name it in the sentence."""

    field_flags = {"required": True}  # noqa: RUF012 (WTForms reads a dict)

    def __init__(self, th: str, en: str) -> None:
        self._th, self._en = th, en

    def __call__(self, form: Any, field: Any) -> None:
        if not field.data or (isinstance(field.data, str) and not field.data.strip()):
            raise StopValidation(say(f"กรุณากรอก{self._th}", f"Please enter {self._en}"))


class Length:
    """At most so many characters."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"maxlength": most}

    def __call__(self, form: Any, field: Any) -> None:
        seen = len(field.data or "")
        if seen > self.most:
            raise ValidationError(
                say(
                    f"กรอก {seen} ตัวอักษร กรอกได้ไม่เกิน {self.most} ตัวอักษร",
                    f"{seen} characters seen; at most {self.most} are due",
                )
            )


class ThaiDateField(StringField):
    """A day as people here write it: `22/11/2569`, `22 พ.ย. 69`, `2026-11-22`; data is a date."""

    data: date | None  # type: ignore[assignment]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Raises ValueError with a sentence where it is no day."""
        self.raw = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not self.raw:
            return
        try:
            self.data = thai.parse_date(self.raw)
        except ValueError:
            raise ValueError(
                say(
                    f"อ่านวันที่ “{self.raw[:30]}” ไม่ได้ ตัวอย่างที่ถูกต้อง 22/11/2569",
                    f"{self.raw[:30]!r} is no date; 22/11/2569 or 2026-11-22 is due",
                )
            ) from None

    def _value(self) -> str:
        if self.data is not None:
            return thai.format_date(self.data, language())
        return getattr(self, "raw", "")


def day_start(day: date | None) -> float | None:
    """UTC seconds of the first instant of `day` at the site; None stays None."""
    if day is None:
        return None
    zone = ZoneInfo(services().config.site.timezone)
    return datetime.combine(day, time(), zone).astimezone(UTC).timestamp()


def day_end(day: date | None) -> float | None:
    """UTC seconds of the first instant after `day` at the site; None stays None."""
    return None if day is None else day_start(day + timedelta(days=1))

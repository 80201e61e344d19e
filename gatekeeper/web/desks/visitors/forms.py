"""The forms of the visitor desk; what each field must be. Rules are in gatekeeper.office."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation

from gatekeeper.kinds_office import DocumentKind, VisitPurpose
from gatekeeper.office.names import split_full_name
from gatekeeper.office.visit_values import Errand, Visitor
from gatekeeper.web.desks.visitors.words import DOCUMENTS, PURPOSES
from gatekeeper.web.forms import Due, Length, OfficeForm, ThaiDateField, say
from gatekeeper.web.texts import language

__all__ = ["CardForm", "ExchangeForm", "ExpectForm", "LostForm"]

_SHORT, _LONG = 200, 2000


class _Chosen:
    """One of the choices; `th`, `en` name what is to be chosen."""

    field_flags = {"required": True}  # noqa: RUF012 (WTForms reads a dict)

    def __init__(self, th: str, en: str) -> None:
        self._th, self._en = th, en

    def __call__(self, form: Any, field: Any) -> None:
        if field.data not in {value for value, _ in field.choices}:
            raise StopValidation(say(f"กรุณาเลือก{self._th}", f"Please choose {self._en}"))


class _VisitForm(OfficeForm):
    """Who comes, why, to whom and where."""

    first_name = StringField(validators=[Length(_SHORT)])
    """The whole name, title and all."""
    name_latin = HiddenField(validators=[Length(_SHORT)])
    organisation = StringField(validators=[Length(_SHORT)])
    phone = StringField(validators=[Length(40)])
    purpose = RadioField(validate_choice=False, validators=[_Chosen("วัตถุประสงค์", "the purpose")])
    host_name = StringField(validators=[Length(_SHORT)])
    host_unit = StringField(validators=[Length(_SHORT)])
    host_phone = StringField(validators=[Length(40)])
    place = StringField(validators=[Length(_SHORT)])
    plate = StringField(validators=[Length(40)])
    note = StringField(validators=[Length(_SHORT)])
    members = TextAreaField(validators=[Length(_LONG)])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.purpose.choices = [(each.value, _said(PURPOSES[each])) for each in VisitPurpose]

    def errand(self) -> Errand:
        """Why, to whom and where."""
        names = ("host_name", "host_unit", "host_phone", "place", "plate", "note")
        texts = {name: self[name].data or "" for name in names}
        return Errand(VisitPurpose(self.purpose.data), **texts)

    def named(self) -> Visitor:
        """The visitor's name in its parts, and what stands beside it; no document."""
        name = (self.first_name.data or "").strip()
        title, first, last = split_full_name(name)
        return Visitor(
            title,
            first,
            last,
            self.name_latin.data or (name if name.isascii() else ""),
            self.organisation.data or "",
            self.phone.data or "",
        )


class ExchangeForm(_VisitForm):
    """A document in, a card out."""

    expected = IntegerField(validators=[Optional()])
    leader = IntegerField(validators=[Optional()])
    document_kind = RadioField(
        default=DocumentKind.NATIONAL_ID.value,
        validate_choice=False,
        validators=[_Chosen("ประเภทเอกสาร", "the kind of document")],
    )
    document_number = StringField(validators=[Length(40)])
    slot = StringField(validators=[Length(8)])
    card = StringField(
        validators=[Due("บัตรที่ให้ยืม (แตะหรือพิมพ์หมายเลข)", "the card: tap it"), Length(600)]
    )

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.document_kind.choices = [(each.value, _said(DOCUMENTS[each])) for each in DocumentKind]

    def visitor(self) -> Visitor:
        """Who comes, and the document that they hand in."""
        return replace(
            self.named(),
            document_kind=DocumentKind(self.document_kind.data),
            document_number=self.document_number.data or "",
        )


class ExpectForm(_VisitForm):
    """Somebody is announced."""

    day = ThaiDateField(validators=[Due("วันที่", "the day")])
    clock = StringField(validators=[Length(5)])

    def visitor(self) -> Visitor:
        """Who comes; the document is seen at the desk."""
        return self.named()


class CardForm(OfficeForm):
    """A card for visitors: its number and its tag."""

    number = StringField(validators=[Due("หมายเลขบัตร", "the number on the card"), Length(12)])
    credential = StringField(validators=[Due("แท็ก (แตะบัตร)", "the tag: tap the card"), Length(600)])


class LostForm(OfficeForm):
    """A card did not come back."""

    document_back = RadioField(
        validate_choice=False, validators=[_Chosen("ว่าคืนเอกสารหรือไม่", "what becomes of it")]
    )
    note = StringField(validators=[Length(_SHORT)])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        thai = language() == "th"
        self.document_back.choices = [
            ("yes", "คืนเอกสารให้ผู้มาติดต่อแล้ว" if thai else "The document is given back now"),
            ("no", "เก็บเอกสารไว้ก่อน" if thai else "The document stays here"),
        ]


def _said(pair: tuple[str, str]) -> str:
    return pair[0] if language() == "th" else pair[1]

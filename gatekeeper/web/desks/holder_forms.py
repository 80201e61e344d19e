"""The forms of people and vehicles, and the drafts that they mean. No rule: the office judges."""

from __future__ import annotations

from collections.abc import Iterable

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from gatekeeper.kinds_office import DocumentKind, Employment, Purpose
from gatekeeper.office.holders import PersonDraft, PersonRecord, VehicleDraft, VehicleKind
from gatekeeper.provinces import PLATE_AREAS
from gatekeeper.web.forms import Due, Length, OfficeForm, say

__all__ = [
    "PersonForm",
    "PhotoForm",
    "VehicleForm",
    "holder_words",
]

_MOST = 200


def holder_words() -> dict[str, object]:
    """What the templates of both kinds of holders call things."""
    return {
        "purposes": purpose_names(),
        "employments": employment_names(),
        "documents": document_names(),
        "kinds": vehicle_kinds(),
    }


def vehicle_kinds() -> dict[str, str]:
    """Whose vehicle it is."""
    return {
        VehicleKind.OFFICIAL: say("รถราชการ", "Official vehicle"),
        VehicleKind.PRIVATE: say("รถส่วนบุคคล", "Private vehicle"),
    }


def purpose_names() -> dict[str, str]:
    """Why a record is kept, in the caller's language."""
    return {
        Purpose.STAFF: say("ผู้ปฏิบัติงาน", "Works here"),
        Purpose.PRESS: say("สื่อมวลชน", "Press"),
        Purpose.VISITOR: say("ผู้มาติดต่อ", "Visitor"),
        Purpose.EVENT: say("แขกของงาน", "Guest of an event"),
        Purpose.VEHICLE: say("ผู้รับผิดชอบยานพาหนะ", "Answers for a vehicle"),
    }


def employment_names() -> dict[str, str]:
    """How somebody is employed."""
    return {
        Employment.OFFICIAL: say("ข้าราชการ", "Official"),
        Employment.GOVERNMENT_EMPLOYEE: say("พนักงานราชการ", "Government employee"),
        Employment.PERMANENT_EMPLOYEE: say("ลูกจ้างประจำ", "Permanent employee"),
        Employment.TEMPORARY_EMPLOYEE: say("ลูกจ้างชั่วคราว", "Temporary employee"),
        Employment.POLITICAL: say("ข้าราชการการเมือง", "Political official"),
        Employment.CONTRACTOR: say("ผู้รับจ้าง", "Contractor"),
        Employment.INTERN: say("นักศึกษาฝึกงาน", "Intern"),
        Employment.PRESS: say("สื่อมวลชน", "Press"),
        Employment.OTHER: say("อื่น ๆ", "Other"),
    }


def document_names() -> dict[str, str]:
    """What proves who somebody is."""
    return {
        DocumentKind.NATIONAL_ID: say("บัตรประจำตัวประชาชน", "National identity card"),
        DocumentKind.PASSPORT: say("หนังสือเดินทาง", "Passport"),
        DocumentKind.DRIVING_LICENCE: say("ใบอนุญาตขับรถ", "Driving licence"),
        DocumentKind.OFFICIAL_CARD: say("บัตรประจำตัวเจ้าหน้าที่ของรัฐ", "Official's card"),
    }


class PersonForm(OfficeForm):
    """A person; the whole name may be typed into `first_name`."""

    title = StringField(validators=[Length(80)])
    first_name = StringField(validators=[Length(_MOST)])
    last_name = StringField(validators=[Length(_MOST)])
    name_latin = StringField(validators=[Length(_MOST)])
    purpose = RadioField(validators=[Due("เหตุผลที่เก็บข้อมูล", "why the record is kept")])
    employment = SelectField(validators=[Optional()])
    position = StringField(validators=[Length(_MOST)])
    organisation = StringField(validators=[Length(_MOST)])
    document_kind = SelectField(validators=[Optional()])
    document_number = StringField(validators=[Length(40)])
    keep_document = BooleanField()
    phone = StringField(validators=[Length(60)])
    email = StringField(validators=[Length(254)])
    vip = BooleanField()
    seen_at = HiddenField()

    @classmethod
    def of(cls, record: PersonRecord | None = None) -> PersonForm:
        """The form, filled with what is on record."""
        form = cls(obj=None if record is None else _Filled(record))
        form.purpose.choices = list(purpose_names().items())
        form.employment.choices = [("", say("ไม่ระบุ", "Not said")), *employment_names().items()]
        form.document_kind.choices = [("", say("ไม่มี", "None")), *document_names().items()]
        if form.purpose.data is None:
            form.purpose.data = Purpose.STAFF.value
        return form

    def draft(self, photo: str = "") -> PersonDraft:
        """What was typed."""
        kind = self.document_kind.data
        return PersonDraft(
            title=self.title.data or "",
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            name_latin=self.name_latin.data or "",
            position=self.position.data or "",
            organisation=self.organisation.data or "",
            employment=Employment(self.employment.data) if self.employment.data else None,
            purpose=Purpose(self.purpose.data),
            email=self.email.data or "",
            phone=self.phone.data or "",
            vip=bool(self.vip.data),
            photo=photo,
            document_kind=DocumentKind(kind) if kind else None,
            document_number=self.document_number.data or "",
        )

    @property
    def seen(self) -> float | None:
        """`changed_at` of the record that the editor saw."""
        return _number(self.seen_at.data)


class VehicleForm(OfficeForm):
    """A vehicle."""

    plate = StringField(validators=[Due("เลขทะเบียน", "the number plate"), Length(40)])
    province = StringField(validators=[Length(60)])
    kind = RadioField(validators=[Due("ประเภทรถ", "whose it is")])
    make = StringField(validators=[Length(_MOST)])
    model = StringField(validators=[Length(_MOST)])
    colour = StringField(validators=[Length(_MOST)])
    person_id = StringField(validators=[Length(18)])
    organisation = StringField(validators=[Length(_MOST)])
    note = TextAreaField(validators=[Length(2000)])
    seen_at = HiddenField()

    @classmethod
    def of(cls, record: object | None = None) -> VehicleForm:
        """The form, filled with what is on record."""
        form = cls(obj=record)
        form.kind.choices = list(vehicle_kinds().items())
        if record is not None and not form.is_submitted():
            form.seen_at.data = repr(getattr(record, "changed_at", ""))
        return form

    def draft(self, person_id: int | None) -> VehicleDraft:
        """What was typed."""
        return VehicleDraft(
            plate=self.plate.data or "",
            province=self.province.data or "",
            make=self.make.data or "",
            model=self.model.data or "",
            colour=self.colour.data or "",
            kind=VehicleKind(self.kind.data),
            person_id=person_id,
            organisation=self.organisation.data or "",
            note=self.note.data or "",
        )

    @property
    def seen(self) -> float | None:
        """`changed_at` of the record that the editor saw."""
        return _number(self.seen_at.data)

    @staticmethod
    def areas() -> Iterable[str]:
        """Provinces to offer while one is typed."""
        return (area.name for area in PLATE_AREAS)


class PhotoForm(OfficeForm):
    """A photo."""

    photo = FileField()


class _Filled:
    """A record as the form's fields are called; the document's number is never given out."""

    def __init__(self, record: PersonRecord) -> None:
        for name in PersonRecord.__slots__:
            setattr(self, name, getattr(record, name))
        self.document_number = ""
        self.keep_document = record.document_kept
        self.seen_at = repr(record.changed_at)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None

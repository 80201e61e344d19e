"""The steps of the public forms: what each asks, in both languages. No route and no rule here.

Each form of requests is a row of steps, each step a small form. A field's label is said in the
language of the page; what a text must be beyond its length is the office's to judge.
"""

from __future__ import annotations

from wtforms import EmailField, SelectField, TelField, TextAreaField

from gatekeeper.kinds_office import DocumentKind
from gatekeeper.web.desks.apply_fields import Asked, choice_field, file_field, text_field, w
from gatekeeper.web.forms import Due, ThaiDateField

__all__ = [
    "DOCUMENTS",
    "ContactForm",
    "DocumentForm",
    "EquipmentForm",
    "LetterForm",
    "MediumForm",
    "MemberForm",
    "MemberPhotoForm",
    "OwnerForm",
    "PeriodForm",
    "PersonForm",
    "PhotoForm",
    "PressFilesForm",
    "ProgrammeForm",
    "SlotForm",
    "TeamFileForm",
    "VehicleFilesForm",
    "VehicleForm",
]


_SCAN = w("PDF หรือภาพถ่าย (JPEG, PNG) ไม่เกิน 12 MB", "PDF or a picture (JPEG, PNG), at most 12 MB")
_OUTLETS = (
    ("newspaper", w("หนังสือพิมพ์", "Newspaper")),
    ("television", w("โทรทัศน์", "Television")),
    ("radio", w("วิทยุ", "Radio")),
    ("online", w("สื่อออนไลน์", "Online")),
    ("agency", w("สำนักข่าว", "News agency")),
    ("foreign", w("สื่อต่างประเทศ", "Foreign media")),
    ("freelance", w("อิสระ", "Freelance")),
)
DOCUMENTS = (
    (DocumentKind.NATIONAL_ID.value, w("บัตรประจำตัวประชาชน", "National identity card")),
    (DocumentKind.PASSPORT.value, w("หนังสือเดินทาง", "Passport")),
    (DocumentKind.OFFICIAL_CARD.value, w("บัตรประจำตัวเจ้าหน้าที่ของรัฐ", "Official's identity card")),
    (DocumentKind.DRIVING_LICENCE.value, w("ใบอนุญาตขับรถ", "Driving licence")),
)


class MediumForm(Asked):
    """For whom somebody reports."""

    organisation = text_field("ชื่อสื่อหรือต้นสังกัด", "Name of the medium")
    outlet = choice_field("ประเภทสื่อ", "Kind of medium", _OUTLETS)


class PersonForm(Asked):
    """Who the badge is for."""

    title = text_field(
        "คำนำหน้า",
        "Title",
        most=80,
        optional=True,
        hint=w("เช่น นาย นางสาว Mr.", "For example Mr., Ms."),
    )
    first_name = text_field("ชื่อ", "First name", hint=w("ตามเอกสารแสดงตน", "As in your document"))
    last_name = text_field("นามสกุล", "Last name", optional=True)
    name_latin = text_field("ชื่อ-สกุล ภาษาอังกฤษ", "Name in Latin letters", optional=True)
    position = text_field(
        "ตำแหน่ง", "Position", hint=w("เช่น ผู้สื่อข่าว ช่างภาพ", "For example reporter, photographer")
    )


class DocumentForm(Asked):
    """What proves who they are."""

    document_kind = choice_field("เอกสารแสดงตน", "Identity document", DOCUMENTS)
    document_number = text_field(
        "เลขที่เอกสาร",
        "Document number",
        most=40,
        hint=w(
            "เก็บแบบเข้ารหัส ใช้ตรวจสอบตัวบุคคลเท่านั้น", "Kept encrypted, used to tell people apart only"
        ),
    )


class PhotoForm(Asked):
    """The face on the badge."""

    photo = file_field(
        "รูปถ่ายหน้าตรง",
        "Photo of the face",
        w(
            "ถ่ายไม่เกิน 6 เดือน พื้นหลังเรียบ ไม่สวมหมวกหรือแว่นดำ JPEG หรือ PNG ไม่เกิน 12 MB",
            "Under six months old, plain ground, no hat or dark glasses; at most 12 MB",
        ),
    )


class ContactForm(Asked):
    """Who answers, and where."""

    contact_name = text_field("ชื่อผู้ประสานงาน", "Name of the contact")
    contact_email = text_field(
        "อีเมล",
        "E-mail address",
        kind=EmailField,
        hint=w("ใช้แจ้งผลคำขอ", "The answer is sent there"),
    )
    contact_phone = text_field("โทรศัพท์", "Telephone", kind=TelField, most=40)


class PeriodForm(Asked):
    """Why, and how long."""

    purpose = text_field("วัตถุประสงค์", "Purpose", kind=TextAreaField, most=1000)
    valid_from = ThaiDateField(
        w("ตั้งแต่วันที่", "From"),
        validators=[Due("วันที่เริ่ม", "the first day")],
        description=w("เช่น 1/12/2569", "For example 1/12/2569 or 2026-12-01"),
    )
    valid_until = ThaiDateField(
        w("ถึงวันที่", "Until"),
        validators=[Due("วันสุดท้าย", "the last day")],
        description=w("วันสุดท้ายที่ใช้บัตร", "The last day the pass is needed"),
    )


class PressFilesForm(Asked):
    """What a press badge is asked for with."""

    letter = file_field("หนังสือจากบรรณาธิการหรือต้นสังกัด", "Letter of the editor", _SCAN)
    identity = file_field("สำเนาเอกสารแสดงตน", "Copy of the identity document", _SCAN)


class ProgrammeForm(Asked):
    """What is broadcast."""

    organisation = text_field("สถานีหรือบริษัทผู้ผลิต", "Station or producer")
    channel = text_field("ช่อง", "Channel", most=80)
    programme = text_field("ชื่อรายการ", "Programme")


class SlotForm(Asked):
    """When it is on air, and for how long the team needs passes."""

    purpose = text_field("งานหรือเหตุการณ์ที่ถ่ายทอด", "What is broadcast", kind=TextAreaField, most=1000)
    live_slot = text_field(
        "ช่วงเวลาถ่ายทอดสด",
        "Live slot",
        hint=w("เช่น 5 ธ.ค. 2569 เวลา 17.00–19.30 น.", "For example 5 Dec, 17:00 to 19:30"),
    )
    valid_from = ThaiDateField(
        w("ใช้บัตรตั้งแต่วันที่", "Passes from"),
        validators=[Due("วันที่เริ่ม", "the first day")],
        description=w("รวมวันติดตั้งอุปกรณ์", "The day of setting up included"),
    )
    valid_until = ThaiDateField(
        w("ถึงวันที่", "Until"),
        validators=[Due("วันสุดท้าย", "the last day")],
        description=w("รวมวันรื้อถอน", "The day of taking down included"),
    )


class EquipmentForm(Asked):
    """What comes along."""

    equipment = text_field(
        "อุปกรณ์",
        "Equipment",
        kind=TextAreaField,
        most=2000,
        hint=w(
            "บรรทัดละรายการ เช่น กล้อง 3 ตัว รถถ่ายทอด 1 คัน",
            "One a line: 3 cameras, 1 outside-broadcast van",
        ),
    )
    vehicles = text_field(
        "ยานพาหนะ",
        "Vehicles",
        kind=TextAreaField,
        most=1000,
        optional=True,
        hint=w(
            "บรรทัดละคัน เลขทะเบียนและจังหวัด เช่น 1กก 1234 กรุงเทพมหานคร",
            "One a line, plate and province: 1กก 1234 กรุงเทพมหานคร",
        ),
    )


class LetterForm(Asked):
    """The letter that asks for it."""

    letter = file_field("หนังสือขออนุญาตถ่ายทอด", "Letter that asks for leave to broadcast", _SCAN)


class VehicleForm(Asked):
    """Which vehicle."""

    plate = text_field(
        "เลขทะเบียน", "Plate", most=30, hint=w("เช่น 1กก 1234", "For example 1กก 1234")
    )
    province = text_field("จังหวัด", "Province", most=60)
    make = text_field("ยี่ห้อและรุ่น", "Make and model", most=80)
    colour = text_field("สี", "Colour", most=40)


class OwnerForm(Asked):
    """Whose it is, and why it is to come in."""

    owner = text_field(
        "ชื่อผู้ถือกรรมสิทธิ์", "Name of the owner", hint=w("ตามสมุดทะเบียนรถ", "As in the registration book")
    )
    organisation = text_field("หน่วยงาน", "Organisation", optional=True)
    purpose = text_field("เหตุผลที่ขอ", "Reason", kind=TextAreaField, most=1000)


class VehicleFilesForm(Asked):
    """What proves it."""

    registration = file_field("สำเนาสมุดทะเบียนรถ", "Copy of the registration book", _SCAN)


class MemberForm(PersonForm):
    """One person of a team, typed."""

    document_kind = SelectField(w("เอกสารแสดงตน", "Identity document"), choices=list(DOCUMENTS))
    document_number = text_field("เลขที่เอกสาร", "Document number", most=40)


class TeamFileForm(Asked):
    """The whole team as a list."""

    list = file_field(
        "ไฟล์รายชื่อ",
        "List of the team",
        w("XLSX ตามแบบฟอร์ม ไม่เกิน 60 คน", "XLSX as in the template, at most 60 people"),
    )


class MemberPhotoForm(Asked):
    """A photo of one of the team."""

    photo = PhotoForm.photo

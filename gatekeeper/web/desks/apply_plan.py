"""Which steps each public form has, in their order, and what each form is called."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.web.desks import apply_forms as forms
from gatekeeper.web.desks.apply_fields import Asked, Words, w

__all__ = ["FORM_STEPS", "Step", "form_name"]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a form. `form` None: the page has a form of its own (the team's list)."""

    key: str
    title: Words
    form: type[Asked] | None
    files: tuple[str, ...] = ()
    """Fields that must bring a file."""


_CONTACT = Step("contact", w("ติดต่อใคร", "Who answers for it"), forms.ContactForm)
FORM_STEPS: dict[str, tuple[Step, ...]] = {
    "press": (
        Step("medium", w("สื่อของท่าน", "Your medium"), forms.MediumForm),
        Step("person", w("ผู้ขอมีบัตร", "Who the badge is for"), forms.PersonForm),
        Step("document", w("เอกสารแสดงตน", "Identity document"), forms.DocumentForm),
        Step("photo", w("รูปถ่าย", "Photo"), forms.PhotoForm, ("photo",)),
        Step("period", w("ใช้บัตรเมื่อใด", "When the badge is needed"), forms.PeriodForm),
        _CONTACT,
        Step("files", w("เอกสารประกอบ", "Documents"), forms.PressFilesForm, ("letter", "identity")),
    ),
    "broadcast": (
        Step("programme", w("รายการที่ถ่ายทอด", "The programme"), forms.ProgrammeForm),
        Step("slot", w("ถ่ายทอดเมื่อใด", "When it is on air"), forms.SlotForm),
        Step("equipment", w("อุปกรณ์และยานพาหนะ", "Equipment and vehicles"), forms.EquipmentForm),
        Step("team", w("รายชื่อทีม", "The team"), None),
        _CONTACT,
        Step("files", w("เอกสารประกอบ", "Documents"), forms.LetterForm, ("letter",)),
    ),
    "vehicle": (
        Step("vehicle", w("ยานพาหนะ", "The vehicle"), forms.VehicleForm),
        Step("owner", w("ผู้ถือกรรมสิทธิ์และเหตุผล", "Owner and reason"), forms.OwnerForm),
        _CONTACT,
        Step("files", w("เอกสารประกอบ", "Documents"), forms.VehicleFilesForm, ("registration",)),
    ),
}

_NAMES: dict[str, Words] = {
    "press": w("คำขอมีบัตรสื่อมวลชน", "Request for a press badge"),
    "broadcast": w("คำขอมีบัตรชุดถ่ายทอดสด", "Request for live-broadcast team badges"),
    "vehicle": w("คำขอนำยานพาหนะผ่านเข้า", "Request for a vehicle permit"),
}


def form_name(form: str) -> Words:
    """What the form is called."""
    return _NAMES[form]

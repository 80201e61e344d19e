"""Classes of passes: what administrators set for each."""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from gatekeeper.db.gates import list_gates
from gatekeeper.db.pass_classes import ClassInfo, class_by_id, list_classes
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassKind
from gatekeeper.kinds_office import Employment, Purpose, ValidityRule
from gatekeeper.office.pass_classes import LAYOUTS, ClassDraft, contrast, save_class
from gatekeeper.office.pdf_picture import picture
from gatekeeper.office.print_site import badge_preview
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks import pass_words
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.prints import FACE_PX, FACES, site_and_photos
from gatekeeper.web.forms import Length, OfficeForm, say
from gatekeeper.web.problems import refuse
from gatekeeper.web.texts import language

__all__ = ["pass_classes"]

pass_classes = Blueprint("pass_classes", __name__)

NEW = "new"
"""In the address: the form of a class that does not exist yet."""


def _days() -> IntegerField:
    return IntegerField(validators=[InputRequired()])


class ClassForm(OfficeForm):
    """What a class is."""

    id = StringField(validators=[Length(32)])
    name_th = StringField(validators=[Length(120)])
    name_en = StringField(validators=[Length(120)])
    kind = SelectField(validate_choice=False)
    letters = StringField(validators=[Length(4)])  # `prefix` is WTForms' own word
    legal_basis = TextAreaField(validators=[Length(500)])
    purpose = SelectField(validate_choice=False)
    employment = SelectField(validate_choice=False)
    validity = SelectField(validate_choice=False)
    validity_days = _days()
    renewal_approval = BooleanField()
    zones = StringField(validators=[Length(500)])
    colour = StringField()
    ink = StringField()
    layout = SelectField(validate_choice=False)
    keep_document = BooleanField()
    retention_days = _days()
    active = BooleanField()
    rank = _days()

    def draft(self) -> ClassDraft:
        """The class as typed. Raises UserError for what is none of the choices."""
        zones = tuple(each for each in (self.zones.data or "").replace(",", " ").split() if each)
        try:
            return ClassDraft(
                name_th=(self.name_th.data or "").strip(),
                name_en=(self.name_en.data or "").strip(),
                kind=PassKind(self.kind.data),
                prefix=(self.letters.data or "").strip().upper(),
                legal_basis=(self.legal_basis.data or "").strip(),
                purpose=Purpose(self.purpose.data),
                validity=ValidityRule(self.validity.data),
                validity_days=int(self.validity_days.data or 0),
                renewal_approval=bool(self.renewal_approval.data),
                zones=zones or None,
                colour=(self.colour.data or "").strip(),
                ink=(self.ink.data or "").strip(),
                layout=self.layout.data or "",
                employment=Employment(self.employment.data).value if self.employment.data else "",
                keep_document=bool(self.keep_document.data),
                retention_days=int(self.retention_days.data or 0),
                active=bool(self.active.data),
                rank=int(self.rank.data or 0),
            )
        except ValueError as error:
            raise UserError(f"{error}", "ตัวเลือกไม่ถูกต้อง กรุณาเลือกใหม่") from error


@pass_classes.get("/admin/classes")
def index() -> str:
    """Every class."""
    with looking() as session:
        found = list_classes(session)
    return render_template(
        "desks/passes/classes.html",
        classes=[(each, pass_words.rule_word(each.validity)) for each in found],
        lang=language(),
    )


@pass_classes.get("/admin/classes/<class_id>")
def edit(class_id: str) -> str:
    """One class, or the form of a new one."""
    with looking() as session:
        found = class_by_id(session, class_id)
    if found is None and class_id != NEW:
        refuse("not_found", f"class {class_id!r} does not exist")
    form = ClassForm(None, **_values(found))
    return _page(class_id, form)


@pass_classes.get("/admin/classes/<class_id>/<face>.png")
def face(class_id: str, face: str) -> Response:
    """How a badge of this class looks, with made-up words, marked as a specimen."""
    with looking() as session:
        found = class_by_id(session, class_id)
    if found is None or face not in FACES:
        refuse("not_found")
    site, _ = site_and_photos()
    content = picture(badge_preview(found, site, made_at=time.time()), FACES[face], width=FACE_PX)
    answer = Response(content, content_type="image/png")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pass_classes.post("/admin/classes/<class_id>")
def save(class_id: str) -> Response | tuple[str, int]:
    """Make it so."""
    form = ClassForm()
    if form.validate():
        name = (form.id.data or "").strip() if class_id == NEW else class_id
        try:
            with acting() as session:
                save_class(session, name, form.draft(), actor=actor(), new=class_id == NEW)
            return redirect(url_for("pass_classes.index", saved=name))
        except UserError as error:
            error.field = "letters" if error.field == "prefix" else error.field
            form.blame(error)
    return _page(class_id, form), 422


def _values(found: ClassInfo | None) -> dict[str, object]:
    """What the form begins with."""
    if found is None:
        return {
            "kind": PassKind.BADGE.value,
            "purpose": Purpose.STAFF.value,
            "validity": ValidityRule.DAYS.value,
            "validity_days": 365,
            "renewal_approval": True,
            "colour": "#48515B",
            "ink": "#FFFFFF",
            "layout": LAYOUTS[0],
            "retention_days": 365,
            "active": True,
            "rank": 100,
        }
    names = (
        "id", "name_th", "name_en", "legal_basis", "validity_days", "renewal_approval",
        "colour", "ink", "layout", "keep_document", "retention_days", "active", "rank",
    )  # fmt: skip
    values: dict[str, object] = {name: getattr(found, name) for name in names}
    return values | {
        "letters": found.prefix,
        "kind": found.kind.value,
        "purpose": found.purpose.value,
        "validity": found.validity.value,
        "employment": found.employment.value if found.employment else "",
        "zones": ", ".join(found.zones or ()),
    }


def _page(class_id: str, form: ClassForm) -> str:
    form.kind.choices = [
        (PassKind.BADGE.value, say("บัตรแสดงตน", "Badge")),
        (PassKind.VEHICLE.value, say("บัตรยานพาหนะ", "Vehicle pass")),
        (PassKind.VISITOR.value, say("บัตรผู้มาติดต่อ", "Visitor pass")),
        (PassKind.EVENT.value, say("บัตรเข้างาน", "Event pass")),
    ]
    form.purpose.choices = [(p.value, say(*words)) for p, words in _PURPOSES.items()]
    form.employment.choices = [("", say("ไม่กำหนด", "Any"))] + [
        (each.value, pass_words.employment_word(each)) for each in Employment
    ]
    form.validity.choices = [(rule.value, pass_words.rule_word(rule)) for rule in ValidityRule]
    form.layout.choices = [
        ("badge", say("บัตรแสดงตน มีรูปถ่าย (CR80)", "Badge with photo (CR80)")),
        ("permit", say("บัตรติดรถ (A6)", "Vehicle permit (A6)")),
        ("card", say("บัตรไม่มีรูปถ่าย (CR80)", "Card without photo (CR80)")),
    ]
    with looking() as session:
        areas = sorted({gate.area for gate in list_gates(session)})
    return render_template(
        "desks/passes/class.html",
        form=form,
        class_id=class_id,
        is_new=class_id == NEW,
        areas=areas,
        ratio=_ratio(form),
        tried=request.method == "POST",
    )


def _ratio(form: ClassForm) -> float | None:
    try:
        return contrast(form.colour.data or "", form.ink.data or "")
    except (ValueError, IndexError):
        return None


_PURPOSES = {
    Purpose.STAFF: ("บุคลากร", "Staff"),
    Purpose.PRESS: ("สื่อมวลชน", "Press"),
    Purpose.VISITOR: ("ผู้มาติดต่อ", "Visitors"),
    Purpose.VEHICLE: ("ยานพาหนะ", "Vehicles"),
    Purpose.EVENT: ("งานและพิธีการ", "Events"),
}

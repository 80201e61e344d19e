"""One step of a public form: what it brings is judged and kept, and told again at the end.

No route here: gatekeeper.web.desks.apply has them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf.file import FileField

from gatekeeper import thai
from gatekeeper.errors import UserError
from gatekeeper.office import documents, photos, request_checks
from gatekeeper.office.placing import remove
from gatekeeper.office.request_drafts import Draft
from gatekeeper.office.request_intake import MemberDraft, check_member
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.desks.apply_fields import Asked
from gatekeeper.web.desks.apply_plan import Step
from gatekeeper.web.forms import ThaiDateField, day_end, day_start
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["answers", "is_done", "period", "take_file", "take_step", "typed", "zone"]


def zone() -> ZoneInfo:
    """The site's time zone."""
    return ZoneInfo(services().config.site.timezone)


def take_step(filled: Asked, asked: Step, draft: Draft) -> bool:
    """Put into the draft what this step brings; False: something was refused and is shown."""
    good: bool = filled.validate()
    for name, field in filled._fields.items():
        if isinstance(field, FileField):
            good = take_file(filled, name, draft, name in asked.files) and good
    draft.steps[asked.key] = {**draft.steps.get(asked.key, {}), **_texts(filled)}
    if good:
        try:
            _judge(asked.key, filled, draft)
        except UserError as error:
            filled.blame(error)
            good = False
    if not good:
        # Only what is whole is kept as done; a file that came in is not asked for again.
        draft.steps[asked.key]["faulty"] = "yes"
    else:
        draft.steps[asked.key].pop("faulty", None)
    return good


def take_file(filled: Asked, name: str, draft: Draft, due: bool) -> bool:
    """Store the file of one field; a newer one takes the place of an older."""
    sent = request.files.get(name)
    data = sent.read() if sent is not None and sent.filename else b""
    known = bool(draft.value("photo", "key")) if name == "photo" else name in _kinds(draft)
    if not data:
        if due and not known:
            filled.blame(UserError("a file is due", "กรุณาแนบไฟล์", field=name))
        return known or not due
    root = services().config.data
    try:
        if name == "photo":
            key = photos.store_photo(root / photos.FOLDER, data)
            draft.photos.append(key)
            draft.steps["photo"] = {"key": key}
            return True
        stored = documents.store_document(root / documents.FOLDER, data, field=name)
    except UserError as error:
        filled.blame(error)
        return False
    for old in [each for each in draft.files if each["kind"] == name]:
        remove(root / documents.FOLDER, old["key"])
        draft.files.remove(old)
    told = (sent.filename or "") if sent is not None else ""
    draft.files.append(
        {
            "kind": name,
            "name": "".join(sign for sign in told if sign.isprintable())[-100:],
            "key": stored.key,
            "media_type": stored.media_type,
            "size": stored.size,
            "sha256": stored.sha256,
        }
    )
    return True


def _judge(key: str, filled: Asked, draft: Draft) -> None:
    """What the office says of this step. Raises UserError."""
    vault, texts = services().vault, draft.steps[key]
    if key == "person":
        request_checks.check_names(texts)
    elif key == "document":
        check_member(vault, MemberDraft(first_name="-", **_texts(filled)))
    elif key == "contact":
        request_checks.check_contact(texts)
    elif key == "vehicle":
        check_member(vault, MemberDraft(**_texts(filled)))
    elif key == "equipment":
        request_checks.plates_of(vault, texts["vehicles"])
    elif key in ("period", "slot"):
        begin, end = day_start(filled.valid_from.data), day_end(filled.valid_until.data)
        with looking() as database:
            request_checks.check_period(database, draft.form, begin, end, time.time(), zone())


def _texts(filled: Asked) -> dict[str, str]:
    """What was typed, as a draft keeps it; a day as ISO."""
    texts = filled.texts()
    for name, field in filled._fields.items():
        if isinstance(field, ThaiDateField) and field.data is not None:
            texts[name] = field.data.isoformat()
    return texts


def typed(form: type[Asked], texts: dict[str, str]) -> dict[str, Any]:
    """A draft's texts as the fields want them."""
    found: dict[str, Any] = dict(texts)
    for name in ("valid_from", "valid_until"):
        if texts.get(name) and hasattr(form, name):
            try:
                found[name] = thai.parse_date(texts[name])
            except ValueError:
                found[name] = None
    return found


def period(draft: Draft) -> tuple[float | None, float | None]:
    """From when until when passes are asked for (UTC seconds), where the form asks it."""
    for key in ("period", "slot"):
        if draft.value(key, "valid_until"):
            texts = draft.steps[key]
            first, last = (thai.parse_date(texts[name]) for name in ("valid_from", "valid_until"))
            return day_start(first), day_end(last)
    return None, None


def is_done(draft: Draft, asked: Step) -> bool:
    """Whether a step was filled in and found in order."""
    if asked.form is None:
        return bool(draft.members)
    found = draft.steps.get(asked.key)
    return found is not None and "faulty" not in found


def _kinds(draft: Draft) -> set[str]:
    return {each["kind"] for each in draft.files}


def answers(asked: Step, draft: Draft) -> Iterator[dict[str, str]]:
    """`label`, `text` and `photo` of each answer of a step."""
    if asked.form is None:
        return
    filled = asked.form(data=typed(asked.form, draft.steps.get(asked.key, {})))
    names = {each["kind"]: each["name"] for each in draft.files}
    for name, field in filled._fields.items():
        if name == "csrf_token":
            continue
        text = draft.value(asked.key, name)
        if isinstance(field, FileField):
            text = names.get(name, "")
        elif isinstance(field, ThaiDateField) and field.data:
            text = thai.format_date(field.data, language())
        elif getattr(field, "choices", None):
            text = str(dict(field.choices).get(text, text))
        elif name == "document_number":
            text = f"…{text[-4:]}"
        photo = draft.value("photo", "key") if name == "photo" else ""
        yield {"label": str(field.label.text), "text": text, "photo": photo}

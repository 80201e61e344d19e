"""A judged tag as pages get it, in both languages: a desk's feed does not know who looks."""

from __future__ import annotations

from typing import Any

from gatekeeper.office.enrolment import Tag, Warning_

__all__ = ["tag_json"]

_WARNINGS = {
    Warning_.CLONABLE: (
        "แท็กชนิดนี้ทำสำเนาได้ง่าย",
        "A copier writes this number onto another card",
    ),
    Warning_.SHORT_UID: (
        "เลข 4 ไบต์ อาจซ้ำกันได้และทำสำเนาได้ง่าย",
        "A 4-byte number: not unique, and easily copied",
    ),
    Warning_.EPC_ONLY: (
        "เลข EPC เขียนลงแท็กอื่นได้",
        "An EPC can be written onto another tag",
    ),
}


def tag_json(tag: Tag) -> dict[str, Any]:
    """`credential`, `refusal` or null, `warning` or null, `pass_number`."""
    warning = _WARNINGS.get(tag.warning)
    return {
        "credential": tag.credential,
        "refusal": {"th": tag.refusal_th, "en": tag.refusal} if tag.refusal else None,
        "warning": {"th": warning[0], "en": warning[1]} if warning else None,
        "pass_number": tag.pass_number,
    }

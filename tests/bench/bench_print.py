"""How fast badges are drawn, beside drawing them without their photos."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image

from gatekeeper.config_print import PrintSettings
from gatekeeper.office.badge_values import Form, Layout, Printed, SiteTexts
from gatekeeper.office.badges import badges_pdf
from gatekeeper.office.words import pieces

BADGES = 300
TEXTS = PrintSettings()
SITE = SiteTexts(
    "ศูนย์ราชการตัวอย่าง",
    "Sample Government Centre",
    conditions_badge=TEXTS.conditions_badge,
    conditions_permit=TEXTS.conditions_permit,
)
ONE = Printed(
    pass_id="",
    number="",
    class_th="บัตรแสดงตนข้าราชการ",
    class_en="Official's badge",
    colour="#123C69",
    ink="#FFFFFF",
    layout=Layout.BADGE,
    legal_basis="ระเบียบสำนักงานว่าด้วยบัตรแสดงตนบุคคล (ตัวอย่าง)",
    position="ผู้อำนวยการกองพิธีการ",
    organisation="สำนักงานตัวอย่าง กลุ่มงานพิธีการและการประชุม",
    valid_until=1_822_000_000.0,
)


def _photos() -> Callable[[str], bytes | None]:
    """A different photo for each, as stored: 600 x 750, some 60 kB."""
    noise = Image.effect_noise((600, 750), 20).convert("RGB")
    made: dict[str, bytes] = {}
    for number in range(BADGES):
        out = io.BytesIO()
        noise.putpixel((number % 600, 0), (255, 0, 0))
        noise.save(out, "JPEG", quality=40 + number % 5)
        made[str(number)] = out.getvalue()
    return made.get


def run() -> list[dict[str, Any]]:
    """Sheets of badges, every name another."""
    begun = time.perf_counter()
    pieces("กองพิธีการ")
    dictionary = time.perf_counter() - begun
    passes = [
        replace(
            ONE, number=f"OF-{n:06d}", name=f"นายกิตติ์ธเนศ{n} ญาณพิสิษฐ์", name_latin=f"Mr. Kit {n}",
            photo=str(n),
        )
        for n in range(BADGES)
    ]  # fmt: skip
    photos = _photos()
    begun = time.perf_counter()
    pdf = badges_pdf(passes, SITE, photos, form=Form.SHEETS, made_at=0.0)
    rate = BADGES / (time.perf_counter() - begun)
    begun = time.perf_counter()
    badges_pdf(
        [replace(one, photo="", number=f"X{one.number}") for one in passes],
        SITE, photos, form=Form.SHEETS, made_at=0.0,
    )  # fmt: skip
    bare = BADGES / (time.perf_counter() - begun)
    return [
        {
            "name": f"print: badges on sheets, both sides, {BADGES} different",
            "value": round(rate, 1),
            "unit": "badges/s",
            "baseline": round(bare, 1),
            "baseline_name": "without photos",
            "ratio": round(rate / bare, 2),
        },
        {
            "name": "print: size of a badge in the document",
            "value": round(len(pdf) / BADGES / 1024, 1),
            "unit": "kB",
        },
        {
            "name": "print: dictionary of Thai words, once a process",
            "value": round(dictionary, 2),
            "unit": "s",
        },
    ]

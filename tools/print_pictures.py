"""Draw the pictures of printed things for docs/pictures: a badge, a permit, a sheet.

    python tools/print_pictures.py

Everybody on them is made up; no database is needed.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from gatekeeper.config_print import PrintSettings
from gatekeeper.office.badge_values import Form, Layout, Printed, SiteTexts
from gatekeeper.office.badges import badges_pdf
from gatekeeper.office.pdf_picture import picture

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
AT = 1_795_000_000.0

BADGE = Printed(
    pass_id="",
    number="OF-000123",
    class_th="บัตรแสดงตนข้าราชการ",
    class_en="Official's badge",
    colour="#123C69",
    ink="#FFFFFF",
    layout=Layout.BADGE,
    legal_basis="ระเบียบสำนักงานว่าด้วยบัตรแสดงตนบุคคล (ตัวอย่าง)",
    name="นายกิตติ์ธเนศ ญาณพิสิษฐ์",
    name_latin="Mr. Kittanet Yanphisit",
    position="ผู้อำนวยการกองพิธีการ",
    organisation="สำนักงานตัวอย่าง กลุ่มงานพิธีการและการประชุม",
    photo="x",
    valid_until=AT + 4 * 365 * 86_400,
)
OTHERS = (
    ("PE-000777/2", "บัตรแสดงตนลูกจ้างประจำ", "Permanent employee", "#2E7D6B", "นางปิยะ ฟ้ากว้าง"),
    ("PR-000009", "บัตรสื่อมวลชน", "Press badge", "#B23A48", "Ms. Anneliese van der Straten-Núñez"),
    ("CT-000041", "บัตรผู้รับจ้าง", "Contractor's badge", "#8A4B08", "นายมานะ ซื่อสัตย์"),
)  # fmt: skip
PERMIT = replace(
    BADGE,
    number="PV-001042",
    class_th="บัตรอนุญาตยานพาหนะส่วนบุคคล",
    class_en="Private vehicle permit",
    colour="#2E7D6B",
    layout=Layout.PERMIT,
    legal_basis="ระเบียบการจราจรภายในสำนักงาน (ตัวอย่าง)",
    plate="9กฎ 1234",
    province="พระนครศรีอยุธยา",
    vehicle="Mercedes-Benz E 350 สีน้ำเงินเข้ม",
    organisation="กองพิธีการ",
)


def site() -> SiteTexts:
    """A made-up site with a made-up crest."""
    crest = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(crest).regular_polygon((150, 150, 140), 6, fill="#7a5c12")
    out = io.BytesIO()
    crest.save(out, "PNG")
    texts = PrintSettings()
    return SiteTexts(
        "ศูนย์ราชการตัวอย่าง อาคารรัฐสัมพันธ์",
        "Sample Government Centre",
        return_address="งานบัตร ศูนย์ราชการตัวอย่าง เลขที่ 1 ถนนตัวอย่าง กรุงเทพมหานคร 10000",
        conditions_badge=texts.conditions_badge,
        conditions_permit=texts.conditions_permit,
        crest=out.getvalue(),
    )


def photo(_key: str) -> bytes:
    """Nobody's face."""
    image = Image.new("RGB", (600, 750), "#9fb4c7")
    draw = ImageDraw.Draw(image)
    draw.ellipse((200, 150, 400, 400), fill="#e0b89a")
    draw.rounded_rectangle((120, 430, 480, 800), 80, fill="#31445a")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def main() -> None:
    """Draw all."""
    badges = [
        BADGE,
        *(
            replace(
                BADGE, number=number, class_th=th, class_en=en, colour=colour, name=name,
                name_latin="", photo="" if number.startswith("CT") else "x",
            )
            for number, th, en, colour, name in OTHERS
        ),
    ]  # fmt: skip
    single = badges_pdf([BADGE, PERMIT], site(), photo, form=Form.CARDS, made_at=AT)
    sheet = badges_pdf(badges, site(), photo, form=Form.SHEETS, made_at=AT)
    lying = badges_pdf([BADGE], site(), photo, form=Form.CARDS, lying=True, made_at=AT)
    for name, pdf, page, width in (
        ("badge-front", single, 0, 540),
        ("badge-back", single, 1, 540),
        ("permit-front", single, 2, 620),
        ("permit-back", single, 3, 620),
        ("badge-lying", lying, 0, 760),
        ("badge-sheet", sheet, 0, 900),
        ("badge-sheet-back", sheet, 1, 900),
    ):
        (FOLDER / f"{name}.png").write_bytes(picture(pdf, page, width=width))


if __name__ == "__main__":
    main()

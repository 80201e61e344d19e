"""What an installation puts on its badges, and how they look before anything is printed.

Settings, crest and photos are read here and nowhere else in print. A preview is marked across
as a specimen and recorded nowhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from gatekeeper.config_print import PrintSettings
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_classes import ClassInfo
from gatekeeper.db.prints import print_facts
from gatekeeper.errors import UserError
from gatekeeper.kinds import HolderKind
from gatekeeper.office.badge_values import Form, Layout, Printed, SiteTexts
from gatekeeper.office.badges import Photos, badges_pdf
from gatekeeper.office.printing import as_printed

__all__ = ["badge_preview", "photos_in", "preview", "site_texts"]

_PHOTO = re.compile(r"[0-9a-f]{32}\.jpg\Z")


def site_texts(
    data: Path, name_th: str, name_en: str, timezone: str, settings: PrintSettings
) -> SiteTexts:
    """What this installation prints on all; its crest is `data`/crest.png, where there is one.

    Raises UserError for a crest that is no picture.
    """
    return SiteTexts(
        name_th=name_th,
        name_en=name_en,
        timezone=timezone,
        return_address=settings.return_address,
        conditions_badge=settings.conditions_badge,
        conditions_permit=settings.conditions_permit,
        crest=_crest(data / "crest.png"),
    )


def _crest(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path.name}: {error.strerror}", f"อ่านไฟล์ตรา {path.name} ไม่ได้") from error
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            image.load()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(
            f"{path.name} is no sound PNG or JPEG",
            f"ไฟล์ตรา {path.name} ไม่ใช่ภาพ PNG หรือ JPEG ที่สมบูรณ์",
        ) from error
    return content


def photos_in(folder: Path) -> Photos:
    """Photos by key out of `folder`; one that is gone or damaged is as none."""

    def photo(key: str) -> bytes | None:
        if not _PHOTO.match(key):
            return None
        try:
            content = (folder / key).read_bytes()
            with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
                image.load()
        except (OSError, ValueError):
            return None
        return content

    return photo


def preview(
    session: Session,
    pass_ids: Sequence[str],
    site: SiteTexts,
    photos: Photos,
    *,
    lying: bool,
    made_at: float,
) -> bytes:
    """The faces of passes in any state as a document that says nothing was printed.

    For the screen: nothing is recorded, and it is no print. Raises UserError for unknown passes.
    """
    facts = print_facts(session, pass_ids)
    if not facts:
        raise UserError(
            "this pass does not exist or is a guest's", "ไม่พบบัตรผ่านนี้ หรือเป็นบัตรเชิญของแขก"
        )
    passes = [as_printed(one) for one in facts]
    return badges_pdf(
        passes, site, photos, form=Form.CARDS, lying=lying, made_at=made_at, specimen=True
    )


def badge_preview(
    of_class: ClassInfo, site: SiteTexts, *, made_at: float, lying: bool = False
) -> bytes:
    """Front and back of a made-up pass of a class, as PDF marked as a specimen."""
    car = of_class.holder is HolderKind.VEHICLE
    one = Printed(
        pass_id="",
        number=f"{of_class.prefix}-000000",
        class_th=of_class.name_th,
        class_en=of_class.name_en,
        colour=of_class.colour,
        ink=of_class.ink,
        layout=Layout(of_class.layout),
        legal_basis=of_class.legal_basis,
        name="" if car else "นายตัวอย่าง นามสมมุติ",
        name_latin="" if car else "Mr. Tuayang Namsommut",
        position="" if car else "ตำแหน่งตัวอย่าง",
        organisation="หน่วยงานตัวอย่าง",
        plate="กก 0000" if car else "",
        province="กรุงเทพมหานคร" if car else "",
        vehicle="ยี่ห้อ รุ่น สี" if car else "",
        valid_until=made_at + 365 * 86_400,
    )
    return badges_pdf(
        [one], site, lambda _key: None, form=Form.CARDS, lying=lying, made_at=made_at, specimen=True
    )

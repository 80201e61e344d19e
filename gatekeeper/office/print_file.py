"""What a card printer's own program is fed: a table of the passes and their photos, as a ZIP.

The table is CSV in UTF-8 with a byte order mark, so that spreadsheet programs and printers'
programs read Thai; no cell is a formula. Photos are named by pass number. The last column is
empty: the printer's encoder writes the tag of each card there, and gatekeeper.office.read_back
takes the table back.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

from gatekeeper.office.badge_parts import expiry
from gatekeeper.office.badge_values import Printed, SiteTexts
from gatekeeper.office.badges import Photos
from gatekeeper.office.export import safe

__all__ = ["COLUMNS", "TABLE", "photo_name", "print_file"]

TABLE = "passes.csv"
COLUMNS = (
    "pass_number",
    "name_th",
    "name_latin",
    "position",
    "organisation",
    "class_th",
    "class_en",
    "class_colour",
    "plate",
    "province",
    "vehicle",
    "expires_th",
    "expires_en",
    "qr",
    "photo",
    "tag",
)


def photo_name(number: str) -> str:
    """File name of a photo: the pass number, its issue behind an underline (`PR-000123_2.jpg`)."""
    return f"photos/{number.replace('/', '_')}.jpg"


def print_file(
    passes: Sequence[Printed], site: SiteTexts, photos: Photos, *, made_at: float
) -> bytes:
    """The ZIP; the same values make the same bytes. `made_at`: UTC seconds, dates its files."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    out = io.BytesIO()
    at = datetime.fromtimestamp(made_at, UTC)
    with zipfile.ZipFile(out, "w") as archive:
        for one in passes:
            picture = photos(one.photo) if one.photo else None
            name = photo_name(one.number) if picture is not None else ""
            if picture is not None:
                # Photos are compressed as they are.
                _add(archive, name, picture, at, zipfile.ZIP_STORED)
            writer.writerow([safe(cell) for cell in _row(one, site, name)])
        content = table.getvalue().encode("utf-8-sig")
        _add(archive, TABLE, content, at, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _row(one: Printed, site: SiteTexts, photo: str) -> tuple[str, ...]:
    day_th, day_en = expiry(one, site)
    return (
        one.number,
        one.name,
        one.name_latin,
        one.position,
        one.organisation,
        one.class_th,
        one.class_en,
        one.colour,
        one.plate,
        one.province,
        one.vehicle,
        day_th,
        day_en,
        one.number,
        photo,
        "",
    )


def _add(archive: zipfile.ZipFile, name: str, content: bytes, at: datetime, method: int) -> None:
    info = zipfile.ZipInfo(name, at.timetuple()[:6])
    info.compress_type = method
    info.external_attr = 0o600 << 16
    archive.writestr(info, content)

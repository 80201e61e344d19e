"""Supporting documents from outside: PDF as checked, pictures painted anew, random names.

Kept in DATA/documents, given to officers as attachments only, never shown inside a page.
A PDF cannot be painted anew without losing its text, so it is taken as it is when
`gatekeeper.office.pdf_check` finds nothing in it that acts.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from gatekeeper.office.pdf_check import check_pdf
from gatekeeper.office.pictures import check_bytes, repainted
from gatekeeper.office.placing import place

__all__ = ["FOLDER", "Stored", "store_document"]

FOLDER = "documents"
"""Below the data directory."""
_PAGE = (2480, 3508)
"""A page of A4 at 300 dpi; pictures are scaled down to fit, never up."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document on disk."""

    key: str
    media_type: str
    """`application/pdf` or `image/jpeg`."""
    size: int
    sha256: str
    """Of what is stored, as 64 hexadecimal digits."""


def store_document(directory: Path, data: bytes, *, field: str = "document") -> Stored:
    """Store the PDF or picture in `data`; what it is now.

    Raises UserError (at `field`) for any other kind, a damaged, encrypted or acting PDF, a
    picture out of bounds, and where the disk refuses.
    """
    check_bytes(data, field)
    if data.startswith(b"%PDF-"):
        check_pdf(data, field=field)
        kept, media_type, ending = data, "application/pdf", "pdf"
    else:
        kept = repainted(data, _scaled, draft=_PAGE, field=field)
        media_type, ending = "image/jpeg", "jpg"
    key = f"{secrets.token_hex(16)}.{ending}"
    place(directory, key, kept, field=field)
    return Stored(key, media_type, len(kept), hashlib.sha256(kept).hexdigest())


def _scaled(image: Image.Image) -> Image.Image:
    box = _PAGE if image.height >= image.width else (_PAGE[1], _PAGE[0])
    image.thumbnail(box, Image.Resampling.LANCZOS)
    return image

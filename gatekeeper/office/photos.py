"""Holders' photos: what came in, painted anew, under a random name outside the web root.

Kept in DATA/photos, shown by GET /photos/<key> to the roles that look holders in the face.
Where a photo belongs is the business of whoever stores its key.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from PIL import Image, ImageOps

from gatekeeper.errors import UserError
from gatekeeper.office.pictures import repainted
from gatekeeper.office.placing import place

__all__ = ["BOX", "FOLDER", "store_photo"]

FOLDER = "photos"
"""Below the data directory."""
BOX = (600, 750)
"""Pixels of a stored photo, width and height: 25 x 31 mm on a badge at 600 dpi."""
_LEAST = (240, 300)
_EYES = (0.5, 0.4)
"""What is kept when a photo is cropped: the middle, rather above it, where the face is."""


def store_photo(
    directory: Path, data: bytes, *, box: tuple[int, int] = BOX, field: str = "photo"
) -> str:
    """Store the photo in `data` in `directory`, cropped and scaled to `box`; its key.

    The key is `<32 hex digits>.jpg`. The file is whole under its name or not there at all.
    Raises UserError (at `field`) for what is no sound JPEG, PNG or WebP of a fit size, and
    where the disk refuses.
    """

    def fit(image: Image.Image) -> Image.Image:
        if image.width < _LEAST[0] or image.height < _LEAST[1]:
            raise UserError(
                f"the photo has {image.width} x {image.height} pixels; "
                f"at least {_LEAST[0]} x {_LEAST[1]} are due",
                f"ภาพมีขนาด {image.width} x {image.height} พิกเซล "
                f"ต้องไม่น้อยกว่า {_LEAST[0]} x {_LEAST[1]} พิกเซล",
                field=field,
            )
        return ImageOps.fit(image, box, Image.Resampling.LANCZOS, centering=_EYES)

    # Turned by EXIF, its sides may change places: neither is decoded smaller than the longer.
    side = max(box)
    painted = repainted(data, fit, draft=(side, side), field=field)
    key = f"{secrets.token_hex(16)}.jpg"
    place(directory, key, painted, field=field)
    return key

"""Portraits of people who do not exist, for the made-up site. Drawn, nobody's face."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

__all__ = ["sample_letter", "sample_portrait"]

_SIZE = (600, 750)
_SKIN = ("#E8BE9A", "#D9A47A", "#C68E62", "#F0CDB0")
_CLOTH = ("#2D3F55", "#4A3B52", "#35524A", "#5A4632", "#39424E")
_GROUND = ("#DCE3E8", "#E6E1D8", "#D9E2DC")


def sample_portrait(seed: int) -> bytes:
    """A drawn head and shoulders as JPEG, the same for the same seed."""
    dice = random.Random(f"portrait/{seed}")  # noqa: S311 (made-up people need no secrets)
    image = Image.new("RGB", _SIZE, dice.choice(_GROUND))
    draw = ImageDraw.Draw(image)
    skin, hair = dice.choice(_SKIN), dice.choice(("#1B1714", "#2A211B", "#3A3532"))
    draw.rounded_rectangle((90, 520, 510, 900), 150, fill=dice.choice(_CLOTH))
    draw.rectangle((250, 430, 350, 560), fill=skin)
    wide = dice.randint(0, 20)
    draw.ellipse((175 - wide, 110, 425 + wide, 400 + dice.randint(0, 40)), fill=hair)
    draw.ellipse((190, 170, 410, 480), fill=skin)
    for x in (255, 345):
        draw.ellipse((x - 10, 305, x + 10, 325), fill="#221C18")
    draw.arc((255, 370, 345, 430), 20, 160, fill="#7A4438", width=6)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def sample_letter() -> bytes:
    """A page that looks like a letter from afar, as JPEG."""
    image = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((560, 90, 680, 210), outline="#555555", width=6)
    for row in range(24):
        end = 1090 if row % 6 else 700
        draw.rectangle((150, 330 + row * 46, end, 338 + row * 46), fill="#8A8A8A")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()

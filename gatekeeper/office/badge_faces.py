"""The two faces of a badge, CR80, upright or lying; and of a card without a photo.

Drawn in mm from the upper left corner of the finished card; ink goes 3 mm beyond it only where
the band does, everything that is read stays 3 mm inside. A number of the pass is the code's
content: it finds the pass at a desk and opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gatekeeper.office.badge_parts import Text, code, expiry, heading, photo, place, stack
from gatekeeper.office.badge_values import Layout, Printed, SiteTexts
from gatekeeper.office.paper import CR80, GREY, LINE, Box, Paper, rgb
from gatekeeper.office.typeface import BOLD, REGULAR, SEMIBOLD
from gatekeeper.office.words import Breaks

__all__ = ["BLEED", "LYING", "UPRIGHT", "Face", "back", "front"]

BLEED = 3.0
SAFE = 3.0
"""mm inside the edge that stay free of what is read: card punches and cutters wander."""


@dataclass(frozen=True, slots=True)
class Face:
    """Where the parts of a front stand, in mm of the finished card."""

    size: tuple[float, float]
    head: Box
    photo: Box
    code: Box
    number: Box
    expiry: Box
    texts: Box
    band: Box


UPRIGHT = Face(
    size=CR80,
    head=Box(3.5, 3.2, 47.0, 9.0),
    photo=Box(3.5, 13.6, 24.0, 30.0),
    code=Box(30.5, 13.0, 20.0, 20.0),
    number=Box(29.5, 33.2, 21.4, 3.4),
    expiry=Box(29.5, 37.2, 21.4, 6.6),
    texts=Box(3.2, 45.0, 47.58, 26.2),
    band=Box(0.0, 72.4, 53.98, 13.2),
)
LYING = Face(
    size=(CR80[1], CR80[0]),
    head=Box(3.5, 3.2, 78.0, 8.6),
    photo=Box(3.5, 13.0, 22.0, 27.5),
    code=Box(64.6, 12.4, 17.6, 17.6),
    number=Box(63.6, 30.4, 19.2, 3.2),
    expiry=Box(63.6, 34.0, 19.2, 6.6),
    texts=Box(26.9, 12.6, 35.8, 28.6),
    band=Box(0.0, 42.4, 85.60, 11.58),
)
UPRIGHT_CARD = replace(
    UPRIGHT,
    number=Box(3.2, 14.0, 47.58, 10.5),
    code=Box(14.99, 26.0, 24.0, 24.0),
    expiry=Box(3.2, 51.0, 47.58, 6.4),
    texts=Box(3.2, 58.0, 47.58, 13.4),
)
LYING_CARD = replace(
    LYING,
    number=Box(3.5, 13.0, 51.0, 10.5),
    code=Box(56.5, 12.4, 26.0, 26.0),
    expiry=Box(3.5, 24.0, 51.0, 5.0),
    texts=Box(3.5, 29.4, 51.0, 12.0),
)
"""Cards without a photo: nobody compares a face, the number is what is called out."""


def front(
    paper: Paper,
    one: Printed,
    site: SiteTexts,
    at: Box,
    picture: bytes | None,
    *,
    lying: bool = False,
) -> None:
    """The face with the photo, at the finished card `at`; `picture` is a JPEG or PNG."""
    x, y = at.x, at.y
    badge = one.layout is Layout.BADGE
    face = (LYING if badge else LYING_CARD) if lying else (UPRIGHT if badge else UPRIGHT_CARD)
    _band(paper, one, face, at)
    heading(paper, site, face.head.moved(x, y), (8.5, 6))
    if badge:
        photo(paper, picture, face.photo.moved(x, y))
    code(paper, one.number, face.code.moved(x, y))
    sizes = (8.5, 6.0) if badge else (26.0, 10.0)
    box = face.number.moved(x, y)
    place(paper, one.number, box, sizes, weight=BOLD, align="centre")
    _expiry(paper, one, site, face.expiry.moved(x, y))
    texts = [
        Text(one.name, (14, 9.5), BOLD, lines=2, breaks=Breaks.SPACES),
        Text(one.name_latin, (9, 7), SEMIBOLD, lines=2, breaks=Breaks.SPACES, gap=0.4),
        Text(one.position, (8, 7), lines=2, gap=0.6),
        Text(one.organisation, (7.5, 6.5), lines=4, colour=GREY, gap=0.4),
    ]
    stack(paper, texts, face.texts.moved(x, y), middle=True)


def _band(paper: Paper, one: Printed, face: Face, at: Box) -> None:
    """The class in its colour, over the edge where it touches it."""
    band = face.band.moved(at.x, at.y)
    ground = Box(band.x - BLEED, band.y, band.width + 2 * BLEED, band.height + BLEED)
    paper.fill(ground, rgb(one.colour))
    text = Box(band.x + SAFE, band.y + 1.4, band.width - 2 * SAFE, band.height - SAFE - 1.6)
    ink = rgb(one.ink)
    names = [
        Text(one.class_th, (13, 8), BOLD, lines=2, colour=ink),
        Text(one.class_en, (8, 6), SEMIBOLD, lines=1, colour=ink, gap=0.2),
    ]
    stack(paper, names, text, middle=True)


def _expiry(paper: Paper, one: Printed, site: SiteTexts, box: Box) -> None:
    day_th, day_en = expiry(one, site)
    lines = [
        Text(f"หมดอายุ {day_th}" if day_th else "ไม่กำหนดวันหมดอายุ", (7.5, 5.5), BOLD),
        Text(f"EXP. {day_en}" if day_en else "no expiry date", (5.75, 5), colour=GREY, gap=0.2),
    ]
    stack(paper, lines, box)


def back(paper: Paper, one: Printed, site: SiteTexts, at: Box, *, lying: bool = False) -> None:
    """The other face: under which rule, how it is to be used, where to return it."""
    width, height = (LYING if lying else UPRIGHT).size
    inside = Box(at.x + SAFE + 0.5, at.y + SAFE + 0.5, width - 2 * SAFE - 1, height - 2 * SAFE - 1)
    stripe = Box(at.x - BLEED, at.y - BLEED, width + 2 * BLEED, BLEED + 2.2)
    paper.fill(stripe, rgb(one.colour))
    low = inside.y + inside.height - 12.5
    rules = [
        Text(one.class_th, (9.5, 7), BOLD, lines=2),
        Text(one.class_en, (7, 6), colour=GREY, gap=0.2),
        Text(one.legal_basis, (7.5, 6), lines=3, colour=GREY, gap=1.0),
        *(
            Text(f"{number}. {rule}", (7.75, 7.75), lines=4, gap=1.0 if number > 1 else 2.4)
            for number, rule in enumerate(site.conditions_badge, 1)
        ),
    ]
    top = Box(inside.x, inside.y + 1.2, inside.width, low - inside.y - 2.4)
    stack(paper, rules, top, align="left")
    paper.line(inside.x, low, inside.x + inside.width, low, LINE)
    _return(paper, one, site, Box(inside.x, low + 1, inside.width, 11.5))


def _return(paper: Paper, one: Printed, site: SiteTexts, box: Box) -> None:
    text = Box(box.x, box.y, box.width - 12.5, box.height)
    lines = [
        Text("ผู้ใดเก็บได้โปรดส่งคืน · If found, please return to", (5.75, 5), SEMIBOLD, lines=2),
        Text(site.return_address or site.name_th, (6.25, 5), REGULAR, lines=4, gap=0.8),
    ]
    stack(paper, lines, text, align="left", middle=True)
    code(paper, one.number, Box(box.x + box.width - 11.5, box.y, 11.5, 8.6))
    number = Box(box.x + box.width - 12.5, box.y + 8.4, 13.5, 2.6)
    place(paper, one.number, number, (5.5, 4), weight=SEMIBOLD, align="centre")

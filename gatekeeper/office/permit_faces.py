"""The two faces of a vehicle's permit: A6, read through a windscreen from some metres.

The plate is as large as it fits. Who drives is not on it: a windscreen is open to everybody.
"""

from __future__ import annotations

from gatekeeper.office.badge_parts import Text, code, expiry, heading, place, stack
from gatekeeper.office.badge_values import Printed, SiteTexts
from gatekeeper.office.paper import A6, BLACK, GREY, LINE, Box, Paper, rgb
from gatekeeper.office.typeface import BOLD, SEMIBOLD

__all__ = ["permit_back", "permit_front"]

BLEED = 3.0
SIDE = 6.0


def permit_front(paper: Paper, one: Printed, site: SiteTexts, at: Box) -> None:
    """Class, plate, number and expiry; the finished permit is `at`."""
    x, y = at.x, at.y
    width = A6[0]
    ink = rgb(one.ink)
    paper.fill(Box(x - BLEED, y - BLEED, width + 2 * BLEED, 30 + BLEED), rgb(one.colour))
    names = [
        Text(one.class_th, (24, 14), BOLD, lines=2, colour=ink),
        Text(one.class_en, (13, 9), SEMIBOLD, lines=1, colour=ink, gap=0.2),
    ]
    stack(paper, names, Box(x + SIDE, y + 4, width - 2 * SIDE, 23), middle=True)
    heading(paper, site, Box(x + SIDE, y + 33, width - 2 * SIDE, 13), (13, 9))
    frame = Box(x + SIDE, y + 49, width - 2 * SIDE, 43)
    paper.frame(frame, BLACK, line=0.8, radius=3)
    plate = [
        Text(one.plate, (72, 24), BOLD),
        Text(one.province, (26, 14), SEMIBOLD, gap=1.2),
    ]
    stack(paper, plate, frame.inset(3), middle=True)
    car = [
        Text(one.vehicle, (12, 8), lines=2),
        Text(one.organisation, (11, 8), lines=2, colour=GREY, gap=0.4),
    ]
    stack(paper, car, Box(x + SIDE, y + 94, width - 2 * SIDE, 15), middle=True)
    _foot(paper, one, site, Box(x, y + 110, width, A6[1] - 110))


def _foot(paper: Paper, one: Printed, site: SiteTexts, box: Box) -> None:
    day_th, day_en = expiry(one, site)
    colour = rgb(one.colour)
    text = Box(box.x + SIDE, box.y + 1, 62, box.height - 10)
    lines = [
        Text("หมดอายุ", (12, 9), SEMIBOLD, colour=GREY),
        Text(day_th or "ไม่กำหนด", (30, 16), BOLD, gap=0.4),
        Text(f"EXPIRES {day_en}" if day_en else "no expiry date", (10, 8), colour=GREY, gap=0.4),
        Text(f"เลขที่ {one.number}", (15, 10), BOLD, gap=1.0),
    ]
    stack(paper, lines, text, align="left", middle=True)
    side = 28.0
    code(paper, one.number, Box(box.x + box.width - SIDE - side, box.y + 1, side, side))
    paper.fill(Box(box.x - BLEED, box.y + box.height - 5, box.width + 2 * BLEED, 5 + BLEED), colour)


def permit_back(paper: Paper, one: Printed, site: SiteTexts, at: Box) -> None:
    """Under which rule, how it is to be used, where to return it."""
    width, height = A6
    paper.fill(Box(at.x - BLEED, at.y - BLEED, width + 2 * BLEED, BLEED + 5), rgb(one.colour))
    inside = Box(at.x + SIDE, at.y + SIDE + 4, width - 2 * SIDE, height - 2 * SIDE - 4)
    low = inside.y + inside.height - 27
    rules = [
        Text(one.class_th, (15, 11), BOLD, lines=2),
        Text(one.class_en, (10, 8), colour=GREY, gap=0.2),
        Text(one.legal_basis, (11, 8), lines=4, colour=GREY, gap=2.0),
        *(
            Text(f"{number}. {rule}", (11.5, 11.5), lines=4, gap=1.8 if number > 1 else 4.5)
            for number, rule in enumerate(site.conditions_permit, 1)
        ),
    ]
    stack(paper, rules, Box(inside.x, inside.y, inside.width, low - inside.y - 3), align="left")
    paper.line(inside.x, low, inside.x + inside.width, low, LINE)
    lines = [
        Text("ผู้ใดเก็บได้โปรดส่งคืน", (10, 8), SEMIBOLD),
        Text("If found, please return to", (8, 7), colour=GREY, gap=1.0),
        Text(site.return_address or site.name_th, (10.5, 7), lines=5, gap=1.8),
    ]
    stack(paper, lines, Box(inside.x, low + 2, inside.width - 24, 24), align="left", middle=True)
    code(paper, one.number, Box(inside.x + inside.width - 21, low + 2, 21, 21))
    number = Box(inside.x + inside.width - 24, low + 22.5, 27, 4)
    place(paper, one.number, number, (9, 6), weight=SEMIBOLD, align="centre")

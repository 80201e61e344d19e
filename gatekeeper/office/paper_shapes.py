"""Sizes, boxes and colours in mm, and how PDF writes them. Pure; gatekeeper.office.paper draws."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gatekeeper.office.words import MM

__all__ = [
    "A4",
    "A6",
    "BLACK",
    "CR80",
    "GREY",
    "LINE",
    "WHITE",
    "Align",
    "Box",
    "Colour",
    "at",
    "outline",
    "paint",
    "pdf_box",
    "rgb",
]

Align = Literal["left", "centre", "right"]
Colour = tuple[int, int, int]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
GREY: Colour = (89, 89, 89)
"""Lesser text; 7:1 on white."""
LINE: Colour = (150, 150, 150)

A4 = (210.0, 297.0)
A6 = (105.0, 148.0)
CR80 = (53.98, 85.60)
"""Width and height in mm, upright; ISO/IEC 7810 ID-1."""


class Box(NamedTuple):
    """A rectangle in mm from the page's upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, by: float) -> Box:
        """The rectangle `by` mm smaller (negative: larger) on each side."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def moved(self, x: float, y: float) -> Box:
        """The same elsewhere."""
        return Box(self.x + x, self.y + y, self.width, self.height)


def rgb(colour: str) -> Colour:
    """`#RRGGBB` as three numbers of 0-255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def paint(colour: Colour, operator: str = "rg") -> str:
    return " ".join(f"{value / 255:.4f}" for value in colour) + f" {operator}"


def at(x: float, y: float, height: float) -> str:
    """A place in mm from the top as PDF counts: points, from the bottom."""
    return f"{x / MM:.3f} {(height - y) / MM:.3f}"


def outline(box: Box, radius: float, height: float) -> str:
    """A closed path around a box, its corners rounded."""
    x, y, right, low = box.x, box.y, box.x + box.width, box.y + box.height
    if not radius:
        corners = [(x, y), (right, y), (right, low), (x, low)]
        first, *rest = (at(*corner, height) for corner in corners)
        return f"{first} m " + " ".join(f"{each} l" for each in rest) + " h"
    r, bend = radius, radius * 0.4477  # control points of a quarter of a circle
    steps = [
        ((right - r, y), (right - bend, y), (right, y + bend), (right, y + r)),
        ((right, low - r), (right, low - bend), (right - bend, low), (right - r, low)),
        ((x + r, low), (x + bend, low), (x, low - bend), (x, low - r)),
        ((x, y + r), (x, y + bend), (x + bend, y), (x + r, y)),
    ]
    path = [f"{at(x + r, y, height)} m"]
    for start, *curve in steps:
        path.append(f"{at(*start, height)} l")
        path.append(" ".join(at(*point, height) for point in curve) + " c")
    return " ".join(path) + " h"


def pdf_box(box: Box, height: float) -> str:
    """A box as PDF counts: points, from the lower left corner."""
    left, top = box.x / MM, (height - box.y) / MM
    right, bottom = (box.x + box.width) / MM, (height - box.y - box.height) / MM
    return f"[{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}]"

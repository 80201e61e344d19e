"""The tokens of the design system, computed: contrast in light and dark, sizes, no stray colour.

Needs no browser. Contrast by WCAG 2.2: 4.5:1 for text, 3:1 for edges and focus.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "gatekeeper" / "web" / "static"
TOKENS = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
STYLES = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
TEMPLATES = sorted((STATIC.parent / "templates").rglob("*.html"))

GROUNDS = ("ground", "surface", "raised")
TEXTS = [
    *[(ink, ground) for ink in ("text", "muted", "action") for ground in GROUNDS],
    *[(f"{cls}-ink", ground) for cls in ("green", "amber", "red") for ground in GROUNDS],
    *[(f"on-{cls}", cls) for cls in ("green", "amber", "red", "action", "stale")],
    ("on-stale", "stale-stripe"),
    ("surface", "text"),  # VIP: inverted
]
EDGES = [(edge, ground) for edge in ("edge", "focus") for ground in GROUNDS]


def token(name: str, scheme: str) -> str:
    """Hex colour of a token in `light` or `dark`."""
    found = re.search(rf"--{name}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", TOKENS)
    assert found, f"--{name} is not a colour of tokens.css"
    light, dark, both = found.groups()
    return str(both or (light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two hex colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_published_values() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_text_is_read_on_its_ground(ink: str, ground: str, scheme: str) -> None:
    assert contrast(token(ink, scheme), token(ground, scheme)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_and_focus_are_seen(edge: str, ground: str, scheme: str) -> None:
    assert contrast(token(edge, scheme), token(ground, scheme)) >= 3


def test_a_button_is_hit_with_gloves() -> None:
    touch = re.search(r"--touch: ([\d.]+)rem;", TOKENS)

    assert touch
    assert float(touch[1]) * 16 >= 60


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_colours_are_chosen_in_one_place(style: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.S)
    if style.name != "tokens.css":
        # A shadow is no colour of ours: black that lets through.
        text = re.sub(r"rgb\(0 0 0 / [\d.]+\)", "", text)
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(", text) == []


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_every_token_that_is_used_exists(style: Path) -> None:
    """A misspelt custom property is silently nothing."""
    everything = "".join(path.read_text(encoding="utf-8") for path in [*STYLES, *SCRIPTS])
    defined = set(re.findall(r"(--[\w-]+)\s*:", everything))
    defined |= set(re.findall(r'setProperty\("(--[\w-]+)"', everything))
    used = set(re.findall(r"var\((--[\w-]+)", style.read_text(encoding="utf-8")))

    assert used - defined == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_keep_the_content_security_policy(template: Path) -> None:
    # What is between {% %} never reaches a browser.
    text = re.sub(r"{%.*?%}", "", template.read_text(encoding="utf-8"), flags=re.S)

    assert re.findall(r"\son\w+\s*=|\sstyle\s*=|<style|javascript:", text) == []
    for script in re.findall(r"<script([^>]*)>", text):
        assert "src=" in script or 'type="application/json"' in script


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_text_never_markup_and_hold_no_text_of_a_screen(script: Path) -> None:
    code = script.read_text(encoding="utf-8")
    told = re.sub(r"/\*.*?\*/|//[^\n]*", "", code, flags=re.S)

    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", told) == []
    )
    if script.name != "thai.js":  # the compounds that it keeps whole
        assert re.findall(r"[\u0E00-\u0E7F]", told.replace("๐-๙", "")) == []


def test_every_text_that_a_script_asks_for_is_given() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    given = set(re.findall(r'"(\w+)": _\(', pages)) | {"companions_plus"}
    code = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    asked = set(re.findall(r'\bt\(\s*"(\w+)"', code))
    # t(`stale_${…}`): the stem must stand before some key.
    stems = set(re.findall(r"\bt\(`(\w+)\$\{", code))

    assert asked - given == set()
    assert [stem for stem in stems if not any(key.startswith(stem) for key in given)] == []


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    tool = (STATIC.parents[2] / "tools" / "front_end.py").read_text(encoding="utf-8")
    given = set(re.findall(r'^    "([\w-]+)": "(?:outline|filled)/', tool, flags=re.M))
    pages = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    code = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    used = set(re.findall(r"\bicon\(\"([\w-]+)\"", pages + code)) | set(
        re.findall(r"icons\.svg'\) }}#([\w-]+)", pages)
    )

    assert used
    assert used - given == set()

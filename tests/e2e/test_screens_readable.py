"""Read at two metres, hit with gloves, worked by keyboard, read aloud: measured in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import people
import pytest
from harness import Site
from playwright.sync_api import Page, expect

from gatekeeper.model import Reason

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]

PX_PER_MM = 96 / 25.4
LETTER_MM = 13
"""Height of a letter that is read at two metres (22 minutes of arc)."""
TOUCH_PX = 60
SIZES = {"tablet": (820, 1180), "desktop": (1440, 900), "wide": (1920, 1080)}
PATHS = ["/login", "/", "/checkpoint/lf1", "/events/reception/live",
         "/events/reception/wall", "/design"]  # fmt: skip

HOLDER = {
    "name": "นางสาววราภรณ์ศรีสุดา ณ อยุธยาพิพัฒน์วงศ์", "kind": "person", "name_latin": "Ms. Varaporn",
    "position": "ที่ปรึกษาพิเศษด้านพิธีการ", "organisation": "สำนักงานพิธีการแห่งรัฐตัวอย่าง", "group": "",
    "table": "112", "seat": "10", "vip": True, "greeter": "นางสาวดวงใจ กองพิธีการ", "note": "ใช้รถเข็น",
    "initials": "วศ", "representative": "นายสมศักดิ์ แทนคุณ",
}  # fmt: skip

SHOW = """async (entry) => {
  await document.fonts.ready;
  const { Verdict } = await import('/static/js/checkpoint/verdict.js');
  window.tried ??= new Verdict();
  window.tried.show({ ...entry, at: new Date().toISOString() });
  const headline = document.getElementById('headline');
  const style = getComputedStyle(headline);
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = `${style.fontWeight} ${style.fontSize} Sarabun`;
  const letter = document.documentElement.lang === 'th' ? 'น' : 'H';
  const within = (node) => { const box = node.getBoundingClientRect(), room = document.getElementById('verdict').getBoundingClientRect();
    return box.top >= room.top - 1 && box.bottom <= room.bottom + 1 && box.left >= room.left - 1 && box.right <= room.right + 1; };
  const boxes = ['headline', 'next-step', 'person'].map((id) => document.getElementById(id)).filter((node) => !node.hidden)
    .map((node) => node.getBoundingClientRect());
  return {
    letter: pen.measureText(letter).actualBoundingBoxAscent,
    within: [...document.querySelectorAll('#headline, #next-step, #first-seen, #person')].filter((node) => !node.hidden).every(within),
    overlap: boxes.some((box, at) => at > 0 && box.top < boxes[at - 1].bottom - 1),
    painted: getComputedStyle(document.getElementById('verdict')).backgroundColor,
  };
}"""  # noqa: E501


def entry_of(reason: Reason, holder: dict[str, Any] | None) -> dict[str, Any]:
    """An entry as the feed would tell it."""
    return {
        "seq": 1, "kind": "decision", "reason": reason.value, "verdict": reason.verdict.value,
        "class": reason.cls.value, "sentence": reason.text.headline._asdict(),
        "next_step": reason.text.next_step._asdict(), "holder": holder, "companions": 2,
        "first_seen_at": "2026-11-22T11:05:22.000Z" if reason is Reason.ALREADY_IN else None,
        "actor": None, "reader": "lf1", "direction": "in", "pass_id": "p", "credential": "c",
    }  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["th", "en"])
def test_every_verdict_is_read_at_two_metres_and_nothing_is_cut(
    open_page: Open, lang: str, size: str
) -> None:
    """Every reason, with and without a holder whose name is long."""
    width, height = SIZES[size]
    page = open_page(
        f"/checkpoint/lf1?lang={lang}", "guard", viewport={"width": width, "height": height}
    )

    faults = []
    for reason in Reason:
        for holder in (None, HOLDER):
            seen = page.evaluate(SHOW, entry_of(reason, holder))
            letter_mm = seen["letter"] / PX_PER_MM
            if letter_mm < LETTER_MM or not seen["within"] or seen["overlap"]:
                faults.append((reason.value, holder is not None, round(letter_mm, 1), seen))

    assert faults == []


def test_a_wall_is_read_at_five_metres(site: Site, open_page: Open) -> None:
    """Numbers, names and places: 32 mm high on a screen 1.5 m wide, and none of them cut."""
    page = open_page("/events/reception/wall", viewport={"width": 1920, "height": 1080})
    site.tap("lf1", people.CROWD[40])
    expect(page.get_by_test_id("feed-item").first).to_contain_text("แขก140")

    heights = page.evaluate(
        """() => {
      const pen = document.createElement('canvas').getContext('2d');
      return [...document.querySelectorAll('.counter-value, .read-name')].map((node) => {
        const style = getComputedStyle(node);
        pen.font = `${style.fontWeight} ${style.fontSize} Sarabun`;
        return pen.measureText(node.matches('.counter-value') ? '8' : 'น').actualBoundingBoxAscent;
      });
    }"""
    )

    assert heights
    assert min(heights) * 1500 / 1920 >= 32
    for name in ("expected", "arrived", "inside", "refused"):
        expect(page.get_by_test_id(f"count-{name}")).to_be_in_viewport(ratio=1)


def test_on_a_phone_every_verdict_fits(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard", viewport={"width": 390, "height": 844})

    faults = [
        (reason.value, seen)
        for reason in Reason
        if (seen := page.evaluate(SHOW, entry_of(reason, {**HOLDER, "note": "", "name_latin": ""})))
        and (not seen["within"] or seen["overlap"])
    ]

    assert faults == []


@pytest.mark.parametrize("path", PATHS)
def test_everything_has_a_name_an_identity_and_room_for_a_finger(
    open_page: Open, path: str
) -> None:
    page = open_page(path, "protocol")

    faults = page.evaluate(
        """(touch) => {
      const faults = [];
      const seen = new Set();
      for (const node of document.querySelectorAll('[id]')) {
        if (seen.has(node.id)) faults.push(`twice: #${node.id}`);
        seen.add(node.id);
      }
      const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length;
      for (const node of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
        if (!visible(node) || node.classList.contains('skip')) continue;
        const label = node.labels?.length ? node.labels[0].textContent : '';
        const name = node.getAttribute('aria-label') || label || node.textContent;
        if (!name.trim()) faults.push(`no name: ${node.outerHTML.slice(0, 90)}`);
        const box = node.getBoundingClientRect();
        const inText = node.matches('a') && !node.matches('.button, .tile');
        if (!inText && box.height < touch) faults.push(`${Math.round(box.height)} px high: ${node.outerHTML.slice(0, 90)}`);
      }
      for (const picture of document.querySelectorAll('img:not([alt])')) faults.push(`no alt: ${picture.src}`);
      for (const svg of document.querySelectorAll('svg.icon:not([aria-hidden])')) faults.push(`icon read aloud: ${svg.outerHTML.slice(0, 60)}`);
      for (const node of document.querySelectorAll('[aria-labelledby], [aria-controls], [aria-describedby]'))
        for (const kind of ['aria-labelledby', 'aria-controls', 'aria-describedby'])
          for (const id of (node.getAttribute(kind) ?? '').split(' ').filter(Boolean))
            if (!document.getElementById(id)) faults.push(`${kind} of nothing: ${id}`);
      if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
      if (!document.documentElement.lang) faults.push('no language');
      if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways');
      return faults;
    }""",  # noqa: E501
        TOUCH_PX,
    )

    assert faults == []


@pytest.mark.parametrize("path", ["/checkpoint/lf1", "/events/reception/live"])
@pytest.mark.parametrize("width", [360, 390, 820])
def test_no_screen_scrolls_sideways(open_page: Open, path: str, width: int) -> None:
    page = open_page(path, "protocol", viewport={"width": width, "height": 844})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_focus_is_seen_and_walks_in_reading_order(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "protocol")
    walked = []
    for _ in range(6):
        page.keyboard.press("Tab")
        walked.append(
            page.evaluate(
                """() => { const node = document.activeElement; const style = getComputedStyle(node);
          return [node.className.includes('skip') ? 'skip' : node.id || node.dataset.testid || node.tagName.toLowerCase(),
                  style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; }"""  # noqa: E501
            )
        )

    names = [name for name, _ in walked]
    assert names[:4] == ["skip", "sound", "menu", "search"]
    assert all(seen for _, seen in walked), walked


def test_motion_stops_for_who_asks_for_it(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard", reduced_motion="reduce")

    page.evaluate(SHOW, entry_of(Reason.GRANTED, HOLDER))

    assert page.evaluate("document.getAnimations().length") == 0


def test_verdicts_are_told_apart_without_colours(open_page: Open) -> None:
    """With the system's own high-contrast colours the border differs, and icon and word stand."""
    page = open_page("/checkpoint/lf1", "guard", forced_colors="active")
    seen = set()

    for reason in (Reason.GRANTED, Reason.ALREADY_IN, Reason.REVOKED):
        page.evaluate(SHOW, entry_of(reason, HOLDER))
        seen.add(
            (
                page.locator("#verdict").evaluate("node => getComputedStyle(node).borderTopStyle"),
                page.locator("#verdict-icon use").get_attribute("href"),
            )
        )

    assert len({border for border, _ in seen}) == 3
    assert len({drawing for _, drawing in seen}) == 3


def test_a_verdict_is_read_aloud(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")

    region = page.locator("#say")

    expect(region).to_have_attribute("aria-live", "assertive")
    expect(page.get_by_test_id("stale")).to_have_attribute("role", "alert")

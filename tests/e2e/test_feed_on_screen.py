"""What a screen does when the feed breaks: it says so, and then has every entry, in order."""

from __future__ import annotations

from collections.abc import Callable

import people
import pytest
from harness import Site
from line import Line
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]
Whole = Callable[[Page, str], None]

OUTAGE_MS = 10_000

WATCH = """() => {
  const cover = document.querySelector('[data-testid=stale]');
  window.staleAt = null;
  window.wasGreen = false;
  new MutationObserver(() => {
    if (cover.hidden || window.staleAt !== null) return;
    window.staleAt = performance.now();
    window.wasGreen = document.querySelector('[data-class=green][data-testid=verdict]') !== null;
  }).observe(cover, { attributes: true });
}"""


def outage(page: Page) -> None:
    """Ten seconds by the page's own clock, from when it knew."""
    page.wait_for_function(
        f"() => window.staleAt !== null && performance.now() - window.staleAt > {OUTAGE_MS}",
        timeout=60_000,
    )


def test_a_line_cut_for_ten_seconds_is_stale_and_then_whole(
    site: Site, open_page: Open, line: Line, whole_feed: Whole
) -> None:
    """A pulled cable: nothing is closed, no side is told, entries pass meanwhile."""
    page = open_page("/checkpoint/lf1", "guard", base=line.url)
    site.tap("lf1", people.CROWD[10])
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "granted")
    page.evaluate(WATCH)

    line.stall()
    for credential in people.CROWD[11:16]:
        site.tap("lf1", credential)
    outage(page)
    stale = page.get_by_test_id("stale")
    expect(stale).to_be_visible()
    expect(stale).to_contain_text("หน้าจอนี้ไม่เป็นปัจจุบัน")
    assert page.evaluate("window.wasGreen") is False, "an old green stood beneath the cover"
    line.mend()

    expect(stale).to_be_hidden()
    whole_feed(page, "lf1")


def test_a_line_that_breaks_again_and_again_loses_nothing(
    site: Site, open_page: Open, line: Line, whole_feed: Whole
) -> None:
    page = open_page("/events/reception/live", "protocol", base=line.url)
    gate = open_page("/checkpoint/uhf1", "guard", base=line.url)

    for credential in people.CROWD[16:22]:
        line.break_()
        site.tap("uhf1", f"epc:{credential.removeprefix('em4100:')}000000")
        site.tap("lf1", credential)

    expect(page.get_by_test_id("stale")).to_be_hidden()
    expect(gate.get_by_test_id("stale")).to_be_hidden()
    whole_feed(gate, "uhf1")


def test_a_browser_that_was_offline_comes_back_by_itself(
    site: Site, open_page: Open, line: Line, whole_feed: Whole
) -> None:
    page = open_page("/checkpoint/lf1", "guard", base=line.url)
    line.stall()
    page.context.set_offline(True)
    expect(page.get_by_test_id("stale")).to_be_visible()
    site.tap("lf1", people.CROWD[22])

    page.context.set_offline(False)
    line.mend()

    expect(page.get_by_test_id("stale")).to_be_hidden()
    whole_feed(page, "lf1")


def test_a_killed_node_is_told_and_its_return_too(
    site: Site, open_page: Open, whole_feed: Whole
) -> None:
    gate = open_page("/checkpoint/lf1", "guard")
    live = open_page("/events/reception/live", "protocol")
    lane = live.locator('[data-testid=lane][data-gate="lf1"]')
    for page in (gate, live):
        page.evaluate(WATCH)
    site.pid("node")

    site.kill("node")

    for page in (gate, live):
        page.wait_for_function("() => window.staleAt !== null")
    site.wait_ready()
    for page in (gate, live):
        expect(page.get_by_test_id("stale")).to_be_hidden()
    expect(lane).to_have_attribute("data-state", "up")
    site.tap("lf1", people.CROWD[23])
    expect(gate.get_by_test_id("verdict")).to_have_attribute("data-verdict", "granted")
    whole_feed(gate, "lf1")


def test_a_killed_web_process_is_told_and_nothing_is_missing_after(
    site: Site, open_page: Open, whole_feed: Whole
) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    page.evaluate(WATCH)

    site.kill("web")
    for credential in people.CROWD[24:27]:
        site.tap("lf1", credential)

    page.wait_for_function("() => window.staleAt !== null")
    expect(page.get_by_test_id("stale")).to_be_hidden(timeout=30_000)
    whole_feed(page, "lf1")


def test_an_account_that_is_signed_out_elsewhere_is_told(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "leaver")
    page.evaluate("""async () => fetch('/logout', {method: 'POST', body: new URLSearchParams(
        {csrf_token: document.querySelector('meta[name=csrf-token]').content})})""")

    expect(page.get_by_test_id("stale")).to_have_attribute("data-cause", "signed_out")
    link = page.get_by_role("link", name="เข้าสู่ระบบอีกครั้ง")
    expect(link).to_have_attribute("href", "/login?next=%2Fcheckpoint%2Flf1")

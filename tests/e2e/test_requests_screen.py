"""From a press request on a phone to a pass that two officers approved, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from harness import Site
from outside import press, vehicle
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.needs_browser

Open = Callable[..., Page]


def test_a_press_request_becomes_a_pass_of_two_officers(phone: Page, open_page: Open) -> None:
    """Asked on a phone without script, checked by one, approved by another, with both named."""
    reference = press(phone)
    secret = phone.get_by_test_id("secret").inner_text()

    one = open_page("/requests", "issuer")
    one.get_by_role("link", name=reference).click()
    expect(one.get_by_test_id("file-letter")).to_be_visible()
    one.get_by_test_id("check").click()
    expect(one.get_by_test_id("state")).to_have_attribute("data-state", "checked")
    expect(one.get_by_test_id("other-officer")).to_be_visible()
    expect(one.get_by_test_id("approve")).to_have_count(0)
    two = open_page(f"/requests/{reference}", "admin")
    two.get_by_test_id("approve").click()
    expect(two.get_by_test_id("state")).to_have_attribute("data-state", "approved")
    expect(two.get_by_test_id("pass")).to_have_attribute("data-pass-state", "approved")
    expect(two.get_by_test_id("pass")).to_contain_text(re.compile(r"PR-?\d"))

    phone.goto("/apply/status")
    phone.locator("#reference").fill(reference)
    phone.locator("#secret").fill(secret)
    phone.get_by_test_id("look").click()
    expect(phone.get_by_test_id("state")).to_have_attribute("data-state", "approved")


def test_a_vehicle_request_becomes_a_permit(phone: Page, open_page: Open) -> None:
    """The plate is written as plates are; the median of the queue knows of it."""
    reference = vehicle(phone)

    one = open_page(f"/requests/{reference}", "issuer")
    expect(one.get_by_test_id("member")).to_contain_text("9กข 1234 กรุงเทพมหานคร")
    one.get_by_test_id("check").click()
    two = open_page(f"/requests/{reference}", "admin")
    two.get_by_test_id("approve").click()
    expect(two.get_by_test_id("pass")).to_have_attribute("data-pass-state", "approved")
    two.goto("/requests?state=approved")
    expect(two.get_by_test_id("queue")).to_contain_text(reference)
    expect(two.get_by_test_id("turnaround")).to_be_visible()
    expect(two.locator("#turnaround canvas")).to_be_visible()


@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1440, 900)])
@pytest.mark.parametrize("path", ["/apply", "/apply/press", "/apply/broadcast", "/apply/status"])
def test_public_pages_fit_every_width(
    site: Site, browser: Browser, path: str, size: tuple[int, int]
) -> None:
    """Nothing is wider than the screen, and every target can be hit."""
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{site.port}",
        viewport={"width": size[0], "height": size[1]},
    )
    page = context.new_page()
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    heights = page.locator(".button:visible, .tile:visible").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 59.5
    context.close()

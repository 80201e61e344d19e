"""One's own account in a real browser, on a phone and a desktop: found in the menu, used, left.

With GATEKEEPER_PICTURES=1 the picture of docs/pictures is taken on the way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from harness import Site
from people import PASSWORD
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


@pytest.mark.parametrize("size", SIZES)
def test_a_person_looks_after_their_own_account(site: Site, open_page: Open, size: str) -> None:
    """A wrong password is told at its field; a device is set up; nothing is cut off."""
    page = open_page("/", f"{size}.owner")
    page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    page.get_by_test_id("menu").click()
    page.get_by_test_id("my-account").click()
    expect(page.get_by_test_id("change-password")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    if os.environ.get("GATEKEEPER_PICTURES") == "1" and size == "desktop":
        page.screenshot(path=str(PICTURES / "own-account.png"))
    if folder := os.environ.get("GATEKEEPER_LOOK"):
        page.screenshot(path=f"{folder}/account-{size}.png", full_page=True)

    page.locator("#old").fill("no such password")
    page.locator("#new").fill("quite another pass word")
    page.locator("#again").fill("quite another pass word")
    page.get_by_test_id("change-password").click()
    summary = page.get_by_test_id("error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.locator("#old")).to_be_focused()
    if folder := os.environ.get("GATEKEEPER_LOOK"):
        page.screenshot(path=f"{folder}/account-error-{size}.png", full_page=True)

    page.get_by_test_id("codes").click()
    page.locator("#password").fill(PASSWORD)
    if folder := os.environ.get("GATEKEEPER_LOOK"):
        page.screenshot(path=f"{folder}/codes-{size}.png", full_page=True)
    page.get_by_test_id("new-device").click()
    secret = re.sub(r"\s", "", page.get_by_test_id("secret").inner_text())
    expect(page.get_by_test_id("qr")).to_have_js_property("complete", True)
    assert page.get_by_test_id("qr").evaluate("picture => picture.naturalWidth") > 0
    if folder := os.environ.get("GATEKEEPER_LOOK"):
        page.screenshot(path=f"{folder}/device-{size}.png", full_page=True)
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("recovery").get_by_role("listitem")).to_have_count(10)
    if folder := os.environ.get("GATEKEEPER_LOOK"):
        page.screenshot(path=f"{folder}/recovery-{size}.png", full_page=True)
    page.get_by_test_id("go-on").click()
    page.get_by_test_id("codes").click()
    expect(page.locator("#code")).to_be_visible()

"""From a press request on a phone to a pass that two officers approved, in a real browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from harness import Site
from PIL import Image
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.needs_browser

Open = Callable[..., Page]


def picture() -> dict[str, object]:
    """A plain portrait."""
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "grey").save(out, "JPEG")
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture
def phone(site: Site, browser: Browser) -> Page:
    """Somebody outside, without an account and without script."""
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{site.port}",
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
    )
    return context.new_page()


def begin(page: Page, form: str) -> None:
    """Past the notice."""
    page.goto("/apply")
    page.get_by_test_id(f"apply-{form}").click()
    page.get_by_test_id("consent").check()
    page.get_by_test_id("begin").click()


def step(page: Page, **texts: str) -> None:
    """Fill in one step and go on."""
    for name, text in texts.items():
        page.locator(f"#{name}").fill(text)
    page.get_by_test_id("continue").click()


def sent(page: Page) -> str:
    """Send the request; its reference."""
    expect(page.get_by_role("heading", level=1)).to_have_text("ตรวจทานคำขอ")
    page.get_by_test_id("send").click()
    return page.get_by_test_id("reference").inner_text()


def press(page: Page) -> str:
    """A whole press request; its reference."""
    begin(page, "press")
    page.locator("#organisation").fill("หนังสือพิมพ์ทดลอง")
    page.get_by_test_id("continue").click()
    expect(page.get_by_test_id("error-summary")).to_contain_text("ประเภทสื่อ")
    expect(page.locator("#organisation")).to_have_value("หนังสือพิมพ์ทดลอง")
    page.locator("input[value=newspaper]").check()
    step(page)
    step(page, title="นาย", first_name="เบราว์เซอร์", last_name="ข่าวดี", position="ผู้สื่อข่าว")
    page.locator("input[value=passport]").check()
    step(page, document_number="CC7654321")
    page.locator("#photo").set_input_files(picture())  # type: ignore[arg-type]
    step(page)
    step(page, purpose="ทำข่าว", valid_from="1/2/2600", valid_until="28/2/2600")
    step(page, contact_name="สมศรี", contact_email="press@example.com", contact_phone="021234567")
    for name in ("letter", "identity"):
        page.locator(f"#{name}").set_input_files(picture())  # type: ignore[arg-type]
    step(page)
    return sent(page)


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
    begin(phone, "vehicle")
    step(phone, plate="๙กข-๑๒๓๔", province="กทม.", make="โตโยต้า", colour="ขาว")
    step(phone, owner="ตัวอย่าง ขับดี", purpose="มาปฏิบัติงาน")
    step(phone, contact_name="ตัวอย่าง", contact_email="car@example.com", contact_phone="0812345678")
    phone.locator("#registration").set_input_files(picture())  # type: ignore[arg-type]
    step(phone)
    reference = sent(phone)

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

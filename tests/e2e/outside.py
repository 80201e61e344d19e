"""Somebody outside who fills in a public form, without an account and without script."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Page, expect

from gatekeeper.office.sample_portraits import sample_letter, sample_portrait


def portrait() -> FilePayload:
    """A photo of somebody who does not exist."""
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": sample_portrait(7)}


def paper() -> FilePayload:
    """A photographed document."""
    return {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": sample_letter()}


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


def press(page: Page, first_day: str = "1/2/2600", last_day: str = "28/2/2600") -> str:
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
    page.locator("#photo").set_input_files(portrait())
    step(page)
    step(page, purpose="ทำข่าว", valid_from=first_day, valid_until=last_day)
    step(page, contact_name="สมศรี", contact_email="press@example.com", contact_phone="021234567")
    for name in ("letter", "identity"):
        page.locator(f"#{name}").set_input_files(paper())
    step(page)
    return sent(page)


def vehicle(page: Page) -> str:
    """A whole request for a car; its reference."""
    begin(page, "vehicle")
    step(page, plate="๙กข-๑๒๓๔", province="กทม.", make="โตโยต้า", colour="ขาว")
    step(page, owner="ตัวอย่าง ขับดี", purpose="มาปฏิบัติงาน")
    step(page, contact_name="ตัวอย่าง", contact_email="car@example.com", contact_phone="0812345678")
    page.locator("#registration").set_input_files(paper())
    step(page)
    return sent(page)

"""People and vehicles in a browser: entered as people type, refused at the field, found, merged."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]


def enter(page: Page, **typed: str) -> None:
    """Fill the form of a person and send it, by keyboard alone after the first field."""
    page.goto("/people/new")
    for field, text in typed.items():
        page.locator(f"#{field}").fill(text)
    page.get_by_test_id("save").click()


def test_a_person_is_entered_refused_mended_found_and_merged(open_page: Open) -> None:
    """The officer's whole way: a slip in the number, the summary, the record, its twin."""
    page = open_page("/people", "issuer")
    page.get_by_test_id("new").click()
    page.locator("#first_name").fill("นางสาวกัลยาณี ศรีประเสริฐ")
    page.locator("#name_latin").fill("Kanlayanee Sriprasert")
    page.locator("#employment").select_option("official")
    page.locator("#organisation").fill("กองตัวอย่าง")
    page.locator("#document_kind").select_option("national_id")
    page.locator("#document_number").fill("1-1037-02071-81-2")
    page.get_by_test_id("save").click()

    summary = page.get_by_test_id("error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("เลขตรวจสอบไม่ตรง")
    summary.get_by_role("link").click()
    expect(page.locator("#document_number")).to_be_focused()
    expect(page.locator("#first_name")).to_have_value("นางสาวกัลยาณี ศรีประเสริฐ")

    page.locator("#document_number").fill("๑-๑๐๓๗-๐๒๐๗๑-๘๑-๑")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("done")).to_contain_text("เพิ่มในทะเบียนแล้ว")
    expect(page.get_by_test_id("holder-name")).to_contain_text("นางสาวกัลยาณี ศรีประเสริฐ")
    expect(page.get_by_test_id("document")).to_contain_text("…1811")

    page.goto("/people")
    page.get_by_test_id("search").fill("ประเสริฐ kanlaya")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("people").locator("tbody tr")).to_have_count(1)

    enter(page, first_name="กัลยาณี ศรีประเสริฐ", organisation="กองตัวอย่าง", phone="08 1234 5678")
    page.get_by_test_id("alike").get_by_role("link", name=re.compile("กัลยาณี")).click()
    page.get_by_role("link", name="สลับรายการที่คงอยู่").click()
    expect(page.get_by_test_id("take-phone")).to_be_checked()
    page.get_by_test_id("merge").click()
    expect(page.get_by_test_id("done")).to_contain_text("รวมทั้งสองรายการ")
    expect(page.locator("main")).to_contain_text("08 1234 5678")
    expect(page.get_by_test_id("history")).to_contain_text("รวมกับรายการอื่นแล้ว")
    expect(page.get_by_test_id("alike")).to_have_count(0)


def test_a_vehicle_is_entered_with_thai_digits_and_an_abbreviated_province(open_page: Open) -> None:
    """One spelling on the record; found by its number alone."""
    page = open_page("/vehicles/new", "issuer")
    page.locator("#plate").fill("๙กข-๕๖๗๘ กทม.")
    page.locator("label.choice", has_text="รถราชการ").click()
    page.get_by_test_id("save").click()

    expect(page.get_by_test_id("holder-name")).to_contain_text("9กข 5678")
    expect(page.get_by_test_id("holder-name")).to_contain_text("กรุงเทพมหานคร")
    page.goto("/vehicles?q=5678")
    expect(page.get_by_test_id("vehicles").locator("tbody tr")).to_have_count(1)


def test_the_forms_work_without_script(open_page: Open) -> None:
    """A form is a form; the script only adds."""
    page = open_page("/people/new", "issuer", java_script_enabled=False)
    page.locator("#first_name").fill("นายไม่มี สคริปต์")
    page.get_by_test_id("save").click()

    expect(page.get_by_test_id("holder-name")).to_contain_text("นายไม่มี สคริปต์")


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize("path", ["/people", "/people/new", "/vehicles", "/vehicles/new"])
def test_no_page_is_wider_than_its_screen(open_page: Open, path: str, width: int) -> None:
    """Only tables scroll sideways, within themselves."""
    page = open_page(path, "issuer", viewport={"width": width, "height": 900})

    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert wide <= 0

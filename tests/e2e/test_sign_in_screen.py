"""Signing in, roles, language: who may see what, and in which language."""

from __future__ import annotations

import re
from collections.abc import Callable

import people
import pytest
from harness import Site
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]


@pytest.fixture
def stranger(site: Site, browser: Browser) -> Page:
    """A page of somebody who is not signed in."""
    page = browser.new_page(base_url=f"http://127.0.0.1:{site.port}")
    yield page
    page.context.close()


def test_a_stranger_is_led_to_the_form_and_back(stranger: Page) -> None:
    stranger.goto("/checkpoint/lf1")
    expect(stranger).to_have_url(re.compile(r"/login\?next="))

    stranger.locator("#username").fill("guard")
    stranger.locator("#password").fill(people.PASSWORD)
    stranger.keyboard.press("Enter")

    expect(stranger).to_have_url(re.compile(r"/checkpoint/lf1$"))
    expect(stranger.locator("h1")).to_have_text("lf1")


def test_a_wrong_password_is_told_on_top_and_nothing_typed_is_lost(stranger: Page) -> None:
    stranger.goto("/login")
    stranger.locator("#username").fill("guard")
    stranger.locator("#password").fill("wrong")
    stranger.get_by_test_id("sign-in").click()

    summary = stranger.get_by_test_id("error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("ชื่อผู้ใช้หรือรหัสผ่านไม่ถูกต้อง")
    expect(stranger.locator("#username")).to_have_value("guard")
    expect(stranger.locator("#password")).to_have_value("")
    summary.get_by_role("link").click()
    expect(stranger.locator("#username")).to_be_focused()


def test_the_language_is_chosen_before_signing_in(stranger: Page) -> None:
    stranger.goto("/login")
    expect(stranger.locator("html")).to_have_attribute("lang", "th")
    expect(stranger.locator("h1")).to_have_text("เข้าสู่ระบบ")

    stranger.get_by_test_id("language").click()

    expect(stranger.locator("html")).to_have_attribute("lang", "en")
    expect(stranger.locator("h1")).to_have_text("Sign in")


def test_no_demo_buttons_where_it_is_no_demo(stranger: Page) -> None:
    stranger.goto("/login")

    expect(stranger.get_by_test_id("sign-in")).to_be_visible()
    expect(stranger.locator("[data-testid^=demo-]")).to_have_count(0)


@pytest.mark.parametrize(
    ("role", "path"),
    [("guard", "/events/reception/live"), ("guard", "/events/reception/wall"),
     ("desk", "/events/reception/live")],
)  # fmt: skip
def test_a_role_sees_only_its_screens(open_page: Open, role: str, path: str) -> None:
    """The complaint: a guest list behind a link that anybody may open (Hi.Events #936)."""
    page = open_page("/", role)
    expect(page.get_by_role("link", name=re.compile("lf1"))).to_be_visible()
    expect(page.locator(f'a[href="{path}"]')).to_have_count(0)

    page.goto(path)

    error = page.get_by_test_id("error")
    expect(error).to_have_attribute("data-status", "403")
    error.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"//[^/]+/$"))


def test_the_desk_checks_in_but_does_not_override(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "desk")

    expect(page.get_by_test_id("search")).to_be_visible()
    expect(page.get_by_test_id("override")).to_have_count(0)
    expect(page.get_by_test_id("gate-state")).to_have_count(0)


def test_the_language_switch_turns_the_verdict_too(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "admin")
    page.get_by_test_id("menu").click()
    page.get_by_test_id("language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("stale")).to_be_hidden()

    site.tap("lf1", people.LANGUAGE)

    expect(page.locator("#headline")).to_have_text("Welcome, please enter")
    expect(page.get_by_test_id("next-step")).to_have_text("Let the holder pass")
    page.get_by_test_id("menu").click()
    page.get_by_test_id("language").click()
    expect(page.locator("html")).to_have_attribute("lang", "th")


def test_dates_are_of_the_buddhist_era_and_times_of_24_hours(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard", timezone_id="America/New_York")

    expect(page.locator("[data-date]")).to_have_text(re.compile(r"^\d{1,2} \S+\.\S+\. 25\d\d$"))
    bangkok = page.evaluate(
        "new Date().toLocaleTimeString('en-GB', {timeZone: 'Asia/Bangkok', hour: '2-digit'})"
    )
    expect(page.locator(".clock [data-clock]")).to_have_text(re.compile(rf"^{bangkok}:\d\d:\d\d$"))


def test_a_page_that_does_not_exist(open_page: Open) -> None:
    page = open_page("/checkpoint/nowhere", "guard")

    expect(page.get_by_test_id("error")).to_have_attribute("data-status", "404")


def test_signing_out_ends_it(open_page: Open, browser: Browser, site: Site) -> None:
    page = open_page("/checkpoint/lf1", "goer")
    page.get_by_test_id("menu").click()
    page.get_by_test_id("sign-out").click()
    expect(page).to_have_url(re.compile("/login"))

    page.goto("/checkpoint/lf1")

    expect(page).to_have_url(re.compile("/login"))

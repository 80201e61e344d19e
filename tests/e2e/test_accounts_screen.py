"""Accounts in a browser: the first sign-in with a device, a second person, an account that ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from harness import Site
from playwright.sync_api import Browser, Page, expect

from gatekeeper.db.users import Role, add_user

pytestmark = pytest.mark.needs_browser
PASSWORD = "a long trial pass word"
GONE_MS = 2_000
"""A page is told within a second; the browser and a busy machine may take another."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A site where codes are asked for, with two administrators, a guard and an auditor."""
    with Site(tmp_path_factory.mktemp("guarded"), {"lf1": "rdm6300"}) as made:
        made.totp = True
        made.write_settings()
        database = made.database
        with database.session() as session:
            for name, role in (
                ("anan", Role.ADMIN),
                ("busaba", Role.ADMIN),
                ("chai", Role.GUARD),
                ("dara", Role.AUDITOR),
            ):
                add_user(session, name, PASSWORD, role)
        database.close()
        made.simulate()
        made.serve().wait_line("listening on")
        yield made


@pytest.fixture
def fresh(guarded: Site, browser: Browser) -> Iterator[list[Page]]:
    """Pages of people, each in a browser of their own: anan, busaba, chai."""
    contexts = [browser.new_context(base_url=f"http://127.0.0.1:{guarded.port}") for _ in range(3)]
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def password(page: Page, name: str) -> None:
    """The first step."""
    page.goto("/login?next=/admin")
    page.locator("#username").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.get_by_test_id("sign-in").click()


def enrol(page: Page, name: str) -> pyotp.TOTP:
    """The whole first sign-in of an administrator; what is in their app afterwards."""
    password(page, name)
    expect(page.get_by_test_id("qr")).to_be_visible()
    drawn = page.get_by_test_id("qr").evaluate("image => image.naturalWidth")
    assert drawn > 100, "the QR code is drawn"
    app = pyotp.TOTP(page.get_by_test_id("secret").inner_text().replace(" ", ""))
    page.locator("#code").fill("000000")
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("error-summary")).to_be_visible()
    page.locator("#code").fill(app.now())
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("recovery").locator("li")).to_have_count(10)
    page.get_by_test_id("go-on").click()
    expect(page.get_by_test_id("tile-users")).to_be_visible()
    return app


def test_two_administrators_and_a_guard_from_first_sign_in_to_last(
    guarded: Site, fresh: list[Page], tmp_path: Path
) -> None:
    """Codes set up, a role changed by two, an account disabled: its open screen ends at once."""
    anan, busaba, chai = fresh
    enrol(anan, "anan")
    enrol(busaba, "busaba")
    password(chai, "chai")
    chai.goto("/checkpoint/lf1")
    expect(chai.get_by_test_id("stale")).to_be_hidden()

    anan.goto("/admin/users/dara")
    anan.locator("input[name=role][value=protocol]").check(force=True)
    anan.locator("#reason").fill("ย้ายไปกองพิธีการ")
    anan.get_by_test_id("change-role").click()
    expect(anan.get_by_role("status")).to_be_visible()
    busaba.goto("/admin")
    expect(busaba.get_by_test_id("waiting")).to_have_text("1")
    busaba.get_by_test_id("tile-approvals").click()
    expect(busaba.get_by_test_id("approval")).to_contain_text("dara")
    busaba.get_by_test_id("approve").click()
    expect(busaba.get_by_test_id("approval")).to_have_attribute("data-state", "used")

    anan.goto("/admin/users/chai")
    began = time.monotonic()
    anan.get_by_test_id("disable").click()
    expect(chai.locator("[data-testid=stale]")).to_have_attribute(
        "data-cause", "signed_out", timeout=GONE_MS
    )
    assert time.monotonic() - began < GONE_MS / 1000
    chai.goto("/checkpoint/lf1")
    expect(chai).to_have_url(f"http://127.0.0.1:{guarded.port}/login?next=/checkpoint/lf1")

    anan.goto("/admin/audit?action=user.disable")
    act = anan.locator(".act").first
    expect(act).to_contain_text("anan")
    expect(act).to_contain_text("user:chai")
    while "มีหลักฐาน" not in act.inner_text():
        anan.reload()
    assert guarded.journal.acts()[-1].state is not None


def test_the_next_sign_in_asks_for_a_code(guarded: Site, browser: Browser) -> None:
    """Nothing opens between password and code; a used code is refused in words."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{guarded.port}")
    page = context.new_page()
    password(page, "anan")
    expect(page.locator("#code")).to_be_focused()
    page.goto("/admin")
    expect(page.locator("#username")).to_be_visible()
    password(page, "anan")
    page.locator("#code").fill("123456")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("error-summary")).to_contain_text("รหัสไม่ถูกต้อง")
    context.close()

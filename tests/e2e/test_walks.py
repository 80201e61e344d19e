"""Two passes from the first page of the public form to the gate, each in one go.

Somebody outside asks; two officers look; the badge is printed, its tag bound at the desk's reader,
handed over; the gate admits. Every step is found by the links of the page before. The
pictures of docs/ are taken on the way (pass_house.picture).
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from harness import until
from keyboard import Keyboard
from outside import press, vehicle
from pass_house import DESK, GATE, LANE, ZONE, PassSite, card, decided, picture, state_is
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from gatekeeper.model import Presentation, Reason

pytestmark = pytest.mark.needs_browser

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
SCAN_MS = 400
"""Since anybody last typed, before the scanner does."""
EPC = "epc:300833B2DDD9014000000901"


@pytest.fixture
def outsider(house: PassSite, browser: Browser) -> Iterator[Page]:
    """A phone outside, without an account and without script."""
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{house.port}", viewport=PHONE, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def day(after: int) -> str:
    """A date of the Buddhist era, so many days from today."""
    then = datetime.fromtimestamp(time.time(), ZONE) + timedelta(days=after)
    return f"{then.day}/{then.month}/{then.year + 543}"


def approved(sit_down: Open, reference: str) -> tuple[Page, Page]:
    """Checked by one officer and approved by another; both pages, the second at the request."""
    one = sit_down("somsri", "/requests")
    one.get_by_role("link", name=reference).click()
    one.get_by_test_id("check").click()
    expect(one.get_by_test_id("state")).to_have_attribute("data-state", "checked")
    expect(one.get_by_test_id("approve")).to_have_count(0)
    two = sit_down("niran", f"/requests/{reference}")
    two.get_by_test_id("approve").click()
    expect(two.get_by_test_id("state")).to_have_attribute("data-state", "approved")
    return one, two


def printed(page: Page, name: str) -> bytes:
    """From the page of a pass: looked at, printed, taken; back on the page of the pass."""
    page.get_by_test_id("to-print").click()
    for face in ("front", "back"):
        shown = page.get_by_test_id(f"face-{face}")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    picture(page, f"{name}-print")
    page.get_by_test_id("print").click()
    expect(page.get_by_test_id("order")).to_have_attribute("data-stage", "done")
    with page.expect_download() as taking:
        page.get_by_test_id("document").click()
    document = taking.value.path().read_bytes()
    page.get_by_test_id("to-pass").click()
    expect(page.get_by_test_id("beside")).not_to_contain_text("ยังไม่เคยพิมพ์")
    return document


def test_a_press_request_becomes_a_badge_in_somebody_s_hand(
    house: PassSite, outsider: Page, sit_down: Open
) -> None:
    """Form, two officers, print, tap, letter, handing over, gate; the applicant reads it all."""
    tag = card(900)
    reference = press(outsider, day(0), day(7))
    secret = outsider.get_by_test_id("secret").inner_text()
    picture(outsider, "walk-press-sent")

    issuer, _ = approved(sit_down, reference)
    issuer.reload()
    issuer.get_by_test_id("pass").get_by_role("link").click()
    state_is(issuer, "approved")
    document = PdfReader(io.BytesIO(printed(issuer, "walk-press")))
    state_is(issuer, "approved")  # a print is no step of the pass
    assert len(document.pages) >= 1
    assert decided(house, tag) is Reason.UNKNOWN_CREDENTIAL
    issuer.get_by_test_id("act-make").click()
    issuer.get_by_test_id("tap-now").click()
    expect(issuer.get_by_test_id("tag-said")).not_to_be_empty()
    house.command("tap", DESK, tag)
    expect(issuer.get_by_test_id("credential")).to_have_value(tag)
    issuer.get_by_test_id("bind").click()
    expect(issuer.get_by_test_id("bound-tag")).to_contain_text(tag)
    assert decided(house, tag) is Reason.NOT_YET_VALID  # bound, and not handed over

    issuer.get_by_test_id("to-ready").click()
    issuer.locator("#text").fill("ห้อง 101 ชั้น 1 ในเวลาราชการ")
    issuer.get_by_test_id("ready").click()
    expect(issuer.get_by_test_id("notes")).to_contain_text("ห้อง 101")
    outsider.goto("/apply/status")
    outsider.locator("#reference").fill(reference)
    outsider.locator("#secret").fill(secret)
    outsider.get_by_test_id("look").click()
    expect(outsider.get_by_test_id("state")).to_have_attribute("data-state", "approved")
    expect(outsider.locator("main")).to_contain_text("ห้อง 101")
    expect(outsider.locator("main")).to_contain_text("จัดทำแล้ว")
    picture(outsider, "walk-press-ready")

    issuer.get_by_test_id("pass").get_by_role("link").click()
    picture(issuer, "walk-press-made")
    issuer.get_by_test_id("act-hand_over-activate").click()
    state_is(issuer, "active")
    guard = sit_down("wichai", f"/checkpoint/{GATE}")
    until("the gate knows", lambda: decided(house, tag) is Reason.GRANTED)
    expect(guard.get_by_test_id("verdict")).to_have_attribute("data-reason", "granted")
    expect(guard.get_by_test_id("verdict")).to_contain_text("เบราว์เซอร์ ข่าวดี")
    picture(guard, "walk-press-gate")

    number = issuer.get_by_role("heading", level=1).inner_text()
    before = list(house.journal.replay())[-1].seq
    Keyboard(guard).type(number, after_ms=SCAN_MS)
    found = guard.get_by_test_id("found-pass")
    expect(found).to_contain_text("เบราว์เซอร์ ข่าวดี")
    expect(found).to_contain_text(number)
    expect(found).to_have_attribute("data-reason", "already_in")
    assert list(house.journal.replay())[-1].seq == before  # looked up, decided nothing
    picture(guard, "walk-press-code")

    guard.keyboard.press("Escape")
    expect(found).to_be_hidden()
    now = time.monotonic_ns()
    house.link.read(
        Presentation(
            gate=GATE, reader="scanner", credential=f"qr:{number}", first_seen_ns=now, seen_ns=now
        )
    )
    expect(guard.get_by_test_id("verdict")).to_have_attribute("data-reason", "unknown_credential")
    expect(found).to_contain_text("เบราว์เซอร์ ข่าวดี")  # refused, and whose it is beside it


def test_a_vehicle_pass_opens_the_lane_until_it_is_revoked(
    house: PassSite, outsider: Page, sit_down: Open
) -> None:
    """Form, two officers, permit, the EPC of the windscreen tag, handing over, lane; revoked."""
    reference = vehicle(outsider)

    issuer, admin = approved(sit_down, reference)
    issuer.reload()
    issuer.get_by_test_id("pass").get_by_role("link").click()
    document = PdfReader(io.BytesIO(printed(issuer, "walk-vehicle")))
    width, height = (float(side) / 72 * 25.4 for side in document.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (297, 210)
    assert "1234" in document.pages[0].extract_text()
    issuer.get_by_test_id("act-make").click()
    issuer.get_by_test_id("credential").fill(EPC)
    issuer.get_by_test_id("bind").click()
    expect(issuer.get_by_test_id("bound-tag")).to_contain_text(EPC)
    issuer.get_by_test_id("act-hand_over-activate").click()
    state_is(issuer, "active")
    guard = sit_down("wichai", f"/checkpoint/{LANE}")
    until("the lane knows", lambda: decided(house, EPC, LANE) is Reason.GRANTED)
    expect(guard.get_by_test_id("verdict")).to_have_attribute("data-reason", "granted")
    expect(guard.get_by_test_id("verdict")).to_contain_text(re.compile("9กข 1234"))
    expect(guard.get_by_test_id("verdict")).to_contain_text("โตโยต้า · ขาว")
    picture(guard, "walk-vehicle-lane")

    admin.get_by_test_id("pass").get_by_role("link").click()
    admin.get_by_test_id("open-revoke").click()
    admin.get_by_test_id("reason-revoke").fill("พ้นความจำเป็น")
    admin.get_by_test_id("act-revoke").click()
    state_is(admin, "revoked")

    assert decided(house, EPC, LANE) is Reason.REVOKED
    expect(guard.get_by_test_id("verdict")).to_have_attribute("data-reason", "revoked")
    picture(guard, "walk-vehicle-revoked")

"""The visitor desk before a real browser: by keyboard and scanner alone, from document to document.

With GATEKEEPER_PICTURES=1 the pictures of docs/pictures are taken on the way.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Site, until
from keyboard import Keyboard
from people import VISITOR_CARDS
from playwright.sync_api import Page, expect

from gatekeeper.model import Reason

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LIMIT_ACTIONS = 6
REACH_MS = 400
"""Between the last key and the card at the reader; a hand needs more."""
THAI = dict(zip("1234567890", "ๅ/-ภถุึคตจ", strict=True))


def tag(number: int) -> str:
    return VISITOR_CARDS[number - 1]


def picture(page: Page, name: str) -> None:
    if os.environ.get("GATEKEEPER_PICTURES") == "1":
        page.screenshot(path=str(PICTURES / f"{name}.png"))


def decided(site: Site, number: int, reason: Reason, reader: str = "lf1") -> None:
    """The card's next decision at a gate is `reason`, or soon will be."""
    until(f"{reason} at {reader}", lambda: site.tap(reader, tag(number)).reason == reason, 20)


class Clerk:
    """Somebody at the desk; an action is a field filled in, a key, or a card held to the reader."""

    def __init__(self, page: Page, layout: dict[str, str] | None = None) -> None:
        self.page, self.actions = page, 0
        self._scanner = Keyboard(page, layout)

    def fill(self, text: str, tabs: int = 1) -> None:
        """Type into the field that has the focus, and go on."""
        self.actions += 1
        self.page.keyboard.insert_text(text)
        for _ in range(tabs):
            self.page.keyboard.press("Tab")

    def press(self, key: str) -> None:
        """One key."""
        self.actions += 1
        self.page.keyboard.press(key)

    def tap(self, number: int) -> None:
        """Hold a card to the reader that types."""
        self.actions += 1
        expect(self.page.get_by_test_id("exchange")).to_have_attribute("data-ready", "yes")
        self._scanner.type(tag(number).removeprefix("em4100:"), after_ms=REACH_MS)


def test_an_exchange_takes_six_actions_and_opens_the_gate_until_the_return(
    site: Site, open_page: Open, record_property: Callable[[str, object], None]
) -> None:
    """Number, name, purpose, whom, card: granted at the gate; the card back: refused at once."""
    page = open_page("/desk/visitors", "desk")
    clerk, begun = Clerk(page), time.monotonic()

    clerk.fill("1101700203441")
    clerk.fill("นายสมชาย ใจดี", tabs=2)
    clerk.press("Digit2")
    clerk.fill("กองกลาง", tabs=0)
    clerk.tap(1)
    expect(page.get_by_test_id("result")).to_have_attribute("data-was", "opened")

    took = time.monotonic() - begun
    record_property("exchange_s", round(took, 2))
    print(f"exchange: {clerk.actions} actions, {took:.2f} s of the machine")
    assert clerk.actions <= LIMIT_ACTIONS
    slot = page.get_by_test_id("result-slot").inner_text()
    picture(page, "visitor-exchange")
    guard = open_page("/checkpoint/lf1", "guard")
    decided(site, 1, Reason.GRANTED)
    expect(guard.get_by_test_id("visits")).to_have_text("มาพบ: กองกลาง")
    picture(guard, "visitor-at-gate")
    expect(page.get_by_test_id("visit-line").filter(has_text="สมชาย")).to_contain_text("อยู่ข้างใน")
    decided(site, 1, Reason.GRANTED_EXIT, "lf2")

    clerk.tap(1)

    expect(page.get_by_test_id("result")).to_have_attribute("data-was", "returned")
    assert page.get_by_test_id("result-slot").inner_text() == slot
    picture(page, "visitor-return")
    entry = site.tap("lf1", tag(1))
    assert entry.reason == Reason.RETURNED


def test_a_card_at_the_desk_s_own_reader_is_lent_and_taken_back(
    site: Site, open_page: Open
) -> None:
    """A simulated reader's bytes, the node, the live feed, this page alone; no gate decides."""
    page = open_page("/desk/visitors", "desk")
    page.locator("#document_number").fill("1100500987651")
    page.locator("#first_name").fill("นายแตะ บัตรดี")
    page.locator('input[name="purpose"][value="meeting"]').check(force=True)
    page.locator("#host_unit").fill("กองกลาง")
    for was in ("opened", "returned"):
        expect(page.get_by_test_id("reader-state")).to_have_attribute("data-told", "opened")

        site.command("tap", "desk1", tag(10))

        expect(page.get_by_test_id("result")).to_have_attribute("data-was", was)
        expect(page.get_by_test_id("result")).to_contain_text("นายแตะ")
    assert not [e for e in site.journal.replay() if e.credential == tag(10)]


def test_a_scanner_under_a_thai_layout_lends_and_takes_back(site: Site, open_page: Open) -> None:
    """Keys are taken by their place, also while a field has the focus."""
    page = open_page("/desk/visitors", "desk")
    clerk = Clerk(page, THAI)
    page.locator('input[name="document_kind"][value="passport"]').check(force=True)
    page.locator("#document_number").fill("AB1234567")
    page.locator("#first_name").fill("Ms. Ann Lee")
    page.locator('input[name="purpose"][value="press"]').check(force=True)
    page.locator("#host_name").fill("โฆษก")

    clerk.tap(2)

    expect(page.get_by_test_id("result")).to_have_attribute("data-was", "opened")
    page.locator("#first_name").fill("ผู้")
    clerk.tap(2)
    expect(page.get_by_test_id("result")).to_have_attribute("data-was", "returned")


def test_a_card_tapped_too_early_waits_for_what_is_missing(open_page: Open) -> None:
    """Nothing is sent; the first empty field has the focus, and Enter lends the card."""
    page = open_page("/desk/visitors", "desk")
    page.locator("#document_number").fill("3100600445635")

    Clerk(page).tap(3)

    expect(page.locator("#first_name")).to_be_focused()
    expect(page.get_by_test_id("card")).to_have_value("003")
    page.keyboard.insert_text("นางกิ่งแก้ว มานะ")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("error-summary")).to_contain_text("วัตถุประสงค์")
    expect(page.locator("#first_name")).to_have_value("นางกิ่งแก้ว มานะ")


def test_a_group_gets_its_cards_tap_by_tap(open_page: Open) -> None:
    """After the leader's exchange each tap is the card of the next member."""
    page = open_page("/desk/visitors", "desk")
    page.locator("#document_number").fill("1103702071811")
    page.locator("#first_name").fill("นายหัวหน้า คณะดี")
    page.locator('input[name="purpose"][value="study_visit"]').check(force=True)
    page.locator("#host_unit").fill("กองพิธีการ")
    page.locator(".vd-more summary").click()
    page.locator("#members").fill("นายหนึ่ง สองสาม\nนางสาวสี่ ห้าหก")
    clerk = Clerk(page)

    for number, due in ((4, 2), (5, 1), (6, 0)):
        clerk.tap(number)
        expect(page.locator(".vd-group li")).to_have_count(due)
        if number == 4:
            picture(page, "visitor-group")

    page.locator(".vd-line a[href]", has_text="004").click()
    page.get_by_test_id("act-return").last.click()
    expect(page.get_by_test_id("result-slot")).to_be_visible()


def test_the_lists_are_walked_by_keys(open_page: Open) -> None:
    """F6, then R: the card is back without the mouse."""
    page = open_page("/desk/visitors", "desk")
    page.locator("#document_number").fill("5100500012344")
    page.locator('input[name="document_kind"][value="official_card"]').check(force=True)
    page.locator("#first_name").fill("นายแป้น พิมพ์ดี")
    page.locator('input[name="purpose"][value="delivery"]').check(force=True)
    page.locator("#host_unit").fill("สารบรรณ")
    page.get_by_test_id("card").fill("7")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("result")).to_have_attribute("data-was", "opened")

    page.goto("/desk/visitors?q=แป้น")
    page.keyboard.press("F6")
    page.keyboard.press("KeyR")

    expect(page.get_by_test_id("result")).to_have_attribute("data-was", "returned")


def test_lists_that_cannot_be_renewed_say_so(open_page: Open) -> None:
    """A silent desk is a fault."""
    page = open_page("/desk/visitors", "desk")
    expect(page.locator("#lists-stale")).to_be_hidden()

    page.route("**/desk/visitors/lists*", lambda route: route.abort())

    expect(page.locator("#lists-stale")).to_be_visible()


def test_a_refusal_leads_to_the_field_and_keeps_what_was_typed(open_page: Open) -> None:
    """The summary has the focus and links."""
    page = open_page("/desk/visitors", "desk")
    page.locator("#first_name").fill("นายไม่ครบ ถ้วน")
    page.get_by_test_id("card").fill("8")

    page.get_by_test_id("lend").click()

    expect(page.get_by_test_id("error-summary")).to_be_focused()
    expect(page.locator("#first_name")).to_have_value("นายไม่ครบ ถ้วน")
    picture(page, "visitor-refused")


def test_a_host_announces_and_the_desk_goes_on(open_page: Open) -> None:
    """What was announced fills the form; the document and a tap are left."""
    host = open_page("/visits/expected/new", "protocol")
    host.locator("#first_name").fill("นางแขก คนสำคัญ")
    host.locator("#day").fill(
        host.evaluate("new Date().toLocaleDateString('en-CA', {timeZone: 'Asia/Bangkok'})")
    )
    host.locator("#clock").fill("23:59")
    host.locator('input[name="purpose"][value="courtesy_call"]').check(force=True)
    host.locator("#host_name").fill("ปลัดกระทรวง")
    picture(host, "visitor-announce")
    host.get_by_test_id("announce").click()
    expect(host.get_by_test_id("expected-table")).to_contain_text("นางแขก คนสำคัญ")

    page = open_page("/desk/visitors", "desk")
    page.get_by_test_id("expected").locator("li", has_text="คนสำคัญ").get_by_test_id(
        "exchange-expected"
    ).click()
    clerk = Clerk(page)
    expect(page.locator("#document_number")).to_be_focused()
    clerk.fill("1101402185178", tabs=0)
    clerk.tap(9)

    expect(page.get_by_test_id("result")).to_contain_text("คนสำคัญ")
    assert clerk.actions == 2


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1440, 900)])
def test_nothing_is_cut_off(open_page: Open, width: int, height: int) -> None:
    """On a phone, a tablet and a desktop no page is wider than its screen."""
    for path in ("/desk/visitors", "/visits/expected/new", "/desk/visitors/cards"):
        page = open_page(path, "issuer", viewport={"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

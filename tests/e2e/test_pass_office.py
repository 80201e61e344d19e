"""The pass office in a browser: request to gate, revoking, many at once, tags in a row.

Real processes, a simulated reader at a gate of daily life and one at the pass office's desk. With
PICTURES=DIR the pictures of docs/ are taken on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from harness import until
from pass_house import (
    DESK,
    GATE,
    PassSite,
    card,
    decided,
    in_database,
    made,
    picture,
    somebody,
    state_is,
)
from playwright.sync_api import Page, expect

from gatekeeper.db.engine import Session
from gatekeeper.db.passes import new_pass_id
from gatekeeper.kinds_office import Act
from gatekeeper.model import Reason

pytestmark = pytest.mark.needs_browser

Open = Callable[..., Page]


def test_a_badge_from_the_request_to_the_gate_and_revoked(house: PassSite, sit_down: Open) -> None:
    """Three officers at three desks; the tag is tapped at the desk; a guard sees both verdicts."""
    tag = card(1)
    person = in_database(house, lambda s: somebody(s, "กิตติ์", "ญาณพิสิษฐ์"))

    desk = sit_down("malee", f"/passes/new?person={person}")
    picture(desk, "pass-new")
    desk.get_by_test_id("ask").click()
    state_is(desk, "requested")
    address = desk.url.partition("?")[0].rpartition(f":{house.port}")[2]

    issuer = sit_down("somsri", "/passes")
    issuer.get_by_test_id("queue-to-check").click()
    issuer.get_by_test_id("pass-row").first.get_by_role("link").click()
    picture(issuer, "pass-one")
    issuer.get_by_test_id("act-check").click()
    state_is(issuer, "checked")
    expect(issuer.get_by_test_id("act-approve")).to_be_disabled()

    admin = sit_down("niran", address)
    admin.get_by_test_id("act-approve").click()
    state_is(admin, "approved")

    issuer.goto(address)
    issuer.get_by_test_id("act-make").click()
    issuer.get_by_test_id("tap-now").click()
    expect(issuer.get_by_test_id("tag-said")).not_to_be_empty()
    house.command("tap", DESK, tag)
    expect(issuer.get_by_test_id("credential")).to_have_value(tag)
    picture(issuer, "pass-bind")
    issuer.get_by_test_id("bind").click()
    expect(issuer.get_by_test_id("bound-tag")).to_contain_text(tag)
    issuer.get_by_test_id("act-hand_over-activate").click()
    state_is(issuer, "active")

    guard = sit_down("wichai", f"/checkpoint/{GATE}")
    assert decided(house, tag) is Reason.GRANTED
    expect(guard.get_by_test_id("verdict")).to_have_attribute("data-reason", "granted")
    issuer.get_by_test_id("open-revoke").click()
    issuer.get_by_test_id("reason-revoke").fill("พ้นจากตำแหน่ง")
    picture(issuer, "pass-revoke")
    issuer.get_by_test_id("act-revoke").click()
    state_is(issuer, "revoked")
    assert decided(house, tag) is Reason.REVOKED
    expect(guard.get_by_test_id("verdict")).to_have_attribute("data-reason", "revoked")
    picture(guard, "pass-revoked-at-gate")
    # The reads at the desk are no decision of any gate.
    assert {entry.reader for entry in house.decisions()} == {GATE}


def test_a_change_of_government_in_one_act_and_taken_back(house: PassSite, sit_down: Open) -> None:
    """Looked at first; the gate refuses at once, and admits again after the act is taken back."""
    tags = [card(100 + n) for n in range(12)]

    def fill(session: Session) -> None:
        for number, tag in enumerate(tags):
            who = somebody(session, f"การเมือง{number}", "สมมติ", "political")
            made(session, who, "political", Act.ACTIVATE, tag)

    in_database(house, fill)
    until("the gate knows the passes", lambda: decided(house, tags[0]) is Reason.GRANTED)
    page = sit_down("niran", "/passes/bulk")
    page.locator("#act").select_option("expire")
    page.locator("#class_id").select_option("political")
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("error-summary")).to_be_visible()
    page.locator("#reason").fill("เปลี่ยนรัฐบาล")
    picture(page, "passes-bulk")
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("bulk-count")).to_have_attribute("data-count", "12")
    expect(page.get_by_test_id("pass-row")).to_have_count(12)
    picture(page, "passes-bulk-preview")
    page.get_by_test_id("bulk-do").click()
    expect(page.get_by_test_id("bulk-done")).to_have_attribute("data-count", "12")
    assert decided(house, tags[1]) is Reason.EXPIRED
    picture(page, "passes-bulk-done")
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("undone")).to_have_attribute("data-count", "12")
    assert decided(house, tags[2]) is Reason.GRANTED


def test_tags_are_bound_one_after_another_at_the_desk(house: PassSite, sit_down: Open) -> None:
    """Tap, bound, next; a tag that is bound already says to whom; only one page gets the reads."""
    tags = [card(200 + n) for n in range(3)]

    def fill(session: Session) -> list[str]:
        return [
            made(session, somebody(session, f"ทำแล้ว{n}", "สมมติ"), "official", Act.MAKE)
            for n in range(2)
        ]

    first, second = in_database(house, fill)  # type: ignore[misc]
    page = sit_down("somsri", "/passes/enrol")
    other = sit_down("niran", "/passes/enrol")
    expect(other.get_by_test_id("take")).to_be_visible()
    expect(page.get_by_test_id("enrol-who")).to_contain_text("ทำแล้ว0")
    house.command("tap", DESK, tags[0])
    expect(page.get_by_test_id("enrol-who")).to_contain_text("ทำแล้ว1")
    expect(page.get_by_test_id("enrol-said")).to_have_attribute("data-class", "amber")
    picture(page, "passes-enrol")
    house.command("tap", DESK, tags[1])
    expect(page.get_by_test_id("enrol-left")).to_have_text("0")
    assert other.get_by_test_id("enrol-who").text_content() == "นายทำแล้ว0 สมมติ"

    def bound(session: Session) -> dict[str, str]:
        from gatekeeper.db.pass_acts import facts_of

        found = facts_of(session, [first, second])
        return {pass_id: each.credential or "" for pass_id, each in found.items()}

    assert in_database(house, bound) == {first: tags[0], second: tags[1]}
    in_database(
        house,
        lambda s: made(s, somebody(s, "คนถัดไป", "สมมติ"), "official", Act.MAKE),
    )
    page.reload()
    house.command("tap", DESK, tags[0])
    expect(page.get_by_test_id("enrol-said")).to_have_attribute("data-class", "red")
    expect(page.get_by_test_id("enrol-said")).to_contain_text(re.compile(r"OF-\d{6}"))
    picture(page, "passes-enrol-refused")
    assert new_pass_id() != first


def test_the_list_and_the_classes(house: PassSite, sit_down: Open) -> None:
    """Found by name, number and tag; a class whose text cannot be read is refused."""
    tag = card(300)
    in_database(
        house,
        lambda s: made(s, somebody(s, "ค้นหา", "เจอ"), "official", Act.ACTIVATE, tag),
    )
    page = sit_down("niran", "/passes")
    for text in ("ค้น", "นายค้นหา", tag):
        page.get_by_test_id("search").fill(text)
        page.get_by_test_id("search").press("Enter")
        expect(page.get_by_test_id("pass-row")).to_have_count(1)
        expect(page.get_by_test_id("pass-row")).to_contain_text("ค้นหา เจอ")
    page.goto("/passes")
    picture(page, "passes")
    page.goto("/admin/classes")
    picture(page, "pass-classes")
    page.goto("/admin/classes/press")
    for face in ("front", "back"):
        shown = page.get_by_test_id(f"face-{face}")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    picture(page, "pass-class-faces")
    page.locator("#ink").fill("#B23A49")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("error-summary")).to_contain_text("4.5")
    picture(page, "pass-class")
    page.locator("#ink").fill("#FFFFFF")
    page.get_by_test_id("save").click()
    page.wait_for_url(re.compile("/admin/classes[?]saved=press"))

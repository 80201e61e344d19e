"""The checkpoint: what a guard sees and does when a card is held to a reader."""

from __future__ import annotations

import re
from collections.abc import Callable

import people
import pytest
from harness import Site
from playwright.sync_api import Page, expect

from gatekeeper.model import EntryKind, Reason
from gatekeeper.reasons import next_step

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]
UNKNOWN = "em4100:6200FFFFFF"


def expect_verdict(page: Page, reason: Reason, *, seated: bool = True) -> None:
    """The whole of a verdict, as programs see it; `seated`: whether there is a table to tell."""
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_have_attribute("data-reason", reason.value)
    expect(verdict).to_have_attribute("data-verdict", reason.verdict.value)
    expect(verdict).to_have_attribute("data-class", reason.cls.value)
    expect(page.locator("#headline")).to_have_text(reason.text.headline.th)
    expect(page.get_by_test_id("next-step")).to_have_text(next_step(reason, seated=seated).th)


def test_a_tap_at_the_reader_becomes_a_verdict(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    expect(page.get_by_test_id("lane")).to_have_attribute("data-state", "up")

    entry = site.tap("lf1", people.TAP)

    expect_verdict(page, Reason.GRANTED)
    expect(page.get_by_test_id("holder-name")).to_have_text("นายกิตติ์ ญาณพิสิษฐ์")
    expect(page.get_by_test_id("holder-photo")).to_have_text("กญ")
    detail = page.get_by_test_id("holder-detail")
    expect(detail).to_contain_text("รองปลัดกระทรวง · กระทรวงตัวอย่าง")
    expect(detail.locator("#seat-table")).to_have_text("โต๊ะ12")
    expect(detail.locator("#seat-seat")).to_have_text("ที่นั่ง4")
    expect(detail.locator("#seat-companions")).to_have_text("ผู้ติดตาม+2")
    newest = page.get_by_test_id("feed-item").first
    expect(newest).to_have_attribute("data-seq", str(entry.seq))
    expect(newest).to_contain_text("นายกิตติ์ ญาณพิสิษฐ์")


def test_the_second_time_is_amber_and_says_since_when(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/uhf1", "guard")
    site.tap("lf1", people.CROWD[0])

    page.get_by_test_id("search").fill(people.CROWD[0])
    page.keyboard.press("Enter")

    expect_verdict(page, Reason.ALREADY_IN)
    expect(page.get_by_test_id("first-seen")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))


def test_an_unknown_card_is_red_and_names_nobody(site: Site, open_page: Open) -> None:
    """Nor does whoever came before stay in the page, unseen."""
    page = open_page("/checkpoint/lf1", "guard")
    site.tap("lf1", people.CROWD[0])
    expect(page.get_by_test_id("holder-name")).not_to_be_empty()

    site.tap("lf1", UNKNOWN)

    expect_verdict(page, Reason.UNKNOWN_CREDENTIAL)
    expect(page.get_by_test_id("holder-name")).to_be_hidden()
    expect(page.get_by_test_id("holder-name")).to_be_empty()


def test_a_verdict_fades_to_ready_and_stays_in_the_list(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")

    entry = site.tap("lf1", people.FADE)

    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_have_attribute("data-verdict", "granted")
    expect(verdict).to_have_attribute("data-verdict", "ready", timeout=30_000)
    expect(page.get_by_test_id("holder-name")).to_be_hidden()
    expect(page.locator(f'[data-testid=feed-item][data-seq="{entry.seq}"]')).to_be_visible()


def test_a_guest_without_a_card_is_found_by_a_part_of_the_name(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")

    page.get_by_test_id("search").fill("วราภร")
    page.get_by_role("option", name=re.compile(people.NO_CARD)).click()
    page.get_by_test_id("admit").click()

    expect_verdict(page, Reason.GRANTED)
    expect(page.get_by_test_id("holder-name")).to_have_text(people.NO_CARD)
    expect(page.get_by_test_id("search")).to_have_value("")
    last = site.decisions()[-1]
    assert (last.reader, last.actor) == ("manual", "guard")


def test_a_new_verdict_shows_while_somebody_types_and_the_typing_is_kept(
    site: Site, open_page: Open
) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    page.get_by_test_id("search").press_sequentially("กิต")
    expect(page.get_by_role("option").first).to_be_visible()

    site.tap("lf1", people.TYPING)

    expect_verdict(page, Reason.GRANTED, seated=False)
    expect(page.get_by_test_id("search")).to_have_value("กิต")
    expect(page.get_by_test_id("search")).to_be_focused()
    expect(page.get_by_role("option").first).to_be_visible()


def test_a_typed_card_number_and_enter_are_decided_at_once(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/uhf1", "guard")

    page.keyboard.press("F2")
    page.keyboard.type(people.TYPED.removeprefix("em4100:"))
    page.keyboard.press("Enter")

    expect_verdict(page, Reason.GRANTED, seated=False)
    expect(page.get_by_test_id("holder-name")).to_have_text("นางพิมพ์ เลขบัตร")


def test_search_that_finds_nobody_says_so(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")

    page.get_by_test_id("search").fill("ไม่มีใครชื่อนี้")

    expect(page.locator("#results .state")).to_contain_text("ไม่พบรายชื่อ")


def test_an_override_with_a_reason_by_keyboard_alone(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    refused = site.tap("lf1", people.OVERRIDE)
    expect_verdict(page, Reason.INVITATION_CANCELLED)

    page.keyboard.press("F4")
    expect(page.locator("#override-subject")).to_contain_text("อนุชา สุขสวัสดิ์")
    page.keyboard.press("Tab")
    page.keyboard.type("ผู้บังคับบัญชาอนุญาตแล้ว")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect_verdict(page, Reason.GRANTED_OVERRIDE)
    entry = site.entry(refused.seq, lambda one: one.kind is EntryKind.OVERRIDE)
    assert (entry.ref, entry.actor, entry.note) == (refused.seq, "guard", "ผู้บังคับบัญชาอนุญาตแล้ว")


def test_an_override_without_a_reason_is_not_sent(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    site.tap("lf1", people.CANCELLED)
    page.get_by_test_id("override").click()
    before = site.journal.head()

    page.get_by_test_id("override-confirm").click()

    expect(page.locator("#override-errors")).to_be_focused()
    expect(page.locator("#override-errors")).to_contain_text("อย่างน้อย 3 ตัวอักษร")
    assert site.journal.head() == before


def test_an_open_dialog_does_not_hide_the_next_scan(site: Site, open_page: Open) -> None:
    """The complaint: a dialog that blocks the next scan (pretixscan-desktop PR #94)."""
    page = open_page("/checkpoint/lf1", "guard", viewport={"width": 820, "height": 1180})
    site.tap("lf1", people.CANCELLED)
    page.get_by_test_id("override").click()
    page.locator("#override-note").fill("กำลังตรวจสอบ")

    site.tap("lf1", people.KEPT)

    expect_verdict(page, Reason.GRANTED, seated=False)
    expect(page.locator("#headline")).to_be_in_viewport(ratio=1)
    expect(page.locator("#override-subject")).to_contain_text("มาลี ยกเลิก")
    expect(page.locator("#override-note")).to_have_value("กำลังตรวจสอบ")


def test_companions_who_really_came_are_counted(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    granted = site.tap("lf1", people.COMPANIONS)
    stepper = page.locator("#came-stepper")
    expect(stepper.locator("output")).to_have_text("3")

    stepper.locator('[data-step="-1"]').click()
    stepper.locator('[data-step="-1"]').click()

    expect(page.locator("#came-state")).to_have_text("บันทึกแล้ว: 1 คน")
    entry = site.entry(granted.seq, lambda one: one.kind is EntryKind.COMPANIONS)
    assert (entry.ref, entry.companions, entry.actor) == (granted.seq, 1, "guard")


def test_a_closed_gate_says_so_on_every_screen_of_it(site: Site, open_page: Open) -> None:
    guard = open_page("/checkpoint/uhf1", "guard")
    officer = open_page("/checkpoint/uhf1", "protocol")
    verdict = guard.get_by_test_id("verdict")
    expect(guard.get_by_test_id("gate-state")).to_have_count(0)

    officer.get_by_test_id("gate-state").click()
    officer.locator("#gate-note").fill("ฝนตก")
    officer.locator("#gate-confirm").click()

    expect(verdict).to_have_attribute("data-verdict", "closed", timeout=40_000)
    expect(guard.locator("#headline")).to_have_text("ประตูนี้ปิดอยู่")
    guard.get_by_test_id("search").fill(people.CLOSED)
    guard.keyboard.press("Enter")
    expect_verdict(guard, Reason.GATE_CLOSED)

    officer.keyboard.press("F9")
    officer.locator("#gate-confirm").click()
    expect(guard.get_by_test_id("lane")).to_have_attribute("data-gate-state", "open")


def test_sound_is_shown_as_off_until_the_first_touch(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    sound = page.get_by_test_id("sound")
    expect(sound).to_have_attribute("data-state", "locked")
    expect(sound).to_contain_text("แตะเพื่อเปิดเสียง")

    sound.click()
    expect(sound).to_have_attribute("data-state", "on")

    page.keyboard.press("F8")
    expect(sound).to_have_attribute("data-state", "off")

"""Scanners that type: taken by the place of the key, told from a person by their rhythm."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from harness import Site
from keyboard import Keyboard
from playwright.sync_api import Page, expect

from gatekeeper.model import JournalEntry, Reason

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]

THAI = dict(zip("1234567890", "ๅ/-ภถุึคตจ", strict=True))
"""What the digit keys type with the Kedmanee layout."""
SHOWN_MS = 5_000
LATER = "ms => new Promise(done => setTimeout(done, ms))"
"""Nothing reaches the page for so long."""


def scanned(site: Site, page: Page, credential: str) -> JournalEntry:
    """The entry of a scan, once it stands on the page."""
    entry = site.entry(0, lambda entry: entry.credential == credential)
    expect(page.locator(f'[data-testid=feed-item][data-seq="{entry.seq}"]')).to_be_attached()
    assert entry.reader == "wedge"
    return entry


@pytest.mark.parametrize(
    ("layout", "end"), [({}, "Enter"), (THAI, "Enter"), (THAI, "Tab"), ({}, "")]
)
def test_a_scanned_card_is_decided_whatever_the_layout_and_the_end(
    site: Site, open_page: Open, layout: dict[str, str], end: str
) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    number = f"62FF0000{len(layout):X}{len(end):X}"

    Keyboard(page, layout).type(number, end)

    entry = scanned(site, page, f"em4100:{number}")
    assert (entry.reason, entry.actor, entry.gate) == (Reason.UNKNOWN_CREDENTIAL, "guard", "lf1")


def test_what_a_scanner_types_into_a_field_is_taken_out_again(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    search = page.get_by_test_id("search")
    search.fill("สมช")

    Keyboard(page, THAI).type("6200FFFFFA")

    scanned(site, page, "em4100:6200FFFFFA")
    expect(search).to_have_value("สมช")


def credentials(site: Site, beginning: str) -> list[str]:
    """What the journal has of scans that began so, as cards or as codes."""
    found = [entry.credential or "" for entry in site.journal.replay()]
    return [seen for seen in found if seen.partition(":")[2].startswith(beginning)]


@pytest.mark.parametrize("layout", [{}, THAI], ids=["us", "thai"])
@pytest.mark.parametrize("known", [False, True], ids=["first scan", "scanner known"])
def test_keys_that_come_late_are_of_the_scan_in_which_they_were_pressed(
    site: Site, open_page: Open, layout: dict[str, str], known: bool
) -> None:
    """Under load the first half is there long before the second; one scan all the same."""
    page = open_page("/checkpoint/lf1", "guard")
    scanner = Keyboard(page, layout)
    if known:
        scanner.type(f"62EF0000{len(layout):02X}")
        scanned(site, page, f"em4100:62EF0000{len(layout):02X}")
    begin = f"62E{len(layout):X}{known:d}00"

    scanner.type(begin, end="", after_ms=1_000)
    page.evaluate(LATER, 2_500 if known else 700)
    scanner.more("F02")

    scanned(site, page, f"em4100:{begin}F02")
    assert credentials(site, begin) == [f"em4100:{begin}F02"]


def test_a_scanner_without_an_end_is_known_by_its_second_scan(site: Site, open_page: Open) -> None:
    """Whoever changed the scanner scans twice: what has no end is waited for but once."""
    page = open_page("/checkpoint/lf1", "guard")
    scanner = Keyboard(page)
    scanner.type("62ED000001")
    scanned(site, page, "em4100:62ED000001")

    scanner.type("62ED000002", end="", after_ms=1_000)
    page.evaluate(LATER, 1_500)
    assert credentials(site, "62ED000002") == []
    scanner.type("62ED000003", end="", after_ms=3_000)

    scanned(site, page, "em4100:62ED000003")
    assert credentials(site, "62ED000002") == []


def test_how_a_scanner_ends_is_known_on_the_next_page(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    Keyboard(page).type("62EC000001")
    scanned(site, page, "em4100:62EC000001")
    page.reload()
    expect(page.get_by_test_id("search")).to_be_visible()
    scanner = Keyboard(page)

    scanner.type("62EC00", end="", after_ms=1_000)
    page.evaluate(LATER, 2_500)
    scanner.more("0002")

    scanned(site, page, "em4100:62EC000002")
    assert credentials(site, "62EC00") == ["em4100:62EC000001", "em4100:62EC000002"]


@pytest.mark.parametrize("where", ["in a field", "on a button"])
def test_an_end_that_is_late_on_its_way_is_still_the_end(
    site: Site, open_page: Open, where: str
) -> None:
    """A busy computer hands keys over late; when they were pressed counts."""
    page = open_page("/checkpoint/lf1", "guard")
    field = where == "in a field"
    page.locator("#search" if field else "details.menu > summary").focus()
    scanner = Keyboard(page)
    number = "6200FFFF01" if field else "6200FFFF02"

    scanner.type(number, end="")
    page.evaluate(LATER, 1_600)
    scanner.end()

    scanned(site, page, f"em4100:{number}")
    expect(page.locator("#search")).to_have_value("")
    expect(page.locator("details.menu")).not_to_have_attribute("open", re.compile(""))


def test_a_person_who_types_is_left_alone(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    search = page.get_by_test_id("search")
    search.focus()

    Keyboard(page).type("6200FFFFFB", end="", every_ms=120)

    expect(search).to_have_value(re.compile("6200fffffb", re.IGNORECASE))
    expect(page.locator("#results [role=option]").first).to_be_visible()
    assert not [e for e in site.journal.replay() if e.credential == "em4100:6200FFFFFB"]


def test_a_name_that_is_typed_quickly_stays_typed(open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    search = page.get_by_test_id("search")
    search.focus()

    page.keyboard.type("somebody")

    expect(search).to_have_value("somebody")
    expect(page.locator("#results")).to_be_visible()


def test_a_code_outside_of_fields_is_its_text_and_no_card(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")

    Keyboard(page).type("GK1-7QK2M4TZ")

    scanned(site, page, "qr:GK1-7QK2M4TZ")


def test_the_enter_of_a_scan_presses_no_button(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "guard")
    page.locator("details.menu > summary").focus()

    Keyboard(page).type("6200FFFFFC")

    scanned(site, page, "em4100:6200FFFFFC")
    expect(page.locator("details.menu")).not_to_have_attribute("open", re.compile(""))


def test_whoever_may_not_let_in_scans_nothing(site: Site, open_page: Open) -> None:
    page = open_page("/checkpoint/lf1", "auditor")

    Keyboard(page).type("6200FFFFFD")

    entry = site.tap("lf1", "em4100:6200FFFFFE")
    expect(page.locator(f'[data-testid=feed-item][data-seq="{entry.seq}"]')).to_be_visible()
    assert not [e for e in site.journal.replay() if e.credential == "em4100:6200FFFFFD"]

"""The live page of an event and its wall: counts, VIPs, who has not come, lanes."""

from __future__ import annotations

import re
from collections.abc import Callable

import people
import pytest
from harness import Site, until
from playwright.sync_api import Page, expect

from gatekeeper.model import EntryKind, Reason, ReasonClass

pytestmark = pytest.mark.needs_browser
Open = Callable[..., Page]
LIVE, WALL = "/events/reception/live", "/events/reception/wall"


def counts(page: Page) -> dict[str, int]:
    """What the page counts, but the expected; -1 while it has not heard."""

    def number(name: str) -> int:
        text = page.get_by_test_id(f"count-{name}").inner_text().replace(",", "")
        return int(text) if text.isdigit() else -1

    return {name: number(name) for name in ("arrived", "inside", "refused")}


def truth(site: Site) -> dict[str, int]:
    """The same from the journal, by a count of our own; visitors at these gates are no guests."""
    arrived, inside, refused = set(), set(), set()
    for entry in site.journal.replay():
        if entry.reason is None or entry.kind not in (EntryKind.DECISION, EntryKind.OVERRIDE):
            continue
        if entry.reason.cls is ReasonClass.RED:
            refused.add((entry.reason, entry.credential))
        elif entry.credential in people.VISITOR_CARDS:
            continue
        elif entry.reason is Reason.GRANTED_EXIT:
            inside.discard(entry.pass_id)
        elif entry.reason.cls is ReasonClass.GREEN:
            arrived.add(entry.pass_id)
            inside.add(entry.pass_id)
    return {"arrived": len(arrived), "inside": len(inside), "refused": len(refused)}


@pytest.mark.parametrize("path", [LIVE, WALL])
def test_counts_follow_the_gates(site: Site, open_page: Open, path: str) -> None:
    page = open_page(path)
    guest = people.CROWD[30 if path == LIVE else 31]
    until("counts as the journal has them", lambda: counts(page) == truth(site))

    site.tap("lf1", guest)
    site.tap("lf1", "em4100:62FFFFFF" + guest[-2:])

    until("a guest and a stranger counted", lambda: counts(page) == truth(site))
    site.tap("lf2", guest)
    until("a guest who left", lambda: counts(page) == truth(site))
    assert truth(site)["inside"] < truth(site)["arrived"]
    expected = page.get_by_test_id("count-expected")
    expect(expected).to_have_text(str(sum(not row.cancelled for row in people.guests())))


def test_the_newest_entry_is_first_and_names_its_gate(site: Site, open_page: Open) -> None:
    page = open_page(LIVE)

    site.tap("lf1", people.CROWD[32])
    entry = site.tap("lf1", people.CROWD[33])

    newest = page.get_by_test_id("feed-item").first
    expect(newest).to_have_attribute("data-seq", str(entry.seq))
    expect(newest).to_contain_text("แขก133")
    expect(newest).to_contain_text("lf1")


def test_arrivals_are_drawn_and_told_in_words(site: Site, open_page: Open) -> None:
    page = open_page(LIVE)

    site.tap("lf1", people.CROWD[34])

    expect(page.get_by_test_id("arrival-chart").locator("canvas")).to_be_visible()
    expect(page.locator("#chart-summary")).to_have_text(
        re.compile(r"มาถึงแล้ว \d+ คน .*มากที่สุดในหนึ่งนาที \d+ คน เวลา \d\d:\d\d น\.")
    )
    expect(page.locator('.group[data-group="ภาคเอกชน"]')).to_contain_text(
        re.compile(r"\d+ จาก \d+")
    )


def test_a_vip_is_announced_with_seat_and_host_and_taken_care_of_by_name(
    site: Site, open_page: Open
) -> None:
    page, colleague = open_page(LIVE), open_page(LIVE, "admin")

    entry = site.tap("lf1", people.VIP)

    alert = page.locator(f'[data-testid=vip-alert][data-seq="{entry.seq}"]')
    for part in ("H.E. Mr. José Núñez", "lf1", "ผู้ต้อนรับ: นางสาวดวงใจ", "โต๊ะ 1", "ที่นั่ง 1", "เชิญผ่าน"):
        expect(alert).to_contain_text(part)
    alert.get_by_test_id("vip-acknowledge").click()
    seen = colleague.locator(f'[data-testid=vip-alert][data-seq="{entry.seq}"]')
    expect(seen).to_contain_text("protocol รับทราบแล้ว")
    expect(seen).to_have_count(0)


def test_a_vip_is_announced_on_the_wall(site: Site, open_page: Open) -> None:
    page = open_page(WALL, viewport={"width": 1920, "height": 1080})

    site.tap("lf1", people.WALL)

    alert = page.get_by_test_id("vip-alert").first
    expect(alert).to_contain_text("ชัยวัฒน์ วัฒนกุล")
    expect(alert).to_be_in_viewport(ratio=1)
    for name in ("expected", "arrived", "inside", "refused"):
        expect(page.get_by_test_id(f"count-{name}")).to_be_in_viewport(ratio=1)


def test_who_has_not_come_is_searched_and_shrinks(site: Site, open_page: Open) -> None:
    page = open_page(LIVE)
    page.get_by_test_id("search").fill("แขก135")
    row = page.get_by_test_id("missing-guest")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("แขก135")

    site.tap("lf1", people.CROWD[35])

    expect(row).to_have_count(0)
    expect(page.locator("#missing .state")).to_contain_text("ไม่พบรายชื่อที่ตรง")


def test_who_has_not_come_by_group(open_page: Open) -> None:
    page = open_page(LIVE)
    expect(page.locator("#missing-group option")).not_to_have_count(1)

    page.locator("#missing-group").select_option("ภาคเอกชน")

    expect(page.get_by_test_id("missing-guest").first).to_contain_text("สมมติ")
    names = page.get_by_test_id("missing-guest").all_inner_texts()
    assert names
    assert all("สมมติ" in name for name in names)


def test_an_unplugged_reader_is_a_red_lane_until_it_is_back(site: Site, open_page: Open) -> None:
    live = open_page(LIVE)
    gate = open_page("/checkpoint/lf1", "guard")
    lane = live.locator('[data-testid=lane][data-gate="lf1"]')
    other = live.locator('[data-testid=lane][data-gate="uhf1"]')

    site.command("unplug", "lf1")

    expect(lane).to_have_attribute("data-state", "down")
    expect(lane).to_contain_text("ขัดข้อง")
    expect(gate.get_by_test_id("lane")).to_have_attribute("data-state", "down")
    expect(gate.locator("#lane-banner")).to_contain_text("เครื่องอ่านไม่ตอบ")
    expect(other).to_have_attribute("data-state", "up")
    site.command("replug", "lf1")
    expect(lane).to_have_attribute("data-state", "up")
    expect(gate.locator("#lane-banner")).to_be_hidden()

"""A door on screen: what a guard and an officer see when it does not do what it should."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from harness import Site
from people import PASSWORD
from playwright.sync_api import Browser, Page, expect

from gatekeeper.db.users import Role, add_user
from gatekeeper.model import EntryKind

pytestmark = pytest.mark.needs_browser
CARD = "em4100:62E3086CED"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A gate with a door that its contact watches, all processes up."""
    with Site(tmp_path_factory.mktemp("doors"), {"lf1": "rdm6300"}) as made:
        made.write_settings(
            f'[[boards]]\nid = "io"\ndriver = "numato"\nurl = "{made.lines / "io"}"\n'
            '[[doors]]\nid = "north"\ngate = "lf1"\noutput = { board = "io" }\n'
            'contact = { board = "io", input = 2 }\nopen_seconds = 1\nheld_open_seconds = 1\n'
        )
        made.invite([CARD])
        database = made.database
        with database.session() as session:
            for role in (Role.GUARD, Role.PROTOCOL):
                add_user(session, role.value, PASSWORD, role)
        database.close()
        made.simulate(
            '[[boards]]\nid = "io"\ndevice = "numato"\n'
            '[[doors]]\nid = "north"\nboard = "io"\ninput = 2\n'
        )
        made.serve().wait_line("listening on")
        made.wait_status("a contact", lambda s: s.doors[0].contact == "closed")
        yield made


@pytest.fixture
def sign_in(site: Site, browser: Browser) -> Iterator[object]:
    """`sign_in(role, path)`: that page in English, in a browser of its own."""
    contexts = []

    def make(role: str, path: str) -> Page:
        context = browser.new_context(base_url=f"http://127.0.0.1:{site.port}")
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        page.locator("#username").fill(role)
        page.locator("#password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        page.wait_for_url(re.compile(r"^(?!.*/login)"))
        page.goto(f"{path}?lang=en")
        expect(page.get_by_test_id("stale")).to_be_hidden()
        return page

    yield make
    for context in contexts:
        context.close()


def test_a_forced_door_is_shown_until_it_is_closed(site: Site, sign_in: object) -> None:
    guard: Page = sign_in("guard", "/checkpoint/lf1")  # type: ignore[operator]
    officer: Page = sign_in("protocol", "/events/reception/live")  # type: ignore[operator]
    lane, banner = guard.get_by_test_id("lane"), guard.locator("#lane-banner")
    expect(lane).to_have_attribute("data-state", "up")

    site.command("door", "north", "forced")

    expect(lane).to_have_attribute("data-state", "suspect")
    expect(lane).to_contain_text("Look at the door")
    expect(banner).to_have_text("Door north was opened without permission. Look there now.")
    newest = guard.get_by_test_id("feed-item").first
    expect(newest).to_contain_text("Door north was opened without permission")
    expect(newest).to_have_attribute("data-kind", "door")
    chip = officer.get_by_test_id("lane")
    expect(chip).to_have_attribute("data-state", "suspect")
    expect(chip).to_contain_text("Door")
    expect(chip).to_contain_text("(north)")

    site.command("door", "north", "close")

    expect(lane).to_have_attribute("data-state", "up")
    expect(banner).to_be_hidden()


def test_a_passage_is_one_line_and_a_board_that_is_gone_says_what_to_do(
    site: Site, sign_in: object
) -> None:
    guard: Page = sign_in("guard", "/checkpoint/lf1")  # type: ignore[operator]
    entry = site.tap("lf1", CARD)
    site.entry(entry.seq, lambda e: e.kind is EntryKind.DOOR and e.state == "closed")
    expect(guard.get_by_test_id("feed-item").first).to_have_attribute("data-seq", str(entry.seq))

    site.command("unplug", "io")

    banner = guard.locator("#lane-banner")
    expect(banner).to_contain_text("Door north is out of order. Open it by hand")
    expect(guard.get_by_test_id("feed-item").first).to_contain_text("Door north is out of order")
    status, output = site.run("doctor")
    assert status == 1
    assert re.search(r"door north.*failed", output), output
    site.command("replug", "io")
    expect(banner).to_be_hidden()
    expect(guard.get_by_test_id("feed-item").first).to_contain_text("Door north is in order again")

"""A browser before a whole site: real processes, simulated readers, Debian's Chromium.

One site serves all browser tests (it takes seconds to start), so each test uses guests of
its own and counts differences. Where Chromium is missing the tests are skipped with what
to install.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# Tests are collected by file (importlib mode): helpers are put in by hand.
for _name, _file in (
    ("harness", Path(__file__).parent.parent / "integration" / "harness.py"),
    ("keyboard", Path(__file__).with_name("keyboard.py")),
    ("line", Path(__file__).with_name("line.py")),
    ("people", Path(__file__).with_name("people.py")),
    ("outside", Path(__file__).with_name("outside.py")),
    ("pass_house", Path(__file__).with_name("pass_house.py")),
):
    if _name not in sys.modules:
        _spec = importlib.util.spec_from_file_location(_name, _file)
        assert _spec is not None
        assert _spec.loader is not None
        sys.modules[_name] = importlib.util.module_from_spec(_spec)
        _spec.loader.exec_module(sys.modules[_name])

from harness import EVENT, Site, until  # noqa: E402
from line import Line  # noqa: E402
from pass_house import DESK, GATE, LANE, OFFICERS, PassSite  # noqa: E402
from people import ACCOUNTS, PASSWORD, VISITOR_CARDS, guests  # noqa: E402

from gatekeeper.db.guests import apply_guests  # noqa: E402
from gatekeeper.db.users import add_user  # noqa: E402
from gatekeeper.office.visitor_cards import add_card  # noqa: E402

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
VISITORS = """
[[desks]]
id = "front"
name_th = "จุดแลกบัตร ประตู 1"
name_en = "Visitor desk, gate 1"

[visitors]
gates = ["lf1", "lf2"]
"""
"""A desk whose cards open two of the event's gates."""
DESK_READER = 'id = "desk1"\ndriver = "rdm6300"\ndesk = "front"'
DESK_DEVICE = """
[[readers]]
id = "desk1"
device = "rdm6300"
gate = "desk1"
direction = "in"
"""
"""The desk's own reader for cards, and the device that plays it."""
PATIENCE_MS = 15_000
"""How long an expectation waits for what it expects; two busy cores are slow, never wrong."""

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A site with guests and an account for every role, all processes up."""
    with Site(tmp_path_factory.mktemp("site")) as made:
        line = f'url = "{made.lines / "desk1"}"'
        made.write_settings(f"{VISITORS}\n[[readers]]\n{DESK_READER}\n{line}\n")
        database = made.database
        with database.session() as session:
            for number, card in enumerate(VISITOR_CARDS, start=1):
                add_card(session, f"{number:03d}", card, actor="test")
            counts = apply_guests(session, EVENT, guests())
            for name, role in ACCOUNTS.items():
                add_user(session, name, PASSWORD, role)
        database.close()
        assert not counts.faults, counts.faults
        made.simulate(DESK_DEVICE)
        made.serve().wait_line("listening on")
        yield made


@pytest.fixture(scope="session")
def signed_in(site: Site, browser: Browser) -> Callable[[str], list[dict[str, object]]]:
    """Cookies of a role; signed in through the form once a session."""
    known: dict[str, list[dict[str, object]]] = {}

    def cookies(role: str) -> list[dict[str, object]]:
        if role not in known:
            context = browser.new_context(base_url=f"http://127.0.0.1:{site.port}")
            page = context.new_page()
            sign_in(page, role)
            known[role] = [dict(cookie) for cookie in context.cookies()]
            context.close()
        return known[role]

    return cookies


def sign_in(page: Page, role: str, password: str = PASSWORD) -> None:
    """Fill the form as a person does."""
    page.goto("/login")
    page.locator("#username").fill(role)
    page.locator("#password").fill(password)
    page.get_by_test_id("sign-in").click()
    page.wait_for_url(re.compile(r"^(?!.*/login)"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[PassSite]:
    """The site with its officers."""
    readers = {GATE: "rdm6300", LANE: "r2000", DESK: "rdm6300"}
    with PassSite(tmp_path_factory.mktemp("office"), readers) as made_site:
        database = made_site.database
        with database.session() as session:
            for name, role in OFFICERS.items():
                add_user(session, name, PASSWORD, role)
        database.close()
        made_site.simulate()
        made_site.serve().wait_line("listening on")
        yield made_site


@pytest.fixture
def sit_down(house: PassSite, browser: Browser) -> Iterator[Open]:
    """`sit_down(name, path)`: a page of an officer who is signed in; a script error fails."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(name: str, path: str, **options: object) -> Page:
        settings = {"viewport": {"width": 1440, "height": 900}, **options}
        context = browser.new_context(base_url=f"http://127.0.0.1:{house.port}", **settings)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if "Content Security" in said.text else None,
        )
        page.goto(f"/login?next={path}")
        page.locator("#username").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        page.wait_for_url(re.compile(r"^(?!.*/login)"))
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def phone(site: Site, browser: Browser) -> Iterator[Page]:
    """Somebody outside, without an account and without script."""
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{site.port}",
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    """A line to the web server that the test may cut."""
    made = Line(site.port)
    yield made
    made.close()


@pytest.fixture
def open_page(
    site: Site, browser: Browser, signed_in: Callable[[str], list[dict[str, object]]]
) -> Iterator[Open]:
    """`open_page(path, role)`: a page in its own context, alive; a script error fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(path: str, role: str = "protocol", *, base: str = "", **options: object) -> Page:
        settings = {"viewport": {"width": 1440, "height": 900}, **options}
        context = browser.new_context(
            base_url=base or f"http://127.0.0.1:{site.port}",
            **settings,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.add_cookies(signed_in(role))  # type: ignore[arg-type]
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if _breach(said.text) else None)
        page.goto(path)
        if page.locator("[data-testid=stale]").count():
            expect(page.get_by_test_id("stale")).to_be_hidden()
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def _breach(text: str) -> bool:
    """Whether the browser complained of the content security policy."""
    return "Content Security Policy" in text or "Refused to" in text


def shown_sequences(page: Page) -> list[int]:
    """Sequence numbers of the feed on screen, newest first."""
    items = page.get_by_test_id("feed-item")
    found: list[int] = items.evaluate_all("items => items.map(item => Number(item.dataset.seq))")
    return found


def recorded_sequences(site: Site, gate: str) -> list[int]:
    """Sequence numbers of the journal at one gate, newest first."""
    return [entry.seq for entry in reversed(list(site.journal.replay())) if entry.gate == gate]


@pytest.fixture
def whole_feed(site: Site) -> Callable[[Page, str], None]:
    """Expect that a page shows every entry of a gate since its oldest one, in order."""

    def check(page: Page, gate: str) -> None:
        def same() -> bool:
            shown = shown_sequences(page)
            due = [seq for seq in recorded_sequences(site, gate) if shown and seq >= shown[-1]]
            return bool(shown) and shown == due

        until(f"every entry of {gate} on screen, in order", same)

    return check

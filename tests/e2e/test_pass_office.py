"""The pass office in a browser: request to gate, revoking, many at once, tags in a row.

Real processes, a simulated reader at a gate of daily life and one at the pass office's desk. With
PICTURES=DIR the pictures of docs/ are taken on the way.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from harness import Site, until
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gatekeeper.db.engine import Session
from gatekeeper.db.passes import bind_credential, new_pass_id
from gatekeeper.db.tables import Organisation, Person
from gatekeeper.db.users import Role, add_user
from gatekeeper.kinds_office import Act
from gatekeeper.model import Reason
from gatekeeper.office import passes
from gatekeeper.thai import search_form, sort_key

pytestmark = pytest.mark.needs_browser

PASSWORD = "a-long-made-up-pass-phrase"
ZONE = ZoneInfo("Asia/Bangkok")
OFFICERS = {
    "malee": Role.DESK,
    "somsri": Role.ISSUER,
    "niran": Role.ADMIN,
    "wichai": Role.GUARD,
}
DESK, GATE = "desk1", "lf1"
IN_FORCE_S = 2.0
"""Between an act on a page and a tap at the gate the test itself takes longer than the promise."""

Open = Callable[..., Page]


class PassSite(Site):
    """A gate of the site's daily life, and a desk with a reader."""

    def write_settings(self, extra: str = "") -> None:
        """One gate, one desk."""
        self.file.write_text(
            f'data = "data"\n[site]\nid = "trial"\nname_th = "อาคารตัวอย่าง"\n'
            f'name_en = "Sample house"\n[web]\nport = {self.port}\nrequire_totp = false\n'
            f'[[gates]]\nid = "{GATE}"\nname_th = "ประตูบุคลากร"\nname_en = "Staff gate"\n'
            f'[[desks]]\nid = "pass-office-1"\nname_th = "โต๊ะงานบัตร 1"\nname_en = "Pass office 1"\n'
            f'[[readers]]\nid = "{GATE}"\ndriver = "rdm6300"\ngate = "{GATE}"\n'
            f'url = "{self.lines / GATE}"\n'
            f'[[readers]]\nid = "{DESK}"\ndriver = "rdm6300"\ndesk = "pass-office-1"\n'
            f'url = "{self.lines / DESK}"\n' + extra
        )


def card(number: int) -> str:
    """A tag of the office."""
    return f"em4100:6400{number:06X}"


def somebody(session: Session, first: str, last: str, employment: str = "official") -> int:
    """A person on record."""
    unit = session.query(Organisation).filter_by(name="สำนักงานตัวอย่าง").one_or_none()
    if unit is None:
        unit = Organisation(name="สำนักงานตัวอย่าง")
        session.add(unit)
        session.flush()
    row = Person(
        title="นาย",
        first_name=first,
        last_name=last,
        position="นักวิเคราะห์นโยบายและแผน",
        organisation_id=unit.id,
        employment=employment,
        purpose="staff",
        search=f" {search_form(f'{first} {last}')} ",
        sort_key=sort_key(f"{first} {last}"),
    )
    session.add(row)
    session.flush()
    return row.id


def made(session: Session, person_id: int, class_id: str, upto: Act, tag: str = "") -> str:
    """A pass as far as `upto`."""
    now = time.time()
    pass_id = passes.request_pass(
        session, class_id, person_id=person_id, actor="malee", now=now, zone=ZONE
    )
    for act, actor in [
        (Act.CHECK, "somsri"),
        (Act.APPROVE, "niran"),
        (Act.MAKE, "somsri"),
        (Act.HAND_OVER, "somsri"),
        (Act.ACTIVATE, "somsri"),
    ]:
        passes.step(session, pass_id, act, actor=actor, now=now)
        if act is Act.MAKE and tag:
            bind_credential(session, pass_id, tag)
        if act is upto:
            break
    return pass_id


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[PassSite]:
    """The site with its officers."""
    readers = {GATE: "rdm6300", DESK: "rdm6300"}
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


def picture(page: Page, name: str) -> None:
    """A picture for docs/, where it is asked for; also of a tablet and a phone to look at."""
    if not (folder := os.environ.get("PICTURES")):
        return
    page.screenshot(path=Path(folder) / f"{name}.png")
    if os.environ.get("PICTURES_ALL"):
        before = page.viewport_size
        for kind, size in {"tablet": (820, 1180), "phone": (390, 844)}.items():
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.screenshot(path=Path(folder) / f"{name}-{kind}.png", full_page=True)
        assert before is not None
        page.set_viewport_size(before)


def in_database(house: PassSite, act: Callable[[Session], object]) -> object:
    """One transaction beside the running site, and the gates told."""
    database = house.database
    with database.session() as session:
        done = act(session)
    database.close()
    house.link.changed()
    return done


def decided(house: PassSite, tag: str) -> Reason | None:
    """What the gate says to a tag that is held to its reader now."""
    return house.tap(GATE, tag).reason


def state_is(page: Page, state: str) -> None:
    """The page of a pass says so."""
    expect(page.get_by_test_id("pass-state")).to_have_attribute("data-state", state)


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
    until("the tag has left the reader", lambda: house.command("tap", DESK, tags[1])["ok"])
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
    until("the first tag is gone from the reader", lambda: time.monotonic())
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
    page.locator("#ink").fill("#B23A49")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("error-summary")).to_contain_text("4.5")
    picture(page, "pass-class")
    page.locator("#ink").fill("#FFFFFF")
    page.get_by_test_id("save").click()
    page.wait_for_url(re.compile("/admin/classes[?]saved=press"))

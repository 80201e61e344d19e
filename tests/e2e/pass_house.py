"""A pass office to be tried in a browser: its site, officers, holders, and a gate of daily life.

Fixtures that start it are in conftest.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from harness import Site
from playwright.sync_api import Page, expect

from gatekeeper.db.engine import Session
from gatekeeper.db.passes import bind_credential
from gatekeeper.db.tables import Organisation, Person
from gatekeeper.db.users import Role
from gatekeeper.kinds_office import Act
from gatekeeper.model import Reason
from gatekeeper.office import passes
from gatekeeper.thai import search_form, sort_key

PASSWORD = "a-long-made-up-pass-phrase"
ZONE = ZoneInfo("Asia/Bangkok")
OFFICERS = {
    "malee": Role.DESK,
    "somsri": Role.ISSUER,
    "niran": Role.ADMIN,
    "wichai": Role.GUARD,
}
DESK, GATE, LANE = "desk1", "lf1", "uhf1"
DOCS = Path(__file__).resolve().parents[2] / "docs"
IN_FORCE_S = 2.0
"""Between an act on a page and a tap at the gate the test itself takes longer than the promise."""


class PassSite(Site):
    """A gate of the site's daily life, a lane for cars, and a desk with a reader."""

    def write_settings(self, extra: str = "") -> None:
        """Two gates, one desk."""
        self.file.write_text(
            f'data = "data"\n[site]\nid = "trial"\nname_th = "อาคารตัวอย่าง"\n'
            f'name_en = "Sample house"\n[web]\nport = {self.port}\nrequire_totp = false\n'
            f'[[gates]]\nid = "{GATE}"\nname_th = "ประตูบุคลากร"\nname_en = "Staff gate"\n'
            f'[[gates]]\nid = "{LANE}"\nname_th = "ช่องทางรถ"\nname_en = "Car lane"\n'
            f'[[desks]]\nid = "pass-office-1"\nname_th = "โต๊ะงานบัตร 1"\nname_en = "Pass office 1"\n'
            f'[[readers]]\nid = "{GATE}"\ndriver = "rdm6300"\ngate = "{GATE}"\n'
            f'url = "{self.lines / GATE}"\n'
            f'[[readers]]\nid = "{LANE}"\ndriver = "r2000"\ngate = "{LANE}"\n'
            f'url = "{self.lines / LANE}"\n'
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


def picture(page: Page, name: str) -> None:
    """A picture where it is asked for; also of a tablet and a phone to look at.

    GATEKEEPER_PICTURES=1: into docs/pictures those that a page of docs/ shows; PICTURES=DIR: all.
    """
    folder = os.environ.get("PICTURES") or (str(DOCS / "pictures") if _is_shown(name) else "")
    if not folder:
        return
    page.screenshot(path=Path(folder) / f"{name}.png")
    if os.environ.get("PICTURES_ALL"):
        before = page.viewport_size
        for kind, size in {"tablet": (820, 1180), "phone": (390, 844)}.items():
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.screenshot(path=Path(folder) / f"{name}-{kind}.png", full_page=True)
        assert before is not None
        page.set_viewport_size(before)


def _is_shown(name: str) -> bool:
    if os.environ.get("GATEKEEPER_PICTURES") != "1":
        return False
    return any(f"pictures/{name}.png" in page.read_text("utf-8") for page in DOCS.glob("*.md"))


def in_database(house: PassSite, act: Callable[[Session], object]) -> object:
    """One transaction beside the running site, and the gates told."""
    database = house.database
    with database.session() as session:
        done = act(session)
    database.close()
    house.link.changed()
    return done


def decided(house: PassSite, tag: str, reader: str = GATE) -> Reason | None:
    """What the gate says to a tag that is held to its reader now."""
    return house.tap(reader, tag).reason


def state_is(page: Page, state: str) -> None:
    """The page of a pass says so."""
    expect(page.get_by_test_id("pass-state")).to_have_attribute("data-state", state)

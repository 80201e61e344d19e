"""Gives the made-up site a visitor desk: a dozen numbered cards, and a few visitors expected.

By the same functions that a desk uses. The cards' tags are none of the crowd's; each is shown
at a lane by `tap LANE TAG` to the simulator, or typed at the lane's checkpoint.
"""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

from gatekeeper.config import Config
from gatekeeper.db.engine import Database
from gatekeeper.kinds_office import VisitPurpose
from gatekeeper.office.visit_values import Errand, Rules, Visitor
from gatekeeper.office.visitor_cards import add_card
from gatekeeper.office.visits_expected import announce
from gatekeeper.vault import Vault

__all__ = ["CARDS", "fill_visitors", "visitor_tag"]

CARDS = 12
_ACTOR = "demo"
_HOUR_S = 3600.0

_EXPECTED = (
    (
        Visitor("นางสาว", "รุ่งนภา", "แสงดี", organisation="บริษัท ตัวอย่างการพิมพ์ จำกัด"),
        Errand(VisitPurpose.DELIVERY, host_unit="กองกลาง", place="อาคาร 1 ชั้น 1"),
        (),
    ),
    (
        Visitor("นาย", "ธนากร", "วัฒนชัย", organisation="มหาวิทยาลัยตัวอย่าง"),
        Errand(
            VisitPurpose.STUDY_VISIT, host_name="นางมาลี ศรีสุข", host_unit="กองพิธีการ",
            host_phone="02 000 1234", place="ห้องประชุม 2",
        ),
        ("นางสาวพิมพ์ใจ ดีงาม", "นายอนุชา สุขใจ", "นายก้องภพ เกียรติไกร"),
    ),
    (
        Visitor("Mr.", "John", "Sample", "Mr. John Sample", organisation="Embassy of Samplia"),
        Errand(VisitPurpose.COURTESY_CALL, host_name="ผู้อำนวยการกองพิธีการ", place="ห้องรับรอง"),
        (),
    ),
)  # fmt: skip
"""Nobody of them exists."""


def visitor_tag(number: int, scheme: str) -> str:
    """The tag of visitor card `number`, of the kind that the lanes read."""
    return f"em4100:7E0000{number:04X}" if scheme == "em4100" else f"epc:{0xE7 << 88 | number:024X}"


def fill_visitors(config: Config, database: Database, schemes: frozenset[str]) -> None:
    """Take the cards in and announce the visitors, from an hour from now on."""
    scheme = "em4100" if "em4100" in schemes else "epc"
    rules = Rules(Vault.of(config.data), ZoneInfo(config.site.timezone))
    now = time.time()
    with database.session() as session:
        for number in range(1, CARDS + 1):
            add_card(session, f"{number:03d}", visitor_tag(number, scheme), actor=_ACTOR)
        for after, (visitor, errand, members) in enumerate(_EXPECTED, 1):
            at = now + after * _HOUR_S
            announce(session, rules, visitor, errand, at, members, actor=_ACTOR, now=now)

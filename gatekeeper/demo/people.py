"""Fills the made-up site: the event, its guests, their fates, the accounts.

Guests are made up, or come from an office's own list, which is then imported as any other.
What fate each tag has (revoked, lost, expired …) is put into the main database by the same
functions that desks use, and told to the crowd's people file.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from gatekeeper.config import Config
from gatekeeper.db.changes import all_passes
from gatekeeper.db.engine import Database, Session, connect
from gatekeeper.db.events import ensure_event, update_event
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.migrate import upgrade
from gatekeeper.db.passes import pass_by_credential, set_credential_state, set_pass_validity
from gatekeeper.db.users import Role, add_user
from gatekeeper.demo.requests import fill_requests
from gatekeeper.demo.site import EVENT
from gatekeeper.demo.visitors import fill_visitors
from gatekeeper.errors import ImportFault, UserError
from gatekeeper.model import Pass, PassState, unpack_holder
from gatekeeper.office.import_guests import import_guests
from gatekeeper.office.sample import SampleGuest, sample_guests
from gatekeeper.vault import Vault

__all__ = ["MAX_GUESTS", "Account", "CrowdPerson", "Site", "fill", "write_people"]

OTHER_EVENT = "workshop"
DAY_S = 86_400.0
MAX_GUESTS = 100_000
LF_SHARE = 0.4
"""Part of the made-up guests who carry 125 kHz cards, where there is a lane that reads them."""
STATES = {
    "revoked": PassState.REVOKED,
    "lost": PassState.LOST,
    "suspended": PassState.SUSPENDED,
}
FATES_OF_A_LIST = (("revoked", 0.01), ("lost", 0.01), ("suspended", 0.005), ("expired", 0.005))
"""Fates dealt out among an office's own guests, as parts of the list."""


class Account(msgspec.Struct, frozen=True):
    """A made-up account; its password is random and printed once."""

    name: str
    role: str
    password: str


class CrowdPerson(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the crowd's people file: a tag and what must become of it."""

    credential: str
    kind: str = "ok"
    vip: bool = False
    companions: int = 0


class Site(msgspec.Struct, frozen=True):
    """What was made."""

    people: tuple[CrowdPerson, ...]
    accounts: tuple[Account, ...]


def fill(
    config: Config,
    *,
    guests: int,
    guests_file: Path | None,
    doors_open_at: float,
    schemes: frozenset[str],
    seed: int,
) -> Site:
    """Make the main database of the demo. `schemes`: kinds of tag that the lanes can read.

    Raises ImportFault where the file has rows that cannot be taken.
    """
    upgrade(config.database_url)
    database = connect(config.database_url)
    try:
        with database.session() as session:
            ensure_event(session, EVENT)
            update_event(
                session,
                EVENT,
                name_th="งานสโมสรสันนิบาต (ตัวอย่าง)",
                name_en="State reception (sample)",
                starts_at=doors_open_at,
                doors_open_at=doors_open_at,
                ends_at=doors_open_at + DAY_S,
            )
        if guests_file is None:
            people = _made_up(database, guests, schemes, doors_open_at, seed)
        else:
            people = _from_list(database, guests_file, doors_open_at, seed)
        fill_visitors(config, database, schemes)
        site = Site(tuple(people), tuple(_accounts(database)))
        zone, vault = ZoneInfo(config.site.timezone), Vault.of(config.data)
        fill_requests(database, vault, config.data, now=time.time(), zone=zone, seed=seed)
        return site
    finally:
        database.close()


def write_people(people: Iterable[CrowdPerson], file: Path) -> None:
    """The crowd's people file; it holds no names."""
    file.write_bytes(msgspec.json.encode(list(people)))


def _made_up(
    database: Database, count: int, schemes: frozenset[str], doors: float, seed: int
) -> list[CrowdPerson]:
    share = LF_SHARE if "em4100" in schemes else 0.0
    sample = list(islice(sample_guests(count, seed, lf_share=share), count))
    mine = [guest.row for guest in sample if guest.fate != "other_event"]
    others = [guest.row for guest in sample if guest.fate == "other_event"]
    with database.session() as session:
        for event, rows in ((EVENT, mine), (OTHER_EVENT, others)):
            if rows:
                _apply(session, event, rows)
        for guest in sample:
            _seal_fate(session, guest.row.credential, guest.fate, doors)
    return list(_crowd_of(sample))


def _apply(session: Session, event: str, rows: list[GuestRow]) -> None:
    counts = apply_guests(session, event, rows, actor="demo")
    if counts.faults:
        raise ImportFault(f"made-up guests: {counts.faults[0].en}")


def _crowd_of(sample: Iterable[SampleGuest]) -> Iterator[CrowdPerson]:
    for guest in sample:
        if guest.row.credential is not None:
            yield CrowdPerson(guest.row.credential, guest.fate, guest.row.vip, guest.row.companions)


def _from_list(database: Database, file: Path, doors: float, seed: int) -> list[CrowdPerson]:
    report = import_guests(database, file, EVENT, actor="demo")
    if report.faults:
        first = report.faults[0].to_json()
        raise ImportFault(f"{file}: row {first['row']}: {first['message']['en']}")
    with database.reading() as session:
        guests = [found for found in all_passes(session) if found.event == EVENT]
    tagged = sorted(
        (found for found in guests if ":" in found.credential and _is_tag(found)),
        key=lambda found: found.credential,
    )
    fates = _deal(len(tagged), seed)
    with database.session() as session:
        for found, fate in zip(tagged, fates, strict=True):
            _seal_fate(session, found.credential, fate, doors)
    return [_crowd_person(found, fate) for found, fate in zip(tagged, fates, strict=True)]


def _is_tag(found: Pass) -> bool:
    return found.credential.startswith(("epc:", "em4100:"))


def _crowd_person(found: Pass, fate: str) -> CrowdPerson:
    holder = unpack_holder(found.holder)
    if found.invitation == "cancelled" and fate == "ok":
        fate = "cancelled"
    return CrowdPerson(found.credential, fate, bool(holder and holder.vip), found.companions)


def _deal(count: int, seed: int) -> list[str]:
    fates = [fate for fate, part in FATES_OF_A_LIST for _ in range(max(1, round(part * count)))]
    fates = (fates + ["ok"] * count)[:count]
    random.Random(f"{seed}/fates").shuffle(fates)  # noqa: S311 (dice of a play)
    return fates


def _seal_fate(session: Session, credential: str | None, fate: str, doors: float) -> None:
    """Make `fate` true in the main database, as a desk would."""
    if credential is None:
        return
    if fate in STATES:
        set_credential_state(session, credential, STATES[fate], "demo", "made up")
    elif fate in ("expired", "not_yet_valid"):
        found = pass_by_credential(session, credential)
        if found is None:
            raise UserError(f"made-up guest {credential} has no pass")
        begin = doors - 2 * DAY_S if fate == "expired" else doors + DAY_S / 2
        end = doors - DAY_S if fate == "expired" else None
        set_pass_validity(session, found.id, begin, end, "demo")


def _accounts(database: Database) -> Iterator[Account]:
    with database.session() as session:
        for role in Role:
            password = secrets.token_urlsafe(12)
            add_user(session, role.value, password, role, actor="demo")
            yield Account(role.value, role.value, password)

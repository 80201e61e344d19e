"""A pass office after some years: 50,000 holders, 60,000 passes, and all that came with them.

What is asked is what the bench is about, so everything that a list shows, counts or orders by is
here in the proportion an office has it, spread over days, units, classes and states; no list is
short by chance. The same numbers give the same office.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from gatekeeper.db.bulk import insert_rows
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.tables import (
    Application,
    ApplicationMember,
    ApplicationNote,
    Approval,
    Arrival,
    Audit,
    Base,
    BulkAct,
    BulkItem,
    Credential,
    Event,
    Invitation,
    Mail,
    Organisation,
    PassAct,
    PassRow,
    Person,
    PrintJob,
    ProjectionEntry,
    Token,
    User,
    Vehicle,
    Visit,
    VisitorCard,
    WatchEntry,
    WatchHit,
)
from gatekeeper.kinds_office import VisitPurpose
from gatekeeper.office.plates_alike import plate_key
from gatekeeper.thai import search_form
from tests.bench.bench_holders import ORGANISATIONS, parts, people_rows

PEOPLE, VEHICLES = 40_000, 10_000
STAFF, OF_VEHICLES, VISITORS, GUESTS = 34_000, 12_000, 8_000, 6_000
PASSES = STAFF + OF_VEHICLES + VISITORS + GUESTS
VISITS, CARDS, REQUESTS, WATCHED, ACTS, EVENTS = 20_000, 600, 5_000, 2_000, 200_000, 3
DAY = 86_400.0
_CLASSES = (
    "official", "government_employee", "permanent_employee", "temporary_employee",
    "political", "contractor", "intern", "press", "broadcast",
)  # fmt: skip
_STATES = (
    *("active",) * 11, *("expired",) * 4, "requested", "checked", "approved", "made",
    "handed_over", "suspended", "lost", "revoked", "returned",
)  # fmt: skip
_ACTIONS = (
    "person.change", "pass.step", "visit.open", "visit.close", "person.read", "print.made",
    "request.decide", "watch.read", "user.role", "session.begin",
)  # fmt: skip


def fill(database: Database, *, people: int = PEOPLE) -> None:
    """Everything, or as much of it as `people` to PEOPLE, into an empty database."""
    share, now = people / PEOPLE, time.time()
    chance = random.Random(7)
    rows: dict[type[Base], Iterator[dict[str, Any]]] = {
        Organisation: ({"id": n, "name": f"กรมตัวอย่างที่ {n}"} for n in _to(ORGANISATIONS)),
        Person: (row | {"created_at": now - 60 * DAY} for row in people_rows(people)),
        Vehicle: (_vehicle(n, people) for n in _to(VEHICLES * share)),
        Event: (_event(n, now) for n in _to(EVENTS)),
        Invitation: (_invitation(n, people) for n in _to(GUESTS * share)),
        Application: (_request(n, now) for n in _to(REQUESTS * share)),
        ApplicationMember: (_member(n) for n in _to(REQUESTS * share * 3)),
        ApplicationNote: (_note(n, now) for n in _to(REQUESTS * share * 2)),
        Mail: (_mail(n, now) for n in _to(REQUESTS * share)),
        PassRow: (_pass(n, share, now, chance) for n in _to(PASSES * share)),
        Credential: (_credential(n) for n in _to(PASSES * share)),
        PassAct: (_pass_act(n, now) for n in _to(PASSES * share * 4)),
        PrintJob: (_print(n, now) for n in _to(PASSES * share)),
        VisitorCard: (_card(n, share) for n in _to(CARDS)),
        Visit: (_visit(n, share, now) for n in _to(VISITS * share)),
        WatchEntry: (_watched(n, now) for n in _to(WATCHED * share)),
        WatchHit: (_hit(n, now) for n in _to(WATCHED * share / 2)),
        Audit: (_audit(n, now) for n in _to(ACTS * share)),
        BulkAct: (_bulk(n, now) for n in _to(20)),
        BulkItem: (_bulk_item(n, share) for n in _to(PASSES * share / 6)),
        Approval: (_approval(n, now) for n in _to(500 * share)),
        User: (_user(n) for n in _to(100)),
        Token: (_token(n) for n in _to(100)),
        ProjectionEntry: (_entry(n, share, now) for n in _to(PASSES * share)),
        Arrival: (_arrival(n, share, now) for n in _to(VISITORS * share / 20)),
    }
    with database.session() as session:
        for table, of_table in rows.items():
            for part in parts(of_table):
                insert_rows(session, table, part)
        _number_on(session)
    if not database.is_sqlite:  # a server does it by itself before long; a file is never analysed
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def _to(count: float) -> range:
    return range(1, int(count) + 1)


def _number_on(session: Session) -> None:
    """PostgreSQL counts on from what was put in by number."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        if "id" in table.c and table.c.id.identity is not None:
            name = table.name
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'),"
                f' (SELECT coalesce(max(id), 1) FROM "{name}"))'
            )


def _key(number: int) -> str:
    return f"{number:016x}"


def _vehicle(number: int, people: int) -> dict[str, Any]:
    letters = "กขคฆงจฉชญฎ"
    plate = f"{letters[number % 10]}{letters[number // 10 % 10]} {number}"
    return {
        "id": number, "plate": plate, "plate_key": plate_key(plate),
        "created_at": time.time() - DAY,
        "province": ("กรุงเทพมหานคร", "นนทบุรี", "เชียงใหม่")[number % 3], "make": "โตโยต้า",
        "kind": "official" if number % 4 == 0 else "private",
        "person_id": 1 + number % people, "organisation_id": 1 + number % ORGANISATIONS,
    }  # fmt: skip


def _event(number: int, now: float) -> dict[str, Any]:
    return {
        "id": number, "slug": f"reception-{number}", "name_th": f"งานสโมสรสันนิบาต {number}",
        "starts_at": now + number * DAY, "doors_open_at": now, "ends_at": now + 9 * DAY,
    }  # fmt: skip


def _invitation(number: int, people: int) -> dict[str, Any]:
    return {
        "id": number, "event_id": 1 + number % EVENTS, "person_id": 1 + number % people,
        "name_key": f"guest {number}", "reply": "yes", "vip": number % 100 == 0,
    }  # fmt: skip


def _pass(number: int, share: float, now: float, chance: random.Random) -> dict[str, Any]:
    """Staff first, then vehicles, then visitors, then guests."""
    # The nightly run has erased whoever's last pass ended longer ago than records are kept.
    made = now - chance.random() * 330 * DAY
    row: dict[str, Any] = {
        "id": _key(number), "kind": "badge", "state": chance.choice(_STATES), "label": "",
        "event_id": None, "invitation_id": None, "person_id": None, "vehicle_id": None,
        "member_id": None,
        "class_id": chance.choice(_CLASSES), "number": f"S-{number:06d}",
        "valid_from": made, "valid_until": now + chance.uniform(-30, 365) * DAY,
        "created_at": made, "changed_at": made + chance.random() * 30 * DAY,
        "requested_by": "a", "checked_by": "b", "approved_by": "c",
        "printed_issue": number % 3 and 1, "renewal_state": "",
    }  # fmt: skip
    people, vehicles = int(PEOPLE * share), int(VEHICLES * share)
    staff, cars, visitors = (int(n * share) for n in (STAFF, OF_VEHICLES, VISITORS))
    if number <= staff:
        asked = ("requested", "checked")[number % 2] if number % 50 < 2 else ""
        asked_for = number if number <= REQUESTS * share * 3 and number % 2 else None
        person = {"person_id": 1 + number % people, "member_id": asked_for}
        return row | person | {"renewal_state": asked}
    if number <= staff + cars:
        car = 1 + number % vehicles
        return row | {"kind": "vehicle", "vehicle_id": car, "class_id": "private_vehicle"}
    if number <= staff + cars + visitors:
        open_now = number - staff - cars <= _open(share)
        state = "active" if open_now else "returned"
        person = 1 + number % people
        return row | {"kind": "visitor", "state": state, "class_id": "visitor", "person_id": person}
    guest = number - staff - cars - visitors
    return row | {
        "kind": "event", "state": "active", "class_id": None, "number": None,
        "event_id": 1 + guest % EVENTS, "invitation_id": guest, "person_id": 1 + guest % people,
    }  # fmt: skip


def _open(share: float) -> int:
    return int(400 * share)


def _credential(number: int) -> dict[str, Any]:
    value = f"em4100:{number:010X}"
    return {"value": value, "pass_id": _key(number), "bound": True, "changed_at": 1.0}


def _pass_act(number: int, now: float) -> dict[str, Any]:
    step = number % 4
    return {
        "pass_id": _key(1 + number // 4) if step else _key(number // 4),
        "at": now - number * 300, "actor": f"user{number % 100}",
        "act": ("request", "check", "approve", "activate")[step],
        "before": "", "after": ("requested", "checked", "approved", "active")[step],
    }  # fmt: skip


def _print(number: int, now: float) -> dict[str, Any]:
    return {
        "pass_id": _key(number), "issue": 1, "at": now - number * 1000, "actor": "user1",
        "layout": "badge", "batch": f"{number // 10:032x}",
    }  # fmt: skip


def _card(number: int, share: float) -> dict[str, Any]:
    return {
        "number": f"{number:03d}", "credential": f"uid:04{number:012X}",
        "state": "lent" if number <= _open(share) else "free",
    }  # fmt: skip


def _visit(number: int, share: float, now: float) -> dict[str, Any]:
    """The first are out now, then those that are expected, then those of the last years."""
    out, visitors = _open(share), int(VISITORS * share)
    expected = number > int(VISITS * share) - out
    at = now - (number % 21_600 if number <= out else number * 1_800)
    state = "open" if number <= out else "expected" if expected else "closed"
    before = int((STAFF + OF_VEHICLES) * share)
    return {
        "id": number, "state": state, "person_id": 1 + number,
        "pass_id": _key(before + number) if number <= visitors else None,
        "card_number": f"{1 + (number - 1) % CARDS:03d}" if not expected else None,
        "purpose": list(VisitPurpose)[number % len(VisitPurpose)],
        "host_name": f"ผู้รับรอง {number % 300}", "host_unit": f"กองที่ {number % 40}",
        "place": "ตึกบัญชาการ", "plate": "", "document_kind": "national_id",
        "document_slot": f"{number}" if state == "open" else None,
        "expected_at": now + number % 40_000 - 20_000 if expected else None,
        "opened_at": None if expected else at, "due_at": None if expected else at + 14_400,
        "closed_at": at + 3_600 if state == "closed" else None, "created_at": at,
    }  # fmt: skip


def _request(number: int, now: float) -> dict[str, Any]:
    form = ("press", "broadcast", "vehicle")[number % 3]
    wait = number <= REQUESTS // 10
    at = now - number * 10_000
    return {
        "id": number, "reference": f"GK{number:08d}", "secret_hash": f"{number:064x}",
        "form": form, "class_id": "private_vehicle" if form == "vehicle" else form,
        "state": ("received", "checked", "asked")[number % 3] if wait else "approved",
        "organisation": f"สำนักข่าวที่ {number % 200}", "contact_name": f"ผู้ติดต่อ {number}",
        "contact_email": f"desk{number}@press.example", "details": {}, "received_at": at,
        "changed_at": at + 3_600, "decided_at": None if wait else at + DAY,
    }  # fmt: skip


def _member(number: int) -> dict[str, Any]:
    return {
        "application_id": 1 + (number - 1) // 3, "position_in_list": 1 + number % 3,
        "first_name": f"ชื่อ{number % 5000}", "last_name": f"สกุล{number % 777}",
    }  # fmt: skip


def _note(number: int, now: float) -> dict[str, Any]:
    request, decided = 1 + (number - 1) // 2, number % 2 == 0
    return {
        "application_id": request, "at": now - request * 10_000 + (DAY if decided else 0),
        "author": "user1" if decided else "", "kind": "approved" if decided else "received",
    }  # fmt: skip


def _mail(number: int, now: float) -> dict[str, Any]:
    return {
        "at": now - number * 10_000, "recipient": f"desk{number}@press.example",
        "subject": "คำขอบัตร", "body": "เรียน ผู้ติดต่อ", "application_id": number,
        "sent_at": now - number * 10_000 + 60 if number > 50 else None,
    }  # fmt: skip


def _watched(number: int, now: float) -> dict[str, Any]:
    name = f"ชื่อเฝ้าระวัง{number} สกุล{number % 777}"
    return {
        "id": number, "kind": "person", "name": name, "name_key": search_form(name),
        "reason": "คำสั่ง", "instruction": "แจ้งหัวหน้าชุด", "added_by": "admin",
        "added_at": now - number * 9_000, "removed_at": now - number if number % 4 == 0 else None,
    }  # fmt: skip


def _hit(number: int, now: float) -> dict[str, Any]:
    return {
        "id": number, "entry_id": 1 + number, "subject_kind": "person",
        "subject_id": str(number * 3), "match": "near", "score": 0.9, "at": now - number * 500,
        "state": "open" if number % 5 == 0 else "dismissed",
    }  # fmt: skip


def _audit(number: int, now: float) -> dict[str, Any]:
    return {
        "id": number, "at": now - (ACTS - number) * 300, "actor": f"user{number % 100}",
        "action": _ACTIONS[number % len(_ACTIONS)], "subject": f"person:{number % 30_000}",
        "key": f"{number:032x}", "origin": "10.0.0.7", "before": {"position": "ก"},
        "after": {"position": "ข"}, "digest": "0" * 64, "journal_seq": number,
    }  # fmt: skip


def _bulk(number: int, now: float) -> dict[str, Any]:
    return {
        "id": number, "at": now - number * DAY, "actor": "user1", "act": "expire",
        "chosen": {"class_id": "political"}, "count": 500, "undo_until": now - number * DAY + 900,
    }  # fmt: skip


def _bulk_item(number: int, share: float) -> dict[str, Any]:
    before = {"state": "active", "valid_until": None}
    return {
        "bulk_id": 1 + number % 20, "pass_id": _key(number), "before": before,
        "after": before | {"state": "expired"},
    }  # fmt: skip


def _approval(number: int, now: float) -> dict[str, Any]:
    return {
        "id": number, "kind": "bulk_export", "details": {"kind": "people", "format": "csv"},
        "state": "open" if number <= 20 else "used", "requested_by": f"user{number % 100}",
        "requested_at": now - number * 3_600, "expires_at": now - number * 3_600 + 3 * DAY,
        "decided_at": None if number <= 20 else now - number * 3_000,
    }  # fmt: skip


def _user(number: int) -> dict[str, Any]:
    role = ("guard", "desk", "issuer", "auditor")[number % 4]
    return {
        "id": number, "name": f"user{number}", "password_hash": "-", "role": role,
        "created_at": 1.0,
    }  # fmt: skip


def _token(number: int) -> dict[str, Any]:
    return {
        "id": number, "name": f"token{number}", "secret_hash": f"{number:064x}", "role": "guard",
        "created_at": 1.0,
    }  # fmt: skip


def _entry(number: int, share: float, now: float) -> dict[str, Any]:
    """What gates told: the passes of visitors, again and again."""
    first = int((STAFF + OF_VEHICLES) * share)
    return {
        "site": "main", "seq": number, "at": now - (PASSES - number) * 20, "kind": "decision",
        "gate": "north", "reader": "n1", "area": "site", "reason": "granted",
        "direction": ("in", "out")[number % 2],
        "pass_id": _key(first + 1 + number % int(VISITORS * share)),
    }  # fmt: skip


def _arrival(number: int, share: float, now: float) -> dict[str, Any]:
    first = int((STAFF + OF_VEHICLES) * share)
    return {
        "pass_id": _key(first + number), "area": "site", "first_in_at": now - 3_600,
        "last_at": now - 60, "inside": True, "entries": 1, "gate": "north",
    }  # fmt: skip

"""How fast people are found among 200,000; pages are asked by bench_pages.

On SQLite and, where its programs are installed, PostgreSQL. Each figure is the slowest of the
texts that people type, as the median of its runs: short and long, both scripts, rare and common.
The baseline is the same question put to the database as a scan.
"""

from __future__ import annotations

import itertools
import os
import pwd
import random
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatekeeper.db.bulk import insert_rows
from gatekeeper.db.engine import Database
from gatekeeper.db.guest_store import person_texts
from gatekeeper.db.migrate import open_database
from gatekeeper.db.tables import Credential, Organisation, PassRow, Person, Vehicle
from gatekeeper.office import sample_names as words
from gatekeeper.office.holder_search import search_people, search_vehicles
from gatekeeper.office.name_index import NameIndex
from gatekeeper.vault import Vault
from tests.conftest import PostgresServer

MANY, HOLDERS, PASSES, VEHICLES, ORGANISATIONS = 200_000, 50_000, 60_000, 10_000, 50
TEXTS = ("ก", "กิตติ", "นายสมชาย", "ใจดี", "วงศ์", "kit", "somchai rat", "ไม่มีใคร", "ศรีวงศ์ กนก")
EXACT = ("S-012345", "em4100:0000003039", "0000012345", "000,12345", "1103702071811")
RUNS = 5


def people_rows(count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    firsts = words.MEN + words.WOMEN
    starts, ends = words.FAMILY_STARTS, words.FAMILY_ENDS
    for number in range(1, count + 1):
        (first, latin), (more, _) = chance.choice(firsts), chance.choice(firsts)
        (start, s), (end, e) = chance.choice(starts), chance.choice(ends)
        first += more[:3] if chance.random() < 0.5 else ""
        names = ("นาย", first, start + end, f"{latin} {s}{e}")
        yield {
            "id": number,
            **dict(zip(("title", "first_name", "last_name", "name_latin"), names, strict=True)),
            "position": "เจ้าพนักงานธุรการปฏิบัติงาน",
            "organisation_id": 1 + number % ORGANISATIONS,
            "purpose": "staff",
            "employment": "official",
            "document_kind": "national_id",
            "document_hash": f"{number:064x}",
            "document_tail": f"{number % 10_000:04d}",
            "created_at": 1.0,
            "changed_at": 1.0,
            **person_texts(*names),
        }


def _passes(count: int, holders: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for number in range(1, count + 1):
        key = f"{number:016x}"
        yield (
            {
                "id": key, "kind": "badge", "state": "active" if number % 3 else "expired",
                "person_id": 1 + number % holders, "class_id": "official",
                "number": f"S-{number:06d}", "label": "", "note": "",
                "vehicle_id": None,
            },
            {"value": f"em4100:{number:010X}", "pass_id": key, "bound": True, "changed_at": 1.0},
        )  # fmt: skip


def _fill(database: Database, people: int) -> None:
    with database.session() as session:
        names = [{"id": n, "name": f"กรมตัวอย่างที่ {n}"} for n in range(1, ORGANISATIONS + 1)]
        insert_rows(session, Organisation, names)
        for part in parts(people_rows(people)):
            insert_rows(session, Person, part)
        for both in parts(_passes(PASSES, min(people, HOLDERS))):
            insert_rows(session, PassRow, [row for row, _ in both])
            insert_rows(session, Credential, [card for _, card in both])
        insert_rows(session, Vehicle, [_vehicle(number) for number in range(1, VEHICLES + 1)])
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _vehicle(number: int) -> dict[str, Any]:
    letters = "กขคฆงจฉชญฎ"
    plate = f"{letters[number % 10]}{letters[number // 10 % 10]} {number}"
    key, kind = plate.replace(" ", ""), "private"
    return {"id": number, "plate": plate, "plate_key": key, "kind": kind, "person_id": number}


def parts(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while part := list(itertools.islice(rows, 2000)):
        yield part


def median_ms(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _slowest(database: Database, texts: tuple[str, ...], names: NameIndex | None) -> float:
    vault = Vault(b"k" * 32)

    def ask(text: str) -> None:
        with database.reading() as session:
            search_people(session, text, names=names, vault=vault)

    return max(median_ms(lambda text=text: ask(text)) for text in texts)  # type: ignore[misc]


def _search(database: Database, kind: str) -> list[dict[str, Any]]:
    names = NameIndex()
    with database.reading() as session:
        started = time.perf_counter()
        names.refresh(session)
        load = time.perf_counter() - started

    def plates() -> None:
        with database.reading() as session:
            search_vehicles(session, "กข 12")

    name, exact = _slowest(database, TEXTS, names), _slowest(database, EXACT, names)
    listed, scan = _slowest(database, ("",), names), _slowest(database, TEXTS, None)
    place = f"holders: {kind}, {MANY:,} people"
    return [
        {
            "name": f"{place}: part of a name, slowest of {len(TEXTS)}",
            "value": name,
            "unit": "ms",
            "baseline": scan,
            "baseline_name": "a scan of the database",
            "ratio": name / scan,
            "aim": "< 100 ms",
        },
        {"name": f"{place}: card, pass or document", "value": exact, "unit": "ms", "aim": "< 100"},
        {"name": f"{place}: everybody, first page", "value": listed, "unit": "ms", "aim": "< 100"},
        {"name": f"{place}: part of a plate", "value": median_ms(plates), "unit": "ms"},
        {"name": f"{place}: names taken into memory at start", "value": load, "unit": "s"},
    ]


@contextmanager
def postgres() -> Iterator[PostgresServer | None]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-bench-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = PostgresServer(folder, found[-1].parent, port)
    server.run("initdb", "-D", "data", "-U", "gatekeeper", "-A", "trust", "-E", "UTF8", "-N")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run() -> list[dict[str, Any]]:
    """Searches among many, on both databases."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name, postgres() as server:
        folder = Path(name)
        places = [("SQLite", "")] + ([("PostgreSQL", server.create("template0"))] if server else [])
        for kind, url in places:
            database = open_database(url or f"sqlite:///{folder / 'many.sqlite3'}")
            _fill(database, MANY)
            rows += _search(database, kind)
            database.close()
    return rows

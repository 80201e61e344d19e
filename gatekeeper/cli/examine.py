"""What `gatekeeper doctor` looks at, one examination a function.

An examination yields findings: what was looked at, whether it is well, what was seen and what
to do about it. It changes nothing, starts nothing and never raises for what it finds wrong.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
import urllib.error
import urllib.request
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from gatekeeper import app, locks
from gatekeeper.config import Config
from gatekeeper.errors import GatekeeperError, LinkError
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import verify
from gatekeeper.link.client import LinkClient
from gatekeeper.model import DoorState, NodeStatus, ReaderState
from gatekeeper.worker.backup import last_backup

__all__ = ["EXAMINATIONS", "Finding", "examine"]

LEAST_FREE = 200 << 20
"""Bytes that must be free: some days of a busy journal, and room to act."""
EARLIEST = 1_767_225_600.0
"""2026-01-01 UTC: a clock before this program was written has lost its time."""
AHEAD_S = 5.0
"""A last entry later than now by more than this: the clock was turned back."""
HTTP_DEADLINE_S = 5.0


class Finding(msgspec.Struct, frozen=True):
    """One line of the report."""

    what: str
    ok: bool
    seen: str
    remedy: str = ""


Examination = Callable[[Config], Iterator[Finding]]


def examine(config: Config) -> Iterator[Finding]:
    """All findings, in the order in which trouble should be looked for."""
    for name, examination in EXAMINATIONS.items():
        try:
            yield from examination(config)
        except (GatekeeperError, OSError) as error:
            yield Finding(name, False, str(error), "mend this first, then ask again")


def _settings(config: Config) -> Iterator[Finding]:
    where = str(config.source or "defaults (no file)")
    try:
        app.check_readers(config)
        app.check_doors(config)
    except GatekeeperError as error:
        yield Finding("settings", False, str(error), "correct that line of the settings")
        return
    if not config.gates:
        remedy = "add at least one [[gates]] to the settings"
        yield Finding("settings", False, f"{where}: no gate is defined", remedy)
    try:
        zoneinfo.ZoneInfo(config.site.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        seen = f"site.timezone: {config.site.timezone!r} is not known to this machine"
        yield Finding("settings", False, seen, "correct it, or install tzdata")
    if config.gates:
        counts = f"{len(config.gates)} gates, {len(config.readers)} readers"
        seen = f"{where}: {counts}, {len(config.doors)} doors"
        yield Finding("settings", True, seen)


def _directory(config: Config) -> Iterator[Finding]:
    data = config.data
    if not data.is_dir():
        yield Finding("data directory", False, f"{data}: not there", "start the node once")
        return
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        seen = f"{data}: may not be written by this account"
        yield Finding("data directory", False, seen, f"chown -R $(id -un) {data}")
    elif data.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        seen = f"{data}: other accounts may write in it"
        yield Finding("data directory", False, seen, f"chmod go-w {data}")
    else:
        yield Finding("data directory", True, str(data))
    for name in ("journal.key", "secret.key"):
        file = data / name
        if file.exists() and file.stat().st_mode & 0o077:
            yield Finding(name, False, f"{file}: other accounts may read it", f"chmod 600 {file}")
    free = shutil.disk_usage(data).free
    seen = f"{free / 2**20:,.0f} MB free"
    yield Finding("disk space", free >= LEAST_FREE, seen, "make room: gates deny when it is full")


def _journal(config: Config) -> Iterator[Finding]:
    if not config.journal_path.exists():
        yield Finding("journal", False, f"{config.journal_path}: not there", "start the node once")
        return
    try:
        result = verify(config.journal_path, load_key(config.data / "journal.key"))
    except FileNotFoundError:
        seen = "journal.key is missing, so nothing can be proven"
        yield Finding("journal", False, seen, "put the key back from the backup")
        return
    seen = f"{result.entries:,} entries proven whole" if result.ok else result.problem
    remedy = "keep the files as they are and compare with the last backup"
    yield Finding("journal", result.ok, seen, "" if result.ok else remedy)


def _clock(config: Config) -> Iterator[Finding]:
    now = time.time()
    last = 0.0
    with JournalReader(config.journal_path) as reader:
        head = reader.head()
        entry = reader.entry(head) if head else None
        last = entry.at if entry else 0.0
    if now < EARLIEST:
        seen = f"the clock says {time.strftime('%Y-%m-%d %H:%M', time.gmtime(now))} UTC"
        yield Finding("clock", False, seen, "set the clock, and start a time service")
    elif last > now + AHEAD_S:
        seen = f"the last entry is {last - now:,.0f} s in the future"
        yield Finding("clock", False, seen, "set the clock, and start a time service")
    else:
        seen = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
        yield Finding("clock", True, seen)


def _node(config: Config) -> Iterator[Finding]:
    pid = locks.owner(config.data, "node")
    if pid is None:
        yield Finding("node", False, "not running: no gate decides", "gatekeeper serve")
        return
    client = LinkClient.for_data(config.data)
    try:
        status = client.status()
    except LinkError as error:
        yield Finding("node", False, f"process {pid} does not answer: {error}", "restart it")
        return
    finally:
        client.close()
    seen = f"process {pid}, {status.passes:,} passes, change {status.change_seq}"
    if not status.ready:
        seen = f"not ready, every gate denies: {status.problem or 'still loading'}"
    elif not status.journal_ok:
        seen = f"cannot record, every gate denies: {status.problem}"
    elif status.problem:
        seen = f"{seen}; {status.problem}"
    well = status.ready and status.journal_ok and not status.problem
    yield Finding("node", well, seen, "" if well else "mend what it names; it recovers by itself")
    for reader in status.readers:
        seen = f"{reader.state} {reader.detail}".strip()
        remedy = f"check power, cable and url of reader {reader.id}"
        well = reader.state is ReaderState.UP
        yield Finding(f"reader {reader.id}", well, seen, "" if well else remedy)
    yield from _doors(status)


def _doors(status: NodeStatus) -> Iterator[Finding]:
    remedies = {
        DoorState.FAILED: "check power, cable and url of its board, then its lock and contact",
        DoorState.FORCED: "look there now; it is over when the door is closed",
        DoorState.HELD_OPEN: "close it",
    }
    for door in status.doors:
        seen = f"{door.state} {door.detail}".strip()
        yield Finding(f"door {door.id}", door.state.well, seen, remedies.get(door.state, ""))


def _others(config: Config) -> Iterator[Finding]:
    for name in ("web", "worker"):
        pid = locks.owner(config.data, name)
        seen = "not running" if pid is None else f"process {pid}"
        yield Finding(name, pid is not None, seen, "" if pid is not None else "gatekeeper serve")
    if locks.owner(config.data, "web") is not None:
        yield _healthz(config)


def _healthz(config: Config) -> Finding:
    """Asks where the web process says that it listens, which a `--port` may have changed."""
    told, _, port = locks.note(config.data, "web").partition(" ")
    host = told or config.web.host
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    url = f"http://{host}:{port or config.web.port}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HTTP_DEADLINE_S) as answer:
            return Finding("pages", answer.status == 200, f"{url}: {answer.status}")
    except urllib.error.HTTPError as error:
        seen = f"{url}: {error.code}, not every gate can decide"
        return Finding("pages", False, seen, "mend what is named above")
    except OSError as error:
        return Finding("pages", False, f"{url}: {error}", "see the log of the web process")


def _database(config: Config) -> Iterator[Finding]:
    from gatekeeper.db import changes, migrate
    from gatekeeper.db.engine import connect

    database = connect(config.database_url)
    try:
        with database.reading() as session:
            seq = changes.latest(session)
        revision, due = migrate.current_revision(config.database_url), migrate.head_revision()
    except GatekeeperError as error:
        remedy = "start it or put it back; the gates decide on meanwhile"
        yield Finding("main database", False, str(error), remedy)
        return
    finally:
        database.close()
    well = revision == due
    seen = f"tables {revision}, change {seq}" if well else f"tables {revision}, {due} is due"
    yield Finding("main database", well, seen, "" if well else "restart the worker: it upgrades")


def _mail(config: Config) -> Iterator[Finding]:
    from gatekeeper.db.engine import connect
    from gatekeeper.errors import MailError
    from gatekeeper.office.request_view import letters_now
    from gatekeeper.worker.mail import probe

    database = connect(config.database_url)
    try:
        with database.reading() as session:
            letters = letters_now(session, time.time())
    finally:
        database.close()
    lost = f"; given up: {letters.given_up}" if letters.given_up else ""
    waiting = f"{letters.waiting} letters wait{lost}"
    if not config.mail.used:
        seen = f"not set up; {waiting}"
        yield Finding("mail", not letters.waiting, seen, "set mail.host or mail.outbox")
        return
    try:
        answers = probe(config.mail, config.data)
    except MailError as error:
        yield Finding("mail", False, f"{error}; {waiting}", "see the settings [mail]")
        return
    well = not letters.failing and not letters.given_up
    seen = f"{answers}; {waiting}" + (f"; last: {letters.problem}" if not well else "")
    yield Finding("mail", well, seen, "" if well else "see what the server said of them")


def _backup(config: Config) -> Iterator[Finding]:
    """A new installation is given as many days as there may be between two backups."""
    known = last_backup(config.data)
    key = config.data / "journal.key"
    since = known[0] if known else key.stat().st_mtime if key.exists() else time.time()
    days = (time.time() - since) / 86_400
    seen = f"{known[1]}, {days:.1f} days ago" if known else f"none in {days:.1f} days"
    well = days <= config.database.backup_days
    yield Finding("backup", well, seen, "" if well else "gatekeeper backup DIR, every night")


def _front_end(_: Config) -> Iterator[Finding]:
    import gatekeeper

    vendor = Path(gatekeeper.__file__).parent / "web" / "static" / "vendor"
    due = ("socket.io.min.js", "sarabun/sarabun.css")
    missing = [name for name in due if not (vendor / name).is_file()]
    seen = f"missing: {', '.join(missing)}" if missing else "all files there"
    yield Finding("front end", not missing, seen, "make setup" if missing else "")


EXAMINATIONS: dict[str, Examination] = {
    "settings": _settings,
    "data directory": _directory,
    "journal": _journal,
    "clock": _clock,
    "node": _node,
    "processes": _others,
    "main database": _database,
    "mail": _mail,
    "backup": _backup,
    "front end": _front_end,
}

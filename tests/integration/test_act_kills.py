"""kill -9 of node and worker while officers act: every act ends in the journal, once, proven."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from harness import free_port, until
from sqlalchemy import text

from gatekeeper.db import audit_outbox
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Database, connect
from gatekeeper.journal.reader import JournalReader

KILLS = 4
SEED = 20261130


def program(data: Path, name: str) -> subprocess.Popen[bytes]:
    """One process of a site."""
    command = [sys.executable, "-m", "gatekeeper", name, "--data", str(data)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def verify(data: Path) -> subprocess.CompletedProcess[str]:
    """What `gatekeeper journal verify` says."""
    command = [sys.executable, "-m", "gatekeeper", "journal", "verify", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


class Officer(threading.Thread):
    """Acts all the while."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.done = 0
        self.stop = threading.Event()
        self._database = database

    def run(self) -> None:
        while not self.stop.wait(0.05):
            with self._database.session() as session:
                for _ in range(3):
                    record_act(session, "anan", "pass.revoke", f"pass:{self.done}", "lost")
                    self.done += 1


def proven(database: Database) -> int:
    """How many rows are noted as proven."""
    with database.reading() as session:
        return session.execute(
            text("SELECT count(*) FROM audit WHERE journal_seq IS NOT NULL")
        ).scalar_one()


@pytest.mark.slow
def test_acts_survive_the_kills_of_node_and_worker(database_url: str, tmp_path: Path) -> None:
    """None lost, none doubled, in their order; then an altered and a missing row are found."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "gatekeeper.toml").write_text(
        f'[web]\nport = {free_port()}\n[database]\nurl = "{database_url}"\n'
    )
    database, chance = connect(database_url), random.Random(SEED)
    running = {name: program(data, name) for name in ("node", "worker")}
    officer = Officer(database)
    officer.start()
    try:
        for _ in range(KILLS):
            goal = proven(database) + 15
            until("acts are proven", lambda goal=goal: proven(database) >= goal)
            for name in chance.choice([("node",), ("worker",), ("node", "worker")]):
                running[name].send_signal(signal.SIGKILL)
                running[name].wait(30)
                running[name] = program(data, name)
        officer.stop.set()
        officer.join(30)
        until("all acts are proven", lambda: proven(database) == officer.done)
    finally:
        officer.stop.set()
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(30)

    with JournalReader(data / "journal.sqlite3") as reader:
        acts = [each for each in reader.acts(limit=10**6) if each.seq not in reader.withdrawn()]
    assert [each.subject for each in acts] == [f"pass:{n}" for n in range(officer.done)]
    assert officer.done > KILLS * 15
    whole = verify(data)
    assert whole.returncode == 0, whole.stderr
    assert f"Acts: {officer.done} as the journal says." in whole.stdout
    with database.reading() as session:
        assert audit_outbox.count_waiting(session) == 0

    with database.session() as session:
        session.execute(text("UPDATE audit SET actor = 'busaba' WHERE subject = 'pass:3'"))
        session.execute(text("DELETE FROM audit WHERE subject = 'pass:5'"))
    broken = verify(data)
    assert broken.returncode == 1
    assert "ACTS NOT WHOLE: 2 faults" in broken.stderr
    assert "is altered: who, what" in broken.stderr
    assert "is missing: anan did pass.revoke to pass:5" in broken.stderr
    database.close()

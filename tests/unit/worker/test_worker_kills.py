"""The worker process killed again and again while the journal grows: nothing twice, no gap."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from sqlalchemy import func, select

from gatekeeper.access.presence import Presence
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.tables import Arrival, ProjectionEntry
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import Direction, JournalEntry
from gatekeeper.reasons import Reason

KILLS = 4
STEP = 400
"""Entries that must have been projected between two kills, so that each hits it at work."""
DEADLINE_S = 60.0


def guest(number: int) -> JournalEntry:
    """Eighty guests who come and go."""
    into = number // 80 % 2 == 0
    return JournalEntry(
        at=float(number),
        gate="north",
        pass_id=f"p{number % 80}",
        event="gala",
        area="gala",
        direction=Direction.IN if into else Direction.OUT,
        reason=Reason.GRANTED if into else Reason.GRANTED_EXIT,
    )


def projected(database: Database) -> int:
    """Number of the last entry in the database."""
    with database.reading() as session:
        return session.scalar(select(func.max(ProjectionEntry.seq))) or 0


def wait_for(database: Database, seq: int) -> None:
    """Until entry `seq` is in the database."""
    pause = threading.Event()
    for _ in range(int(DEADLINE_S / 0.02)):
        if projected(database) >= seq:
            return
        pause.wait(0.02)
    raise AssertionError(f"entry {seq} not projected in time; {projected(database)} is")


def test_a_worker_that_is_killed_again_and_again_stores_everything_once(
    database_url: str, tmp_path: Path
) -> None:
    """The tables then say what a replay of the journal says."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "gatekeeper.toml").write_text(f'[database]\nurl = "{database_url}"\n')
    command = [sys.executable, "-m", "gatekeeper", "worker", "--data", str(data)]
    database = connect(database_url)
    stop = threading.Event()

    def write(writer: JournalWriter) -> None:
        number = 0
        while not stop.is_set():
            tickets = [writer.append(guest(number + n)) for n in range(20)]
            tickets[-1].wait(DEADLINE_S)
            number += 20
            stop.wait(0.005)

    with JournalWriter(
        data / "journal.sqlite3", load_or_create_key(data / "journal.key")
    ) as writer:
        writing = threading.Thread(target=write, args=(writer,))
        writing.start()
        try:
            for _ in range(KILLS):
                goal = projected(database) + STEP
                worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
                try:
                    wait_for(database, goal)
                finally:
                    worker.send_signal(signal.SIGKILL)
                    worker.wait(DEADLINE_S)
        finally:
            stop.set()
            writing.join(DEADLINE_S)
        last = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for(database, writer.head)
        finally:
            last.terminate()
            ended = last.wait(DEADLINE_S)

    assert ended == 0
    with JournalReader(data / "journal.sqlite3") as reader, database.reading() as session:
        presence = Presence()
        presence.replay(reader.replay())
        seqs = session.scalars(select(ProjectionEntry.seq).order_by(ProjectionEntry.seq)).all()
        stood = {row.pass_id: (row.inside, row.entries) for row in session.scalars(select(Arrival))}
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) > KILLS * STEP
    replayed = presence.snapshot()["gala"]
    assert stood == {key: (state.inside, state.entries) for key, state in replayed.items()}
    database.close()

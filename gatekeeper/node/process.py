"""The node process: readers, gates, journal and the link's server, put together and kept.

It starts by loading: the journal is proven and replayed, the own copy of all passes is read.
Until then every gate denies as `not_ready`. Readers are opened when that is done, or at the
latest after `READERS_WAIT_S`, so that a quick restart meets a tag that waits at the reader
with a verdict, and a slow one with a reason. A journal that cannot be opened keeps the gates
closed and is tried again; a main database that is gone keeps nobody waiting.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any, Self

from gatekeeper.access.acts import Acts
from gatekeeper.access.fold import Fold
from gatekeeper.access.gate import Gate
from gatekeeper.access.index import CredentialIndex
from gatekeeper.access.presence import Presence
from gatekeeper.access.witness import KEPT, Witness
from gatekeeper.checkpoint.presence import presence_file
from gatekeeper.config import Config
from gatekeeper.errors import GatekeeperError
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.link.address import socket_path
from gatekeeper.link.server import LinkServer
from gatekeeper.model import (
    EntryKind,
    JournalEntry,
    NodeStatus,
    Presentation,
    ReaderStatus,
)
from gatekeeper.node.changes import Follower, Source
from gatekeeper.node.clock import ClockWatch, SystemClock
from gatekeeper.node.copy import PassCopy, Table
from gatekeeper.node.desk_taps import DeskTaps
from gatekeeper.node.head import HeadWatch
from gatekeeper.node.id_cards import IdCards
from gatekeeper.node.place import stand_in_line
from gatekeeper.node.printed import with_card_meant
from gatekeeper.node.recorder import Recorder
from gatekeeper.node.requests import Requests
from gatekeeper.node.troubles import trouble
from gatekeeper.outputs.doors import Doors
from gatekeeper.readers import make_reader
from gatekeeper.readers.base import Indicator, Switch
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.transport import SerialTransport

__all__ = ["Node"]

log = logging.getLogger(__name__)

READERS_WAIT_S = 1.5
JOURNAL_RETRY_S = 1.0
REPLAYED = 1000
"""Entries replayed at a stretch, some milliseconds."""
READ_DEADLINE_S = 2.0
"""What a presentation at a reader may wait for the disk before it is denied."""
STOP_S = 5.0
"""What all doors together may take to lock, and then all readers to end."""


class Node:
    """Everything that decides. `with Node(config) as node: node.run(stop)`."""

    def __init__(self, config: Config) -> None:
        """Builds, opens nothing. The caller holds the lock of the data directory.

        Raises ConfigError for a reader that cannot be, JournalFault without a usable key.
        """
        self._config = config
        self._run_id = secrets.token_hex(6)
        self._started_at = time.time()
        self._clock = SystemClock()
        self._index = CredentialIndex()
        self._presence = Presence()
        self._key = key = load_or_create_key(config.data / "journal.key")
        self._writer = JournalWriter(
            config.journal_path, key, run=self._run_id, clock=self._clock.now
        )
        self._head = HeadWatch(self._run_id)
        self._witness = Witness(self._writer, self._clock)
        self._recorder = Recorder(self._writer)
        self._gate = Gate(
            [gate.rules() for gate in config.gates],
            self._index,
            self._presence,
            self._writer,
            self._clock,
        )
        self._follower = Follower(
            self._open_database,
            PassCopy(config.pass_copy_path),
            Table(self._index.replace, self._index.apply, self._index.refuse),
            self._on_loaded,
            self._on_reach,
        )
        self._desk_taps = DeskTaps(config.readers)
        self._pumps, self._doors = self._machines(config)
        self._gate.on_answer(lambda answer: self._doors.told(answer.entry))
        self._journal = JournalReader(config.journal_path)
        self._link = LinkServer(socket_path(config.data), self._answers(), on_thread=stand_in_line)
        self._clock_watch = ClockWatch(self._on_step)
        self._settled = threading.Event()
        self._stopping = threading.Event()
        self._problem = "loading"
        self._loader = threading.Thread(target=self._load, name="load", daemon=True)

    def _machines(self, config: Config) -> tuple[list[Pump], Doors]:
        """Readers, and the doors and lights that some of them serve as well."""
        drivers = {reader.id: make_reader(reader, self._clock) for reader in config.readers}
        pumps = [
            Pump(
                reader,
                self._on_presentation,
                clock=self._clock,
                on_state=self._on_reader,
                reader=drivers[reader.id],
            )
            for reader in config.readers
        ]
        doors = Doors(
            config.doors,
            config.boards,
            open_line=SerialTransport,
            switches={name: d.pulse for name, d in drivers.items() if isinstance(d, Switch)},
            lamps={name: d.indicate for name, d in drivers.items() if isinstance(d, Indicator)},
            clock=self._clock,
            record=self._recorder.record,
            troubles={pump.settings.id: partial(trouble, pump) for pump in pumps},
        )
        return pumps, doors

    def _answers(self) -> Requests:
        return Requests(
            self._gate,
            Acts(self._gate, self._journal.entry),
            self._head,
            self._clock,
            self.status,
            self._follower.hint,
            IdCards(self._config.desks).read,
            self._witness,
            self._desk_taps.wait,
        )

    def __enter__(self) -> Self:
        """Answer on the link, lock the doors, begin to load.

        Raises LinkError where the socket cannot be made.
        """
        self._link.start()
        self._doors.start()
        self._clock_watch.start()
        self._writer.on_durable(self._head.move)
        self._writer.on_recovered(self._on_recovered)
        self._loader.start()
        return self

    def run(self, stop: threading.Event) -> None:
        """Open the readers when it is time, then decide until `stop` is set."""
        until = time.monotonic() + READERS_WAIT_S
        while not stop.is_set() and time.monotonic() < until and not self._settled.wait(0.01):
            pass
        for pump in self._pumps:
            pump.start()
        stop.wait()

    def __exit__(self, *_: object) -> None:
        """Lock the doors, whatever holds a reader up; record last."""
        self._stopping.set()
        _end(self._doors, self._pumps)
        self._head.close()
        self._desk_taps.close()
        self._link.stop()
        self._clock_watch.stop()
        self._loader.join()
        self._follower.stop()
        self._record(EntryKind.NODE, state="stopped")
        self._writer.close()
        self._journal.close()
        log.info("stopped")

    def status(self) -> NodeStatus:
        """How this node is."""
        return NodeStatus(
            ready=self._gate.ready,
            journal_ok=self._writer.ok,
            head=self._writer.head,
            change_seq=self._follower.change_seq,
            passes=len(self._index),
            readers=tuple(pump.status() for pump in self._pumps),
            gates=self._gate.rules,
            unrecorded=self._gate.unrecorded,
            problem=self._problem or self._writer.problem or self._follower.problem,
            run=self._run_id,
            started_at=self._started_at,
            database_ok=self._follower.database_ok,
            doors=self._doors.status(),
        )

    def _load(self) -> None:
        """Journal, then passes; the gates open when both are there."""
        try:
            while not self._open_journal():
                self._settled.set()  # the readers need not wait: there is a reason to show
                if self._stopping.wait(JOURNAL_RETRY_S):
                    return
            self._replay()
            self._record(EntryKind.NODE, state="started")
            self._problem = "no pass is known yet: waiting for the main database"
            self._follower.start()
        except Exception as error:
            # A defect here must leave a node that denies and says so, not one that is gone.
            log.exception("loading failed")
            self._problem = f"loading failed, restart the node: {error}"
        self._settled.set()

    def _open_journal(self) -> bool:
        try:
            self._writer.open()
        except GatekeeperError as error:
            if str(error) != self._problem:
                log.error("the journal cannot be used, every gate denies: %s", error)
            self._problem = str(error)
            return False
        self._head.start_at(self._writer.head)
        return True

    def _replay(self) -> None:
        """Rebuild who is inside from the journal, in parts: between them gates can deny."""
        withdrawn = self._journal.withdrawn()
        known = presence_file(self._config.data).load(self._key, self._journal, withdrawn)
        if known is not None:
            self._gate.resume(Fold.of(known.state))
        entries = self._journal.replay(known.seq if known else 0)
        while part := list(islice(entries, REPLAYED)):
            self._gate.restore(part, withdrawn)
        self._witness.restore(self._journal.latest_acts(KEPT), withdrawn)

    def _on_loaded(self) -> None:
        self._problem = ""
        self._gate.ready = True
        log.info("deciding: %d passes, journal at %d", len(self._index), self._writer.head)

    def _on_presentation(self, presentation: Presentation) -> None:
        if not self._desk_taps.take(presentation):
            self._gate.handle(with_card_meant(presentation, self._index), READ_DEADLINE_S)

    def _on_reader(self, status: ReaderStatus) -> None:
        self._record(
            EntryKind.READER,
            reader=status.id,
            gate=status.gates[0] if len(status.gates) == 1 else None,
            state=status.state,
            note=status.detail[:200] or None,
        )

    def _on_step(self, step_s: float) -> None:
        log.warning("the clock was stepped by %.3f s", step_s)
        self._record(EntryKind.CLOCK, note=f"{step_s:+.3f}")

    def _on_reach(self, reached: bool, problem: str) -> None:
        state = "database_back" if reached else "database_lost"
        self._record(EntryKind.NODE, state=state, note=problem[:200] or None)

    def _on_recovered(self) -> None:
        self._head.start_at(self._writer.head)
        self._recorder.catch_up()

    def _record(self, kind: EntryKind, **fields: Any) -> None:
        self._recorder.record(JournalEntry(at=self._clock.now(), kind=kind, **fields))

    def _open_database(self) -> Source:
        from gatekeeper.node.database import DatabaseSource  # its library costs half a second

        return DatabaseSource(self._config.database_url)


def _end(doors: Doors, pumps: Sequence[Pump]) -> None:
    """Lock every door and stop reading: all at once, doors awaited first, 10 s at most."""
    doors.ask_to_end()  # before the readers: one that stops is no news of its door
    for pump in pumps:
        pump.ask_to_end()
    doors.stop(STOP_S)
    until = time.monotonic() + STOP_S
    for pump in pumps:
        if not pump.stop(max(0.0, until - time.monotonic())):
            log.warning("reader %s did not end in time", pump.settings.id)

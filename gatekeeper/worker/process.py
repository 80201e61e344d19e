"""The worker's loop: project what is new, hand acts over, mirror the gates, go on after failures.

The caller holds `worker.lock`, has upgraded the database and sets `stop` on a signal.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from gatekeeper.config import Config
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.gates import mirror_gates
from gatekeeper.errors import GatekeeperError
from gatekeeper.feed.places import Places
from gatekeeper.journal.reader import JournalReader
from gatekeeper.link.client import LinkClient
from gatekeeper.worker.checkpoints import Checkpoints, of_feed, of_presence
from gatekeeper.worker.chores import Chore, Chores
from gatekeeper.worker.expiring import mark_expired
from gatekeeper.worker.lapsing import end_lapsed
from gatekeeper.worker.nightly import Nightly
from gatekeeper.worker.outbox import Outbox
from gatekeeper.worker.post import PostOffice
from gatekeeper.worker.printer import Printer
from gatekeeper.worker.projector import Projector

__all__ = ["run"]

POLL_S = 0.2
"""Between two looks at the journal; reports may be this late."""

FIRST_RETRY_S = 0.1
LONGEST_RETRY_S = 2.0

log = logging.getLogger(__name__)


def run(config: Config, stop: threading.Event, on_round: Callable[[], None] = lambda: None) -> None:
    """Work until `stop` is set. Never raises for a lost database or journal: it goes on.

    `on_round` is called before each round; one that takes ten minutes counts as hanging.
    """
    database = connect(config.database_url)
    reader = JournalReader(config.journal_path)
    link = LinkClient.for_data(config.data)
    projector = Projector(config.site.id, reader, database)
    places = Places({gate.id: gate.event for gate in config.gates})
    checkpoints = of_presence(config.data, reader), of_feed(config.data, places, reader)
    outbox = Outbox(database, link, reader)
    chores = Chores(_chores(config, database))
    chores.start()
    printer = Printer(config, database)
    printer.start()
    try:
        with PostOffice(config, database):
            _Loop(config, database, projector, checkpoints, outbox).run(stop, on_round)
    finally:
        link.close()
        chores.stop()
        printer.stop()
        reader.close()
        database.close()


def _chores(config: Config, database: Database) -> list[Chore]:
    """What else is done, and how often; a line each."""
    nightly = Nightly(database, config.data, config.site.timezone)
    return [
        Chore("nightly erase", 300.0, nightly.run_if_due),
        Chore("what ends by time", 30.0, lambda now: end_lapsed(database, now)),
        Chore("passes that are over", 60.0, lambda now: mark_expired(database, now)),
    ]


class _Loop:
    """What is kept between two rounds."""

    def __init__(
        self,
        config: Config,
        database: Database,
        projector: Projector,
        checkpoints: tuple[Checkpoints[Any], ...],
        outbox: Outbox,
    ) -> None:
        self._config = config
        self._checkpoints = checkpoints
        self._database = database
        self._projector = projector
        self._outbox = outbox
        self._gates_mirrored = False
        self._failing = ""
        self._retry_s = FIRST_RETRY_S

    def run(self, stop: threading.Event, on_round: Callable[[], None]) -> None:
        """Round after round."""
        while not stop.is_set():
            on_round()
            stop.wait(self._round())

    def _round(self) -> float:
        """One round; how many seconds to wait before the next."""
        more_to_fold = sum(self._keep(each) for each in self._checkpoints) > 0
        try:
            self._mirror()
            more = self._projector.catch_up()
            more = self._outbox.hand_over() or more
        except GatekeeperError as error:
            if str(error) != self._failing:
                log.warning("%s; trying again", error)
            self._failing = str(error)
            wait, self._retry_s = self._retry_s, min(self._retry_s * 2, LONGEST_RETRY_S)
            return wait
        if self._failing:
            log.info("going on after: %s", self._failing)
        self._failing, self._retry_s = "", FIRST_RETRY_S
        return 0.0 if more or more_to_fold else POLL_S

    def _keep(self, kept: Checkpoints[Any]) -> bool:
        """A main database that is gone does not keep the next start from being quick."""
        try:
            return kept.catch_up()
        except (GatekeeperError, OSError) as error:
            log.debug("no checkpoint: %s", error)
            return False

    def _mirror(self) -> None:
        if not self._gates_mirrored:
            with self._database.session() as session:
                mirror_gates(session, self._config.gates)
            self._gates_mirrored = True

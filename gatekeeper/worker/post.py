"""The worker's thread for letters and stale drafts: slow servers hold up nothing else."""

from __future__ import annotations

import logging
import threading
import time

from gatekeeper.config import Config
from gatekeeper.db.engine import Database
from gatekeeper.errors import GatekeeperError
from gatekeeper.worker.drafts import drop_stale
from gatekeeper.worker.mail import MOST_A_ROUND, Postman

__all__ = ["PostOffice"]

POLL_S = 1.0
"""Between two looks at the queue; a letter may leave this late."""
SWEEP_S = 600.0
RETRY_S = 5.0

log = logging.getLogger(__name__)


class PostOffice:
    """`with PostOffice(config, database): …` sends letters until the end."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database
        self._postman = Postman(config, database)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)

    def __enter__(self) -> PostOffice:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End after the letter in hand, or leave it: it was claimed and is tried again."""
        self._stop.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        swept, failing = 0.0, ""
        wait = 0.0
        while not self._stop.wait(wait):
            try:
                if time.monotonic() - swept > SWEEP_S or not swept:
                    drop_stale(self._database, self._config.data)
                    swept = time.monotonic()
                wait = 0.0 if self._postman.round() == MOST_A_ROUND else POLL_S
                failing = ""
            except GatekeeperError as error:
                if str(error) != failing:
                    log.warning("post: %s; trying again", error)
                failing, wait = str(error), RETRY_S

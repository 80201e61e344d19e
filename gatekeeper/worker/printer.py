"""Large print orders, made in a thread of their own: drawing is long, the projection must go on.

Takes what gatekeeper.office.print_spool holds; records the print with the document or not at all.
"""

from __future__ import annotations

import logging
import threading
import time

from gatekeeper.config import Config
from gatekeeper.db.audit import ORIGIN
from gatekeeper.db.engine import Database
from gatekeeper.errors import StoreError, UserError
from gatekeeper.office.badges import Progress
from gatekeeper.office.photos import FOLDER as PHOTOS
from gatekeeper.office.print_site import photos_in, site_texts
from gatekeeper.office.print_spool import Spool
from gatekeeper.office.printing import PrintOrder, make

__all__ = ["Printer"]

POLL_S = 0.3
_TELL_S = 0.25
"""Between two notes of how far an order is."""

log = logging.getLogger(__name__)


class Printer:
    """`start` begins the thread, `stop` ends it after the pass that is being drawn."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database
        self._spool = Spool(config.data)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)

    def start(self) -> None:
        """Begin to look for orders."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further order, and wait for the thread."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        try:
            self._spool.give_up_interrupted()
        except UserError as error:
            log.warning("%s", error)
        while not self._stop.wait(POLL_S):
            try:
                self.round()
            except StoreError as error:
                log.warning("%s; print orders wait", error)
                self._stop.wait(2.0)
            except Exception:
                # One order that brings the drawing down must not end all that come after it.
                log.exception("a print order failed")

    def round(self) -> int:
        """Make every order that waits; how many. Raises StoreError where the database is gone."""
        made = 0
        for order in self._spool.waiting():
            if self._stop.is_set():
                break
            self._one(order)
            made += 1
        self._spool.sweep(time.time())
        return made

    def _one(self, order: PrintOrder) -> None:
        token = ORIGIN.set(order.origin)
        try:
            site = self._config.site
            texts = site_texts(
                self._config.data, site.name_th, site.name_en, site.timezone, self._config.print
            )
            photos = photos_in(self._config.data / PHOTOS)
            self._spool.progress(order, 0)
            pdf = make(self._database, order, texts, photos, progress=self._progress(order))
            self._spool.finish(order, pdf)
        except UserError as error:
            self._spool.fail(order, error)
        except StoreError:
            raise
        except Exception:
            fault = UserError("the document could not be made", "จัดทำเอกสารไม่สำเร็จ โปรดแจ้งผู้ดูแลระบบ")
            self._spool.fail(order, fault)
            raise
        finally:
            ORIGIN.reset(token)

    def _progress(self, order: PrintOrder) -> Progress:
        told = time.monotonic()

        def tell(done: int, _all: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _TELL_S:
                told = time.monotonic()
                self._spool.progress(order, done)

        return tell

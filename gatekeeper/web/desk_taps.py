"""What a desk's reader reads, shown to the one page that asked: sessions with an owner and an end.

    page: desk_open {desk}   -> {ok}          from now on `tap` messages, to this page alone
          desk_close {desk}
    server: tap {desk, seq, at, credential, refusal, warning, pass_number}
            desk_end {desk, cause}            idle, taken, node_down, store_down

Reads become no decision and no entry of the journal; what a page makes of one is recorded there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gatekeeper.errors import CredentialError, GatekeeperError, LinkError, StoreError, UserError
from gatekeeper.link.messages import Tap, Taps

__all__ = ["IDLE_S", "DeskSessions"]

log = logging.getLogger(__name__)

IDLE_S = 600.0
"""A page that nobody taps for is let go: it may have been left open."""

WAIT_S = 2.0
PAUSE_S = 0.3
NODE_GONE_S = 3.0


class TapSource(Protocol):
    """The node."""

    def await_taps(self, desk: str, after: int | None, timeout_s: float) -> Taps:
        """Raises LinkError, UserError."""


@dataclass
class _Session:
    desk: str
    sid: str
    used_at: float
    over: threading.Event = field(default_factory=threading.Event)


class DeskSessions:
    """Which page owns which desk's reader."""

    def __init__(
        self,
        source: TapSource,
        judge: Callable[[str], dict[str, Any]],
        send: Callable[[str, dict[str, Any], str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`judge` says what a tag is good for (raises StoreError); `send(event, payload, sid)`."""
        self._source = source
        self._judge = judge
        self._send = send
        self._clock = clock
        self._open: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def open(self, desk: str, sid: str, *, take: bool = False) -> str:
        """Give the desk's reads to the page `sid`; empty, or why not (`busy`, `not_found`).

        `take`: also from a page that has it now, which is told.
        """
        try:
            begun = self._source.await_taps(desk, None, 0.0)
        except UserError:
            return "not_found"
        except LinkError:
            return "node_down"
        session = _Session(desk, sid, self._clock())
        with self._lock:
            before = self._open.get(desk)
            if before is not None and before.sid != sid and not take:
                return "busy"
            self._open[desk] = session
        if before is not None:
            before.over.set()
            if before.sid != sid:
                self._send("desk_end", {"desk": desk, "cause": "taken"}, before.sid)
        threading.Thread(
            target=self._run, args=(session, begun.last), name=f"desk-{desk}", daemon=True
        ).start()
        return ""

    def close(self, desk: str, sid: str) -> None:
        """The page needs no more of it."""
        with self._lock:
            session = self._open.get(desk)
            if session is not None and session.sid == sid:
                session.over.set()
                del self._open[desk]

    def forget(self, sid: str) -> None:
        """The page is gone."""
        for desk in [d for d, session in list(self._open.items()) if session.sid == sid]:
            self.close(desk, sid)

    def stop(self) -> None:
        """End all; nobody is told."""
        for session in list(self._open.values()):
            self.close(session.desk, session.sid)

    def _run(self, session: _Session, last: int) -> None:
        heard_at = self._clock()
        while not session.over.is_set():
            if self._clock() - session.used_at > IDLE_S:
                return self._end(session, "idle")
            try:
                found = self._source.await_taps(session.desk, last, WAIT_S)
            except GatekeeperError as error:
                if self._clock() - heard_at > NODE_GONE_S:
                    log.info("desk %s: %s", session.desk, error)
                    return self._end(session, "node_down")
                session.over.wait(PAUSE_S)
                continue
            heard_at, last = self._clock(), found.last
            for tap in found.taps:
                if not session.over.is_set():
                    session.used_at = self._clock()
                    self._show(session, tap)
        return None

    def _show(self, session: _Session, tap: Tap) -> None:
        try:
            judged = self._judge(tap.credential)
        except CredentialError as error:
            judged = {"credential": "", "refusal": {"th": str(error), "en": str(error)}}
        except StoreError:
            return self._end(session, "store_down")
        payload = {"desk": session.desk, "seq": tap.seq, "at": tap.at, **judged}
        return self._send("tap", payload, session.sid)

    def _end(self, session: _Session, cause: str) -> None:
        self.close(session.desk, session.sid)
        self._send("desk_end", {"desk": session.desk, "cause": cause}, session.sid)

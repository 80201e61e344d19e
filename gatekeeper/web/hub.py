"""The live feed without the wire: tails the journal, says what goes to whom, and when.

One thread reads and sends; its beat therefore proves that the journal is still being read:
when reading stalls, pages see no beat and call themselves stale. `send` is passed in
(`gatekeeper.web.live` has the only emit), must not block, and is called under the lock, so
that a page which joins gets its history and then every later entry, none twice, none lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from gatekeeper.errors import JournalError
from gatekeeper.model import JournalEntry
from gatekeeper.pulse import Turns
from gatekeeper.web.acknowledged import Acknowledged
from gatekeeper.web.attendance import Invited
from gatekeeper.web.earlier import Earlier
from gatekeeper.web.holders import Holders
from gatekeeper.web.lanes import NodeWatch, View
from gatekeeper.web.ledger import Ledger
from gatekeeper.web.messages import Messages
from gatekeeper.web.metrics import count_entry, count_error, feed_lag
from gatekeeper.web.rooms import Numbered, Room

__all__ = ["Hub", "JournalTail", "Wire"]

log = logging.getLogger(__name__)

POLL_S = 0.05
BEAT_S = 1.0
_PAGE = 2000
_PAUSE_S = 0.004
_TURN_S = 60.0
"""A turn that takes longer hangs; asking the node and a database that is gone takes seconds."""


class Wire(Protocol):
    """The way to the pages. Must not block."""

    def send(self, event: str, payload: dict[str, Any], to: str) -> None:
        """Queue a message to a room or to one socket."""

    def flush(self, now: float) -> float | None:
        """Send what waits for pages in several rooms; the seconds until there is more."""

    def present(self, room: str) -> bool:
        """Whether anybody is in `room`."""


class JournalTail(Protocol):
    """The journal, read by sequence."""

    def since(self, seq: int, limit: int) -> list[JournalEntry]:
        """Entries after `seq`, oldest first. Raises JournalError."""

    def head(self) -> int:
        """Highest sequence number. Raises JournalError."""


class Hub:
    """Takes entries from the journal into the ledger and from there to pages."""

    def __init__(
        self,
        journal: JournalTail,
        watch: NodeWatch,
        holders: Holders,
        ledger: Ledger,
        acknowledged: Acknowledged,
        wire: Wire,
        earlier: Earlier = lambda: None,
    ) -> None:
        """Nothing is read before `start` (or `step`); `earlier`: what to begin with then."""
        self._journal = journal
        self._watch = watch
        self._holders = holders
        self._ledger = ledger
        self._messages = Messages(ledger, watch, holders, acknowledged)
        self._wire = wire
        self._earlier: Earlier | None = earlier
        self._seen_view: View = watch.view
        self._beat_at = 0.0
        self.lock = threading.RLock()
        """Held while the ledger is used or something is sent."""
        self.wake = threading.Event()
        """Set it where there may be news."""
        self.caught_up = threading.Event()
        """Set once everything recorded before the start has been taken in."""
        self.turns = Turns("the live feed", _TURN_S)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read and send in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop reading and sending."""
        self._stop.set()
        self.wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @property
    def seq(self) -> int:
        """Last entry of the journal taken in."""
        return self._ledger.seq

    def attendance(self, slug: str) -> dict[str, Any] | None:
        """Counts of an event with the `seq` they are as of; None: no such event."""
        with self.lock:
            return self._ledger.counts(slug, whole=True)

    def arrived(self, slug: str) -> tuple[dict[str, float], set[str]]:
        """Passes let in at an event with UTC of the first time, and those inside now."""
        with self.lock:
            attendance = self._ledger.event(slug)
            return attendance.arrived(), attendance.inside()

    def set_guests(self, slug: str, guests: dict[str, Invited]) -> None:
        """The guest list of an event, new or changed: pass to invitation."""
        with self.lock:
            self._ledger.set_guests(slug, guests)
        self.wake.set()

    def muster(self) -> dict[str, dict[str, float]]:
        """Area to the passes inside it with UTC of entry."""
        with self.lock:
            return self._ledger.inside()

    def tell_acknowledged(self, slug: str, taken: dict[str, Any]) -> None:
        """Somebody took a VIP's alert: tell all who watch the event."""
        room = f"event:{slug}"
        with self.lock:
            self._wire.send("acknowledged", {"room": room, **taken}, room)

    def _run(self) -> None:
        faulty = False
        while not self._stop.is_set():
            self.turns.mark()
            try:
                wait_s, faulty = self.step(time.monotonic()), False
            except Exception as error:
                # Whatever it is, the next try may fare better; meanwhile no beat goes out.
                if not faulty:
                    log.exception("feed: %s", type(error).__name__)
                count_error("journal" if isinstance(error, JournalError) else "feed")
                wait_s, faulty = 0.2, True
            self.wake.wait(wait_s)
            self.wake.clear()
            # In a rush one look at the journal takes in several commits.
            self._stop.wait(_PAUSE_S)

    def step(self, now: float) -> float:
        """Take in what is new, send what is due; gives the seconds until it should run again."""
        if self._earlier is not None:
            self._resume(self._earlier)
        entries = self._journal.since(self._ledger.seq, _PAGE)
        if not entries and self._ledger.seq and self._journal.head() < self._ledger.seq:
            self._begin_anew()
        elif not self.caught_up.is_set():
            self._remember(entries)
        else:
            return self._pass_on(entries, now)
        return 0.0

    def _resume(self, earlier: Earlier) -> None:
        """Once, before anything is read: an earlier fold of the same journal saves reading it."""
        found = earlier()
        self._earlier = None
        if found is not None:
            with self.lock:
                self._ledger.resume(*found)
            log.info("feed: begun after entry %d", found.seq)

    def _remember(self, entries: list[JournalEntry]) -> None:
        with self.lock:
            for entry in entries:
                self._ledger.remember(entry)
            if len(entries) < _PAGE:
                self.caught_up.set()

    def _pass_on(self, entries: list[JournalEntry], now: float) -> float:
        watched = [entry for entry in entries if self._is_watched(entry)]
        # Asked before the lock is held: nobody waits for the node with it.
        self._holders.get(entry.pass_id for entry in watched)
        with self.lock:
            for entry in entries:
                self._ledger.offer(entry)
                count_entry(entry)
            self._send_lanes()
            for room in self._ledger.rooms():
                self._send_due(room, now)
                self._send_counts(room, now)
            if now >= self._beat_at:
                self._beat_at = now + BEAT_S
                self._beat()
            flush_s = self._wire.flush(now)
        if len(entries) == _PAGE:
            return 0.0
        waits = [flush_s, *(room.due_in(now) for room in self._ledger.rooms())]
        return min([POLL_S, *(wait for wait in waits if wait is not None)])

    def _begin_anew(self) -> None:
        """Another journal lies in its place: forget everything, and tell every page."""
        log.warning("feed: the journal was replaced; reading it from its start")
        with self.lock:
            self._ledger.clear()
            self.caught_up.clear()
        while not self.caught_up.is_set() and not self._stop.is_set():
            self.turns.mark()
            self._remember(self._journal.since(self._ledger.seq, _PAGE))
        with self.lock:
            for room in self._ledger.rooms():
                history, _ = room.since(None)
                self._welcome(room.name, room, history, complete=False)

    def _send_due(self, room: Room, now: float | None) -> None:
        """Send what waits in `room`; `now` None: whether or not it is time."""
        batch = room.take(now)
        if batch:
            feed_lag.observe(max(0.0, time.time() - room.sent_at))
            if self._wire.present(room.name):
                self._send(room.name, self._messages.news(room, batch))

    def _send_counts(self, room: Room, now: float) -> None:
        due = room.take_counts(now) and self._wire.present(room.name)
        if due and (counts := self._messages.counts(room)):
            self._send(room.name, counts)

    def join(self, socket: str, name: str, since: int | None, enter: Callable[[], None]) -> None:
        """Give `socket` snapshot and history of a room; `enter` lets it in for what follows."""
        with self.lock:
            history, _ = self._ledger.room(name).since(since)
        # Asked before the lock is held again: nobody waits for the node with it.
        self._holders.get(entry.pass_id for _, entry in history)
        with self.lock:
            room = self._ledger.room(name)
            self._send_due(room, None)  # so that counts and history speak of the same entry
            history, complete = room.since(since)
            self._welcome(socket, room, history, complete=complete)
            enter()

    def _welcome(self, to: str, room: Room, history: list[Numbered], *, complete: bool) -> None:
        self._send(to, self._messages.snapshot(room, complete=complete))
        for message in self._messages.history(room, history):
            self._send(to, message)

    def _is_watched(self, entry: JournalEntry) -> bool:
        return any(self._wire.present(room.name) for room in self._ledger.rooms_of(entry))

    def _send_lanes(self) -> None:
        view = self._watch.view
        if view == self._seen_view:
            return
        before, self._seen_view = self._seen_view, view
        whole = (view.node, view.problem) != (before.node, before.problem)
        for room in self._ledger.rooms():
            gates = self._ledger.gates_of(room.name)
            if whole or view.lanes_json(gates) != before.lanes_json(gates):
                self._send(room.name, self._messages.lanes(room))

    def _beat(self) -> None:
        for room in self._ledger.rooms():
            if self._wire.present(room.name):
                self._send(room.name, self._messages.beat(room))

    def _send(self, to: str, message: tuple[str, dict[str, Any]]) -> None:
        self._wire.send(*message, to)

"""One door as a state machine: what its output is to be, and what its journal is told.

Pure but for a lock: no thread, no port, no clock; times are monotonic nanoseconds that the
caller passes in. It holds the room's law: an output is wanted on only after a grant that is in
the journal and not stale, and never for longer than the door's time.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import NamedTuple

from gatekeeper.config import DoorSettings
from gatekeeper.model import DoorEvent, DoorState

__all__ = ["GRACE_NS", "STALE_NS", "Door", "Grant", "Said"]

SECOND = 1_000_000_000
STALE_NS = 2 * SECOND
"""Who was let through longer ago has gone, or somebody else stands there now."""
GRACE_NS = SECOND
"""A leaf that was moved at the last moment of a release is seen so much later at most."""
UNKNOWN = "not connected yet"
RETRY_NS = SECOND
"""Between two tries to lock, and between two tellings of a board that confirms nothing."""


class Grant(NamedTuple):
    """Somebody may pass, and that is in the journal."""

    seq: int
    """The entry that says so."""
    told_ns: int
    """When this room was told."""
    age_ns: int = 0
    """How old it was by then: since the decision, or since the tap."""


class Said(NamedTuple):
    """What the journal is to be told."""

    event: DoorEvent
    ref: int | None = None
    note: str = ""


class Door:
    """One door. The thread of its output and that of its contact may both call."""

    def __init__(self, settings: DoorSettings, *, confirms: bool = True) -> None:
        """`confirms`: the output's device says what it does; one that does not is told to
        lock again and again, in case it did not hear."""
        self.settings = settings
        self._confirms = confirms
        self._lock = threading.RLock()
        self._pending: Grant | None = None
        self._on: bool | None = None
        self._until_ns = self._allowed_ns = self._retry_ns = 0
        self._release_ns = self._opened_ns = 0
        self._judge_ns: int | None = None
        self._ref: int | None = None
        self._contact: bool | None = None
        self._was_closed = self._forced = self._held = False
        self._faults: dict[str, str] = {"output": UNKNOWN}
        self._told = False
        self._fallen = 0
        self.counts: Counter[DoorEvent] = Counter()
        """Events since the start."""

    # --- what the output is to do

    def grant(self, grant: Grant, now_ns: int) -> list[Said]:
        """Somebody may pass; the latest grant counts."""
        with self._lock:
            if self._age_ns(grant, now_ns) > STALE_NS:
                return self._say(DoorEvent.FAILED, grant.seq, self._stale(grant, now_ns))
            if "output" in self._faults:
                return self._say(DoorEvent.FAILED, grant.seq, self._faults["output"])
            if self._on and now_ns < self._until_ns:
                return self._release(grant, now_ns)
            self._pending = grant
            return []

    def due(self, now_ns: int) -> bool | None:
        """What the output is to be switched to now; None: nothing is to be done."""
        with self._lock:
            wanted = self._wanted(now_ns)
            if wanted:
                return None if self._on else True
            if self._on is False and self._confirms:
                return None
            return False if self._on or now_ns >= self._retry_ns else None

    def switched(self, on: bool, now_ns: int) -> list[Said]:
        """The output did what was due."""
        with self._lock:
            self._on = on
            if on:
                pending, self._pending = self._pending, None
                return [] if pending is None else self._release(pending, now_ns)
            self._retry_ns = now_ns + RETRY_NS
            return self._mend("lock")

    def ended(self) -> None:
        """The output has locked by itself, or will at once: a new pulse is due for a grant."""
        with self._lock:
            self._on, self._until_ns = False, 0

    def refused(self, on: bool, why: str, now_ns: int) -> list[Said]:
        """The output did not do what was due, or nobody knows whether it did."""
        with self._lock:
            self._on = None
            if on:
                # Locking is tried at once: the relay may have heard and not answered.
                pending, self._pending = self._pending, None
                self._until_ns = self._retry_ns = 0
                self._faults["opening"] = why
                return self._say(DoorEvent.FAILED, pending.seq if pending else None, why)
            self._retry_ns = now_ns + RETRY_NS
            return self._fault("lock", f"does not lock: {why}")

    def lost(self, why: str, now_ns: int) -> list[Said]:
        """The output's device is gone; what was to be done will not be done later either."""
        with self._lock:
            pending, self._pending = self._pending, None
            released = self._ref if self._on and now_ns < self._until_ns else None
            self._on, self._until_ns, self._judge_ns = None, 0, None
            self._faults.pop("lock", None)
            known = self._faults.pop("output", UNKNOWN) is not UNKNOWN
            self._faults = {"output": why, **self._faults}  # first, whatever else is wrong
            if known and pending is None and released is None:
                return []
            return self._say(DoorEvent.FAILED, pending.seq if pending else released, why)

    def back(self) -> None:
        """The output's device is there again; it is to be locked before anything else."""
        with self._lock:
            if self._faults.pop("output", None) is not None:
                self._on, self._retry_ns = None, 0
                self._faults["lock"] = "not locked yet"

    def observed(self, on: bool, now_ns: int) -> list[Said]:
        """What the board says of the relay, unasked by any door."""
        with self._lock:
            if self._on is None or on is self._on:
                self._fallen = 0
                return []
            if on:
                self._on = True
                return self._fault("lock", "the relay was on, and nothing had told it to be")
            self._fallen += 1
            if self._fallen < 2:
                return []  # perhaps an answer to an older question
            # A relay that fell off is not put on again: its board has restarted.
            self._on, self._judge_ns = None, None
            self._until_ns = self._retry_ns = 0
            self._faults["opening"] = "the relay fell off before its time"
            return self._say(DoorEvent.FAILED, self._ref, self._faults["opening"])

    # --- what the contact sees

    def contact(self, is_open: bool, now_ns: int) -> list[Said]:
        """The leaf has opened or closed, or is seen for the first time."""
        with self._lock:
            before, self._contact = self._contact, is_open
            said = self._mend("contact")
            if is_open is before:
                return said
            return said + (self._opened(before, now_ns) if is_open else self._closed(before))

    def contact_lost(self, why: str) -> list[Said]:
        """Nobody sees the leaf any more."""
        with self._lock:
            if self._contact is not None:
                self._was_closed = not self._contact
            self._contact, self._judge_ns = None, None
            if "output" in self._faults:  # the same board, most likely: it was said
                self._faults["contact"] = f"contact: {why}"
                return []
            return self._fault("contact", f"contact: {why}")

    # --- time, and how it is

    def tick(self, now_ns: int) -> list[Said]:
        """Call this several times a second."""
        with self._lock:
            said: list[Said] = []
            if self._pending is not None and self._age_ns(self._pending, now_ns) > STALE_NS:
                stale, self._pending = self._pending, None
                said += self._say(DoorEvent.FAILED, stale.seq, self._stale(stale, now_ns))
            if self._judge_ns is not None and now_ns >= self._judge_ns:
                self._judge_ns = None
                within = self.settings.opens_within_seconds
                why = f"released, and not open within {within:g} s"
                self._faults["opening"] = why
                said += self._say(DoorEvent.FAILED, self._ref, why)
            if self._is_held(now_ns):
                self._held = True
                seconds = self.settings.held_open_seconds
                said += self._say(DoorEvent.HELD_OPEN, self._ref, f"open for {seconds:g} s")
            return said

    def state(self, now_ns: int) -> tuple[DoorState, str, str]:
        """State, why (empty when well), and the contact: `open`, `closed` or empty."""
        with self._lock:
            contact = {None: "", True: "open", False: "closed"}[self._contact]
            if self._forced:
                return DoorState.FORCED, "opened without a grant", contact
            if self._faults:
                return DoorState.FAILED, next(iter(self._faults.values())), contact
            if self._held:
                seconds = self.settings.held_open_seconds
                return DoorState.HELD_OPEN, f"open for more than {seconds:g} s", contact
            is_open = bool(self._contact) or now_ns < self._until_ns
            return (DoorState.OPEN if is_open else DoorState.READY), "", contact

    def _wanted(self, now_ns: int) -> bool:
        """The law, in one line: a fresh grant, or the rest of the time that one has bought."""
        pending = self._pending
        fresh = pending is not None and self._age_ns(pending, now_ns) <= STALE_NS
        return "output" not in self._faults and (fresh or now_ns < self._until_ns)

    @staticmethod
    def _age_ns(grant: Grant, now_ns: int) -> int:
        return now_ns - grant.told_ns + grant.age_ns

    def _stale(self, grant: Grant, now_ns: int) -> str:
        age = self._age_ns(grant, now_ns) / SECOND
        return f"not released: the grant is {age:.1f} s old; {STALE_NS / SECOND:.0f} s are due"

    def _release(self, grant: Grant, now_ns: int) -> list[Said]:
        settings = self.settings
        self._ref, self._release_ns, self._held = grant.seq, now_ns, False
        self._until_ns = now_ns + round(settings.open_seconds * SECOND)
        self._allowed_ns = self._until_ns + GRACE_NS
        judged = self._contact is False and settings.opens_within_seconds > 0
        within_ns = round(settings.opens_within_seconds * SECOND)
        self._judge_ns = now_ns + within_ns if judged else None
        said = self._say(DoorEvent.RELEASED, grant.seq)
        return said if judged else said + self._mend("opening")

    def _opened(self, before: bool | None, now_ns: int) -> list[Said]:
        self._opened_ns, self._judge_ns = now_ns, None
        self._held = False
        if now_ns <= self._allowed_ns:
            return self._say(DoorEvent.OPENED, self._ref) + self._mend("opening")
        self._ref = None
        if self.settings.free_exit or (before is None and not self._was_closed):
            return self._say(DoorEvent.OPENED, None, "found open" if before is None else "")
        self._forced = True
        note = "found open when the contact came back" if before is None else ""
        return self._say(DoorEvent.FORCED, None, note)

    def _closed(self, before: bool | None) -> list[Said]:
        was_noted = self._forced or self._held
        self._forced = self._held = False
        return self._say(DoorEvent.CLOSED, self._ref) if before or was_noted else []

    def _is_held(self, now_ns: int) -> bool:
        since_ns = max(self._opened_ns, self._release_ns)
        long = now_ns - since_ns >= round(self.settings.held_open_seconds * SECOND)
        return bool(self._contact) and long and not self._held and not self._forced

    def _fault(self, kind: str, why: str) -> list[Said]:
        """Note a fault; said once until it is over."""
        known = self._faults.get(kind) == why and self._told
        self._faults[kind] = why
        return [] if known else self._say(DoorEvent.FAILED, None, why)

    def _mend(self, kind: str) -> list[Said]:
        """A fault is over; said when it was the last one."""
        self._faults.pop(kind, None)
        if self._faults or not self._told:
            return []
        self._told = False
        return self._say(DoorEvent.RESTORED)

    def _say(self, event: DoorEvent, ref: int | None = None, note: str = "") -> list[Said]:
        if event is DoorEvent.FAILED and self._faults:
            self._told = True
        self.counts[event] += 1
        return [Said(event, ref, note)]

"""The closed choices that values are made of; `gatekeeper.model` passes them on.

Every member's value is what stands in the journal, on the feed and in the API: renaming
one breaks old records.
"""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """Which way a gate lets people through. A gate has one direction."""

    IN = "in"
    OUT = "out"


class PassKind(StrEnum):
    """What a pass authorises: one event, or the site's daily life."""

    EVENT = "event"
    BADGE = "badge"
    VISITOR = "visitor"
    VEHICLE = "vehicle"


class PassState(StrEnum):
    """The state of a pass or of its credential, the worse of the two: the later one here.

    Only `active` opens a gate. From `requested` to `handed_over` it is still being made;
    `requested` and what follows `expired` are steps that gatekeeper.office.passes allows.
    """

    ACTIVE = "active"
    HANDED_OVER = "handed_over"
    MADE = "made"
    APPROVED = "approved"
    CHECKED = "checked"
    REQUESTED = "requested"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    LOST = "lost"
    RETURNED = "returned"
    REFUSED = "refused"
    """The request for it was refused; it never was a pass."""


class InvitationState(StrEnum):
    """What the host says of an invitation (a guest's reply does not close a door)."""

    INVITED = "invited"
    CANCELLED = "cancelled"
    NONE = "none"


class HolderKind(StrEnum):
    """A pass belongs to a person or to a vehicle."""

    PERSON = "person"
    VEHICLE = "vehicle"


class ReaderState(StrEnum):
    """What is known of a reader: proven alive, silent too long, or not connected."""

    UP = "up"
    SUSPECT = "suspect"
    DOWN = "down"


class GateState(StrEnum):
    """What a gate does with passes; only `open` can end in green."""

    OPEN = "open"
    CLOSED = "closed"


class EntryKind(StrEnum):
    """What a journal entry records."""

    DECISION = "decision"
    """A presentation and its verdict."""
    OVERRIDE = "override"
    """An officer let somebody through; `reason` is granted_override, `note` says why."""
    COMPANIONS = "companions"
    """How many companions really came with the guest of entry `ref`."""
    REPRESENTATIVE = "representative"
    """Who came in the place of the guest of entry `ref`."""
    WITHDRAWN = "withdrawn"
    """Entry `ref` became durable too late to be acted on: nobody was let through by it."""
    GATE = "gate"
    """A gate was opened or closed by an officer; `state` is a GateState."""
    READER = "reader"
    """A reader's state changed; `state` is a ReaderState."""
    CLOCK = "clock"
    """The wall clock was stepped; `note` gives the step in seconds."""
    NODE = "node"
    """The node started, stopped, or met or got over a fault; `state` says which."""
    DOOR = "door"
    """What `door` did, or failed to do; `state` is a DoorEvent, `ref` the entry that let it."""
    ACT = "act"
    """Proof of an act at a desk or command line: `actor` did `state` to `subject`; `nonce` is the
    key of its row in the main database, `digest` the hash of that row."""


class DoorEvent(StrEnum):
    """What happened at a door, as its journal entries say it."""

    RELEASED = "released"
    """Its output was switched on for entry `ref`, which lets somebody through."""
    OPENED = "opened"
    """The contact opened after a release, or `note` says how it was found."""
    CLOSED = "closed"
    """The contact closed again."""
    FORCED = "forced"
    """The contact opened and nothing had let it."""
    HELD_OPEN = "held_open"
    """The contact has been open for too long."""
    FAILED = "failed"
    """The door does not do what it was told; `note` says what was seen."""
    RESTORED = "restored"
    """A failure is over."""


class DoorState(StrEnum):
    """How a door is now."""

    READY = "ready"
    """Locked and in order."""
    OPEN = "open"
    """Released or open, as it should be."""
    HELD_OPEN = "held_open"
    FORCED = "forced"
    FAILED = "failed"

    @property
    def well(self) -> bool:
        """Whether nobody needs to look after it."""
        return self in (DoorState.READY, DoorState.OPEN)
